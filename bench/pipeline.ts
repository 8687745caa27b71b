import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Usage } from "./measurement.js";
import { UsageProbe } from "./usage.js";

/** A stage that runs longer hangs: the slowest of the naive designs needs a small part of it. */
const deadlineMilliseconds = 600_000;

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** One process of a pipeline. */
export interface Stage {
  readonly name: string;
  readonly command: Command;
  /** Whether its CPU time and memory are of interest. */
  readonly measured?: boolean;
}

export interface PipelineRun {
  /** From before the first start to after the last end, start-up of the processes included. */
  readonly seconds: number;
  /** Of the measured stages, in order. */
  readonly usages: readonly Usage[];
  /** What the last stage wrote. */
  readonly output: string;
}

export function node(...args: [string, ...string[]]): Command {
  return [process.execPath, ...args];
}

/**
 * `a | b | c` with pipes of the kernel. Node itself would join children with socket pairs, which are slower
 * and hold more, so the stages are joined by named pipes that a shell opens before it becomes the stage.
 * @throws Error with the stage's stderr when one exits with another code than 0.
 */
export async function runPipeline(
  stages: readonly Stage[],
): Promise<PipelineRun> {
  const folder = mkdtempSync(join(tmpdir(), "flightsync-pipe-"));
  try {
    const pipes = stages
      .slice(1)
      .map((_, index) => join(folder, String(index)));
    if (pipes.length > 0) execFileSync("mkfifo", pipes);
    const begin = performance.now();
    const ends = await Promise.all(
      stages.map((stage, index) =>
        runStage(stage, pipes[index - 1], pipes[index]),
      ),
    );
    const seconds = (performance.now() - begin) / 1e3;
    const failed = ends.filter(({ code }) => code !== 0);
    if (failed.length > 0)
      throw new Error(
        failed
          .map(
            (end) =>
              `${end.usage.name} exited with ${String(end.code)}: ${end.errors}`,
          )
          .join("\n"),
      );
    return {
      seconds,
      usages: ends
        .filter((_, index) => stages[index]?.measured)
        .map((end) => end.usage),
      output: ends.at(-1)?.output ?? "",
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runStage(
  stage: Stage,
  from: string | undefined,
  to: string | undefined,
) {
  const script = `exec "$@"${from === undefined ? "" : ` <'${from}'`}${to === undefined ? "" : ` >'${to}'`}`;
  const child = spawn("sh", ["-c", script, "sh", ...stage.command], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: deadlineMilliseconds,
    killSignal: "SIGKILL",
  });
  const probe = new UsageProbe(stage.name, child.pid);
  let output = "";
  let errors = "";
  child.stdout
    .setEncoding("utf8")
    .on("data", (text: string) => (output += text));
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (errors = (errors + text).slice(-2_000)));
  const [code, signal] = (await once(child, "close")) as [
    number | null,
    string | null,
  ];
  return { code: code ?? signal, output, errors, usage: probe.stop() };
}

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import PQueue from "p-queue";

import { secretTexts } from "./secrets.js";

const bins = fileURLToPath(
  new URL("dist/bin", import.meta.resolve("flightsync/package.json")),
);

/** How a program ended and what it said. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartOptions {
  /** All of stdin; without it stdin stays open for `write` and `close`. */
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Leaves stdout unread until `resume`, so that the program stalls once the pipe is full. */
  readonly paused?: boolean;
}

/** A test that fails leaves nothing behind that keeps others waiting. */
const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** What a program said, without the stack traces that LOG_LEVEL=debug asks for. */
export function withoutStacks(stderr: string): string {
  return stderr.replace(
    /^DEBUG .*(\n(?!(DEBUG|INFO|WARN|ERROR|CRITICAL) ).*)*\n/gm,
    "",
  );
}

/** A running program. Whatever it says is kept, and when it ends no secret may be in it. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  stdout = "";
  stderr = "";
  #isOver = false;
  #wake: (() => void)[] = [];

  constructor(
    command: string,
    args: readonly string[],
    { stdin, env, cwd, paused = false }: StartOptions = {},
  ) {
    this.child = spawn(command, args, {
      cwd,
      env: {
        ...process.env,
        LOG_LEVEL: "debug",
        NODE: process.execPath,
        ...env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    children.add(this.child);
    // A program may end before it has read everything.
    this.child.stdin?.on("error", () => undefined);
    if (stdin !== undefined) this.child.stdin?.end(stdin);
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#said();
    });
    if (!paused) this.resume();
    this.ended = this.#end();
    this.ended.catch(() => undefined);
  }

  resume(): void {
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#said();
    });
  }

  /** Reads of a paused program no more than is needed for so many lines. */
  async read(lines: number): Promise<void> {
    const { stdout } = this.child;
    while (stdout !== null && this.lines.length < lines) {
      const chunk = stdout.read() as Buffer | null;
      if (chunk !== null) this.stdout += chunk.toString();
      else if (stdout.readableEnded)
        assert.fail(`ended too soon, with:\n${this.stdout}\n${this.stderr}`);
      else await Promise.race([once(stdout, "readable"), once(stdout, "end")]);
    }
  }

  /** Lines of stdout that are whole. */
  get lines(): readonly string[] {
    return this.stdout.split("\n").slice(0, -1);
  }

  /** Resolves when the output is as wanted; fails when the program ends before. */
  async until(isWanted: () => boolean): Promise<void> {
    while (!isWanted()) {
      assert.ok(
        !this.#isOver,
        `ended too soon, with:\n${this.stdout}\n${this.stderr}`,
      );
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  write(...lines: readonly string[]): void {
    this.child.stdin?.write(lines.map((line) => `${line}\n`).join(""));
  }

  close(): void {
    this.child.stdin?.end();
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals): Promise<Outcome> {
    this.child.kill(signal);
    return this.ended;
  }

  async #end(): Promise<Outcome> {
    const [code, signal] = (await once(this.child, "close")) as [
      number | null,
      NodeJS.Signals | null,
    ];
    children.delete(this.child);
    this.#isOver = true;
    this.#said();
    const { stdout, stderr } = this;
    for (const secret of secretTexts)
      assert.ok(
        !stdout.includes(secret) && !stderr.includes(secret),
        `a secret was said:\n${stdout}\n${stderr}`,
      );
    return { stdout, stderr, code, signal };
  }

  #said(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

export function start(
  bin: string,
  args: readonly string[],
  options?: StartOptions,
): Program {
  const path = join(bins, `${bin}.js`);
  return new Program(process.execPath, [path, ...args], options);
}

/** As many programs as are worth running side by side. */
const slots = new PQueue({ concurrency: 3 });

/** Runs a bin to its end, when there is a slot for it; stdin is empty unless given. */
export function run(
  bin: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Outcome> {
  return slots.add(() => start(bin, args, { stdin: "", ...options }).ended);
}

const functions = [
  "flightsync",
  "tap-flightsql",
  "target-flightsql",
  "source-flightsql",
  "destination-flightsql",
]
  .map((bin) => {
    const name = bin.replace("-flightsql", "");
    return `${name}() { "$NODE" "${join(bins, `${bin}.js`)}" "$@"; }\n`;
  })
  .join("");

/**
 * Runs a line of shell, where `tap`, `target`, `source`, `destination` and `flightsync` are the bins. Pipes are
 * those of the system.
 */
export function shell(
  line: string,
  options: StartOptions = {},
): Promise<Outcome> {
  const args = ["-c", functions + line];
  return new Program("sh", args, { stdin: "", ...options }).ended;
}

/** An empty folder that is removed when this process ends. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "flightsync-test-"));

  constructor() {
    process.once("exit", () => {
      rmSync(this.path, { recursive: true, force: true });
    });
  }

  /** Path of a file in here. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file: text as it is, anything else as JSON. */
  file(name: string, content: unknown): string {
    const path = this.at(name);
    writeFileSync(
      path,
      typeof content === "string" ? content : JSON.stringify(content),
    );
    return path;
  }
}

import { spawn, type ChildProcess } from "node:child_process";
import { PassThrough, type Writable } from "node:stream";

import type { Fault } from "./fault.js";
import { within } from "./within.js";

/** How a program ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that ended, and all that it said. */
export interface Finished extends End {
  readonly lines: readonly string[];
  readonly log: string;
}

/** Longest life of a program of this suite, in milliseconds. */
const patience = 90_000;

/** One of the built bins as a process of its own; lines of its stdout and stdin pass the subject's fault. */
export class Program {
  readonly #child: ChildProcess;
  readonly #stdin: Writable;
  readonly #output = new PassThrough();
  readonly #fault: Fault | undefined;
  readonly #ended: Promise<End>;
  #log = "";

  constructor(command: readonly string[], fault: Fault | undefined) {
    const [file = "", ...rest] = command;
    const child = spawn(file, rest, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.#fault = fault;
    this.#stdin = child.stdin;
    // A program that ended early is told by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdout.pipe(this.#output);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#log += text;
    });
    this.#ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        resolve(fault?.end?.({ code, signal }) ?? { code, signal });
      });
    });
  }

  /** What it said on stderr so far. */
  get log(): string {
    return this.#log;
  }

  get ended(): Promise<End> {
    return within(patience, this.#ended, "the program's end");
  }

  /** Lines of stdout, read no faster than they are asked for. */
  lines(): AsyncGenerator<string> {
    const lines = linesOf(this.#output);
    return this.#fault?.output?.(lines) ?? lines;
  }

  /** Waits until the program takes more. */
  async write(lines: readonly string[]): Promise<void> {
    let text = "";
    for (const line of lines) {
      const { forward, answer } = this.#fault?.input?.(line) ?? {
        forward: [line],
        answer: [],
      };
      for (const one of forward) text += `${one}\n`;
      for (const one of answer) this.#output.write(`${one}\n`);
    }
    if (this.#child.exitCode !== null || this.#stdin.write(text)) return;
    const drained = new Promise((resolve) =>
      this.#stdin.once("drain", resolve),
    );
    await Promise.race([drained, this.#ended]);
  }

  end(): void {
    this.#stdin.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(this.#fault?.signal?.(signal) ?? signal);
  }

  /** Whatever the fault does with signals, this ends it. */
  destroy(): void {
    this.#child.kill("SIGKILL");
    // Its end is told only when nothing of its output is left.
    this.#child.stdout?.destroy();
  }

  /** Everything that it says until its end. */
  async finish(): Promise<Finished> {
    this.end();
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of this.lines()) lines.push(line);
    })();
    await within(patience, reading, "the end of the program's output");
    return { ...(await this.ended), lines, log: this.#log };
  }
}

async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

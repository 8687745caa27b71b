import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { pythonWith } from "../cache.js";

export const adbcPackages = [
  "adbc-driver-flightsql==1.13.0",
  "adbc-driver-manager==1.13.0",
  "pyarrow==26.0.1",
] as const;

/** Folder of a Python that has the ADBC driver; undefined where there is no Python. */
export function adbcPython(): string | undefined {
  return pythonWith(adbcPackages);
}

/** What another client says of a server: see oracle.py. */
export class Oracle implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #answers: AsyncIterator<string>;

  /** @param credentials user name and password, where the server asks for them. */
  constructor(
    python: string,
    address: string,
    credentials: readonly string[] = [],
  ) {
    const script = join(import.meta.dirname, "oracle.py");
    this.#child = spawn(
      join(python, "python"),
      [script, `grpc+tcp://${address}`, ...credentials],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    this.#closed = once(this.#child, "close");
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("stdout is no pipe");
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const run of statements) await this.#ask({ run });
  }

  /** Rows as text. */
  async rows(sql: string): Promise<(string | null)[][]> {
    return (await this.#ask({ rows: sql })) as (string | null)[][];
  }

  /** Names and Arrow types of a query's columns. */
  async types(sql: string): Promise<Readonly<Record<string, string>>> {
    return (await this.#ask({ types: sql })) as Record<string, string>;
  }

  /** Where the records of a tap or a source are not the rows of a query. */
  async differences(
    sql: string,
    lines: readonly string[],
    order: readonly string[],
  ): Promise<readonly string[]> {
    return (await this.#ask({ differences: sql, lines, order })) as string[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  async #ask(request: object): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value: line } = (await this.#answers.next()) as { value?: string };
    if (line === undefined) throw new Error("the oracle is gone");
    const { value, error } = JSON.parse(line) as {
      value?: unknown;
      error?: string;
    };
    if (error !== undefined)
      throw new Error(`${error}\n${JSON.stringify(request)}`);
    return value;
  }
}

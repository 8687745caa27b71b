import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { createInterface } from "node:readline";

import { Failure } from "../failure.js";

/** Path of another bin of this package: they lie side by side. */
export function binPath(name: string): string {
  const self = realpathSync(process.argv[1] ?? "");
  return join(dirname(self), name + extname(self));
}

/** A `flightsync serve` process. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  /** Starts it and waits for its URL. */
  static async start(
    database: string,
    init: string | undefined,
  ): Promise<ServerProcess> {
    const options = [
      ...["serve", "--port", "0", "--database", database],
      ...(init === undefined ? [] : ["--init", init]),
    ];
    const child = spawn(process.execPath, [binPath("flightsync"), ...options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const url = await Promise.race([
      once(lines, "line").then(([line]) => String(line)),
      once(child, "exit").then(() => undefined),
    ]);
    lines.close();
    if (url === undefined)
      throw new Failure("internal", `the server on ${database} did not start`);
    return new ServerProcess(child, url);
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

/** What a tap or target says of itself in its METRIC lines. */
export interface Metrics {
  /** Rows per stream. */
  readonly rows: ReadonlyMap<string, number>;
  readonly bytes: number;
  readonly seconds: number;
  readonly peakBytes: number;
}

export function readMetrics(logFile: string): Metrics {
  const rows = new Map<string, number>();
  const values = new Map<string, number>();
  for (const line of readFileSync(logFile, "utf8").split("\n")) {
    const json = /METRIC: (\{.*\})$/.exec(line)?.[1];
    if (json === undefined) continue;
    const { metric, value, tags } = JSON.parse(json) as {
      metric: string;
      value: number;
      tags: { stream?: string };
    };
    if (tags.stream === undefined) values.set(metric, value);
    else if (metric === "record_count") rows.set(tags.stream, value);
  }
  return {
    rows,
    bytes: values.get("bytes") ?? 0,
    seconds: values.get("sync_duration") ?? 0,
    peakBytes: values.get("memory_bytes_peak") ?? 0,
  };
}

/** One line of shell, as a user would type it. @throws Failure when it ends with another code than 0. */
export async function shell(line: string, cwd: string): Promise<void> {
  const child = spawn("sh", ["-c", line], {
    cwd,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0)
    throw new Failure(
      "internal",
      `the line ended with code ${String(code)}; the logs in ${cwd} say why`,
    );
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { product } from "./build.js";
import { FlightClient } from "./flight-client.js";
import { readMessage } from "./ipc.js";
import { cpuSecondsOf } from "./usage.js";

/** `flightsync serve` in its own process. */
export class EmbeddedServer implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /**
   * @param database a DuckDB file to serve read-only; undefined serves an empty database in memory.
   * @param flags more options of `serve`.
   */
  static async start(
    database?: string,
    flags: readonly string[] = [],
  ): Promise<EmbeddedServer> {
    const options =
      database === undefined ? [] : ["--database", database, "--read-only"];
    const child = spawn(
      process.execPath,
      [product("flightsync"), "serve", "--port", "0", ...options, ...flags],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    // It logs on stderr, which only matters when it does not start.
    let log = "";
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (log = (log + text).slice(-2_000)));
    const lines = createInterface({ input: child.stdout });
    const [url] = (await Promise.race([
      once(lines, "line"),
      once(child, "close"),
    ])) as [unknown];
    if (typeof url !== "string")
      throw new Error(`flightsync serve exited with ${String(url)}: ${log}`);
    return new EmbeddedServer(url, child);
  }

  /** User and system time so far; 0 where the platform does not tell. */
  get cpuSeconds(): number {
    return process.platform === "linux" ? cpuSecondsOf(this.#child.pid) : 0;
  }

  /** Rows of a table, asked of the server itself. */
  async count(table: string): Promise<number> {
    const client = new FlightClient(this.url);
    try {
      let schema: Uint8Array | undefined;
      let count = Number.NaN;
      const query = `SELECT count(*) FROM "${table}"`;
      for await (const { dataHeader, dataBody } of client.query(query)) {
        schema ??= dataHeader;
        if (schema === dataHeader) continue;
        for (const batch of readMessage(schema, dataHeader, dataBody))
          count = Number(batch.getChildAt(0)?.get(0));
      }
      return count;
    } finally {
      client.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exit;
  }
}

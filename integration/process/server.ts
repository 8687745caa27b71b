import assert from "node:assert/strict";

import { FlightClient } from "../../src/drivers/flight/client.js";
import type { FlightOptions } from "../../src/drivers/flight/options.js";
import { textAt } from "../../src/json/text-at.js";
import { Program, start, type Outcome } from "./programs.js";

/** A client of a server. */
export function connect(
  url: string,
  options: Partial<FlightOptions> = {},
): Promise<FlightClient> {
  const { signal } = new AbortController();
  return FlightClient.connect(
    { url, ...options },
    { signal, log: () => undefined },
  );
}

/** A `flightsync serve` process and a client to look into its database. */
export class Server implements AsyncDisposable {
  readonly url: string;
  readonly program: Program;
  readonly #client: FlightClient;

  /** @param options how the client logs in, where the server wants that. */
  static async start(
    args: readonly string[] = [],
    options: Partial<FlightOptions> = {},
  ): Promise<Server> {
    const all = ["serve", "--port", "0", ...args];
    return Server.of(start("flightsync", all, { stdin: "" }), options);
  }

  /** The server that a program is about to be. */
  static async of(
    program: Program,
    options: Partial<FlightOptions> = {},
  ): Promise<Server> {
    await program.until(() => program.lines.length > 0);
    const url = program.lines[0] ?? "";
    try {
      return new Server(program, url, await connect(url, options));
    } catch (error) {
      await program.stop("SIGKILL");
      throw error;
    }
  }

  private constructor(program: Program, url: string, client: FlightClient) {
    this.program = program;
    this.url = url;
    this.#client = client;
  }

  /** Rows of a query as exact text. */
  async rows(sql: string): Promise<(string | null)[][]> {
    const { batches } = await this.#client.rows(sql);
    return batches.flatMap(({ length, vectors }) =>
      Array.from({ length }, (_, row) =>
        vectors.map((vector) => textAt(vector, row) ?? null),
      ),
    );
  }

  /** The rows of a table, ordered by all of its columns. */
  table(name: string): Promise<(string | null)[][]> {
    return this.rows(`SELECT * FROM ${name} ORDER BY ALL`);
  }

  /** Names of all tables, leftovers included. */
  async tables(): Promise<string[]> {
    const sql = "SELECT table_name FROM duckdb_tables() ORDER BY 1";
    return (await this.rows(sql)).map(([name]) => name ?? "");
  }

  async update(...statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.#client.update(sql);
  }

  /** Asks until the answer is as wanted; for what only other processes can bring about. */
  async until(
    sql: string,
    isWanted: (rows: (string | null)[][]) => boolean,
  ): Promise<void> {
    while (!isWanted(await this.rows(sql)));
  }

  /** Ends the process without a chance to clean up. */
  async kill(): Promise<Outcome> {
    await this.#client[Symbol.asyncDispose]();
    return this.program.stop("SIGKILL");
  }

  async stop(): Promise<Outcome> {
    await this.#client[Symbol.asyncDispose]();
    return this.program.stop("SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await this.stop();
    assert.equal(stdout, `${this.url}\n`);
  }
}

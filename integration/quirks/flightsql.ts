import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { FlightClient } from "../../src/drivers/flight/client.js";
import { textAt } from "../../src/json/text-at.js";
import { duckdbColumns } from "./duckdb-columns.js";
import type { Quirks, Server, Settings, TextRow } from "./quirks.js";

const username = "conformance";
const password = "p4ss-w0rd/of:the@suite";
const wrongPassword = "n0t-the-p4ssword";

/** `flightsync serve` as a process of its own, DuckDB in memory. */
class EmbeddedServer implements Server {
  readonly settings: Settings;
  readonly wrongCredentials: Settings;
  readonly secrets = [password, wrongPassword];
  readonly #child: ChildProcess;
  readonly #client: FlightClient;

  static async start(): Promise<EmbeddedServer> {
    const bin = join(import.meta.dirname, "../../dist/bin/flightsync.js");
    const child = spawn(
      process.execPath,
      [
        ...[bin, "serve", "--port", "0"],
        ...["--username", username, "--password", password],
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    try {
      const url = await firstLine(child);
      const settings = { url, username, password };
      const client = await FlightClient.connect(settings, {
        signal: new AbortController().signal,
        log: () => undefined,
      });
      return new EmbeddedServer(child, settings, client);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  private constructor(
    child: ChildProcess,
    settings: Settings,
    client: FlightClient,
  ) {
    this.#child = child;
    this.#client = client;
    this.settings = settings;
    this.wrongCredentials = { ...settings, password: wrongPassword };
  }

  async run(sql: string): Promise<void> {
    await this.#client.update(sql);
  }

  async query(sql: string): Promise<readonly TextRow[]> {
    const { batches } = await this.#client.rows(sql);
    return batches.flatMap((batch) =>
      Array.from({ length: batch.length }, (_, row) =>
        batch.vectors.map((vector) => textAt(vector, row)),
      ),
    );
  }

  /** The server has one DuckDB connection for each call that is open. */
  async openCalls(): Promise<number> {
    const [row] = await this.query("SELECT * FROM duckdb_connection_count()");
    return Number(row?.[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exit;
  }
}

/** The server's URL, which it prints when it can be reached. */
async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("stdout is no pipe");
  const lines = createInterface({ input: child.stdout });
  const [url] = (await Promise.race([
    once(lines, "line"),
    once(child, "exit"),
  ])) as unknown[];
  if (typeof url === "string") return url;
  throw new Error(`flightsync serve ended with ${String(url)}`);
}

/** Arrow Flight SQL, by the server that this package brings: DuckDB 1.5. */
export const flightsql: Quirks = {
  engine: "flightsql",
  writeModes: ["append", "upsert", "overwrite"],
  atomicWrites: true,
  start: () => EmbeddedServer.start(),
  // Port 9 (discard) has no listener, and needs none to refuse.
  unreachable: {
    url: "flightsql://127.0.0.1:9?transport=tcp",
    connect_timeout_seconds: 3,
  },
  columns: duckdbColumns,
  generated: [
    { name: "id", value: "n", json: "id::VARCHAR" },
    {
      name: "name",
      value:
        "CASE WHEN n % 13 = 5 THEN NULL WHEN n % 13 = 6 THEN '' ELSE repeat('ä', (n % 40)::INTEGER) || n END",
      json: `'"' || name || '"'`,
    },
    {
      name: "big",
      value: "CASE WHEN n % 7 = 0 THEN NULL ELSE 9007199254740993 + n END",
      json: "big::VARCHAR",
    },
    {
      name: "price",
      value:
        "CASE WHEN n % 11 = 3 THEN NULL ELSE (n - 5000) / 8 END::DECIMAL(30, 9)",
      json: "price::VARCHAR",
    },
    {
      name: "flag",
      value: "CASE WHEN n % 5 = 1 THEN NULL ELSE n % 3 = 0 END",
      json: "flag::VARCHAR",
    },
    {
      name: "bytes",
      value:
        "CASE WHEN n % 17 = 2 THEN NULL ELSE encode(repeat('z', (n % 20)::INTEGER)) END",
      json: `'"' || base64(bytes) || '"'`,
    },
    {
      name: "day",
      value:
        "CASE WHEN n % 19 = 4 THEN NULL ELSE DATE '1969-12-01' + n::INTEGER END",
      json: `'"' || day::VARCHAR || '"'`,
    },
    {
      name: "moment",
      value:
        "CASE WHEN n % 3 = 1 THEN NULL ELSE TIMESTAMP '1969-12-31 23:59:59.999999' + n * INTERVAL '0.000001 seconds' END",
      json: `'"' || strftime(moment, '%Y-%m-%dT%H:%M:%S.%f') || '{naive}"'`,
    },
    {
      name: "list",
      value: "CASE WHEN n % 23 = 7 THEN NULL ELSE range(n, n + n % 4) END",
      json: "to_json(list)::VARCHAR",
    },
  ],
  cursors: [
    { name: "int64", type: "BIGINT", value: (n) => `9007199254740993 + ${n}` },
    {
      name: "uint64",
      type: "UBIGINT",
      value: (n) => `18446744073709000000 + ${n}`,
    },
    {
      name: "decimal",
      type: "DECIMAL(38, 9)",
      value: (n) =>
        `12345678901234567890123456789::DECIMAL(38, 9) + (${n}) * 0.000000001::DECIMAL(38, 9)`,
    },
    {
      name: "text",
      type: "VARCHAR",
      value: (n) => `'it''s "' || (1000 + ${n})`,
    },
    {
      name: "day",
      type: "DATE",
      value: (n) => `DATE '1999-12-31' + (${n})::INTEGER`,
    },
    {
      name: "timestamp_us",
      type: "TIMESTAMP",
      value: (n) => `make_timestamp(1700000000123456 + (${n}))`,
    },
    {
      name: "timestamp_ns",
      type: "TIMESTAMP_NS",
      value: (n) => `make_timestamp_ns(1700000000123456789 + (${n}))`,
    },
    {
      name: "timestamp_tz",
      type: "TIMESTAMP WITH TIME ZONE",
      value: (n) =>
        `to_timestamp(1700000000) + (${n}) * INTERVAL '0.000001 seconds'`,
    },
  ],
  bigint: "BIGINT",
  varchar: "VARCHAR",
  table: (namespace, name) => `"${namespace}"."${name}"`,
  createSchema: (namespace) => `CREATE SCHEMA "${namespace}"`,
  series: (rows) => `(SELECT range AS n FROM range(${String(rows)})) AS series`,
  text: (expression) => `CAST(${expression} AS VARCHAR)`,
  checksum: (expression) =>
    `CAST(SUM(hash(${expression})::HUGEINT) AS VARCHAR)`,
  columnTypes: (namespace, table) =>
    `SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '${namespace}' AND table_name = '${table}' ORDER BY ordinal_position`,
  tableNames: (namespace) =>
    `SELECT table_name FROM information_schema.tables WHERE table_schema = '${namespace}' ORDER BY table_name`,
};

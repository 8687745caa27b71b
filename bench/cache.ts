import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DuckDBInstance,
  version,
  type DuckDBConnection,
} from "@duckdb/node-api";
import { dataSets, type SetName } from "./sets.js";

export type Size = "full" | "quick";

/** One set as text: what a Singer target reads, and the same rows without the envelope for DuckDB. */
export interface LineFiles {
  /** SCHEMA line. */
  readonly schema: string;
  /** RECORD lines, as many as the set has rows. */
  readonly records: string;
  /** STATE line. */
  readonly state: string;
  readonly singerBytes: number;
  /** The bare rows, one JSON object a line. */
  readonly plain: string;
  readonly plainBytes: number;
}

/**
 * Data made once and kept in `$FLIGHTSYNC_CACHE` or the system's temp folder. Everything is written under
 * another name first, so that an interrupted run leaves nothing that looks whole.
 */
export class Cache {
  readonly size: Size;
  readonly #folder: string;

  constructor(size: Size) {
    this.size = size;
    const root =
      process.env["FLIGHTSYNC_CACHE"] ?? join(tmpdir(), "flightsync-bench");
    // Hashes and number formats are DuckDB's, and the 1 is the version of the generators.
    this.#folder = join(root, `1-${version()}-${size}`);
    mkdirSync(this.#folder, { recursive: true });
  }

  rows(set: SetName): number {
    return dataSets[set].rows[this.size];
  }

  /** A DuckDB file with the set's table, and for taxi the views taxi_1m and taxi_10m of 1 and 10 million rows. */
  async database(set: SetName): Promise<string> {
    return await this.#once(`${set}.duckdb`, async (path) => {
      await inDatabase(path, async (connection) => {
        await connection.run(dataSets[set].sql(this.rows(set)));
        if (set !== "taxi") return;
        await connection.run(repeated("taxi_1m", this.rows(set), 1_000_000));
        await connection.run(repeated("taxi_10m", this.rows(set), 10_000_000));
      });
    });
  }

  /** The set as JSON lines. DuckDB writes them, so that no figure rests on our own writer. */
  async lines(set: SetName): Promise<LineFiles> {
    const database = await this.database(set);
    const columns = await columnsOf(database, set);
    const schema = await this.#once(`${set}.schema.jsonl`, (path) =>
      writeFile(path, `${JSON.stringify(schemaLine(set, columns))}\n`),
    );
    const state = await this.#once(`${set}.state.jsonl`, (path) =>
      writeFile(
        path,
        `${JSON.stringify({ type: "STATE", value: { bench: set } })}\n`,
      ),
    );
    const record = columns.map(recordEntry).join(", ");
    const records = await this.#copy(
      database,
      `${set}.records.jsonl`,
      `SELECT 'RECORD' AS "type", '${set}' AS "stream", {${record}} AS "record" FROM ${set}`,
    );
    const plain = await this.#copy(
      database,
      `${set}.plain.jsonl`,
      `FROM ${set}`,
    );
    const bytes = (path: string) => statSync(path).size;
    return {
      schema,
      records,
      state,
      singerBytes: bytes(schema) + bytes(records) + bytes(state),
      plain,
      plainBytes: bytes(plain),
    };
  }

  async #copy(database: string, name: string, query: string): Promise<string> {
    return await this.#once(name, async (path) => {
      const options = `FORMAT json, TIMESTAMPFORMAT '${dateTime}'`;
      await inDatabase(":memory:", async (connection) => {
        await connection.run(
          `ATTACH '${database}' AS bench (READ_ONLY); USE bench;`,
        );
        await connection.run(`COPY (${query}) TO '${path}' (${options})`);
      });
    });
  }

  async #once(
    name: string,
    make: (path: string) => Promise<void>,
  ): Promise<string> {
    const path = join(this.#folder, name);
    if (existsSync(path)) return path;
    process.stderr.write(`making ${path}\n`);
    const unfinished = `${path}.${String(process.pid)}`;
    await make(unfinished);
    renameSync(unfinished, path);
    rmSync(`${unfinished}.wal`, { force: true });
    return path;
  }
}

export interface Column {
  readonly name: string;
  /** DuckDB's type name. */
  readonly type: string;
  readonly nullable: boolean;
}

/** Columns of a table in table order. */
export async function columnsOf(
  database: string,
  table: string,
): Promise<Column[]> {
  let columns: Column[] = [];
  await inDatabase(":memory:", async (connection) => {
    await connection.run(
      `ATTACH '${database}' AS bench (READ_ONLY); USE bench;`,
    );
    const reader = await connection.runAndReadAll(`DESCRIBE ${table}`);
    columns = reader.getRows().map(([name, type, nullable]) => ({
      name: String(name),
      type: String(type),
      nullable: nullable === "YES",
    }));
  });
  return columns;
}

async function inDatabase(
  path: string,
  use: (connection: DuckDBConnection) => Promise<void>,
): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  try {
    const connection = await instance.connect();
    await use(connection);
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}

/** A view of exactly `rows` rows of taxi; no LIMIT, because DuckDB collects all rows for one. */
function repeated(view: string, has: number, rows: number): string {
  const select =
    rows <= has
      ? `SELECT * FROM taxi WHERE rowid < ${String(rows)}`
      : `SELECT taxi.* FROM taxi, range(${String(rows / has)})`;
  return `CREATE VIEW ${view} AS ${select}`;
}

/** JSON Schema of the few DuckDB types that the sets use. */
const jsonTypes: Readonly<Record<string, object>> = {
  BIGINT: { type: "integer" },
  INTEGER: { type: "integer", minimum: -2_147_483_648, maximum: 2_147_483_647 },
  DOUBLE: { type: "number" },
  VARCHAR: { type: "string" },
  TIMESTAMP: { type: "string", format: "date-time" },
};

/** RFC 3339 as strftime wants it. */
const dateTime = "%Y-%m-%dT%H:%M:%S.%fZ";

/** A column as a struct's entry; COPY's TIMESTAMPFORMAT does not reach into structs. */
function recordEntry({ name, type }: Column): string {
  const value =
    type === "TIMESTAMP" ? `strftime("${name}", '${dateTime}')` : `"${name}"`;
  return `"${name}": ${value}`;
}

function schemaLine(set: SetName, columns: readonly Column[]): object {
  const properties = Object.fromEntries(
    columns.map(({ name, type, nullable }) => {
      const schema = jsonTypes[type] as { readonly type: string };
      return [
        name,
        nullable ? { ...schema, type: ["null", schema.type] } : schema,
      ];
    }),
  );
  return {
    type: "SCHEMA",
    stream: set,
    schema: { type: "object", properties },
    key_properties: [],
  };
}

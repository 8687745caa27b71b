import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DuckDBInstance,
  version,
  type DuckDBConnection,
} from "@duckdb/node-api";
import {
  lineForms,
  object,
  type Column,
  type LineForm,
  type LineFormName,
} from "./line-forms.js";
import { dataSets, type SetName } from "./sets.js";

export type Size = "full" | "quick";

/** One set as a protocol's lines. */
export interface LineFiles {
  readonly protocol: LineForm["protocol"];
  /** Text of the configured catalog (Airbyte only). */
  readonly catalogText: string | undefined;
  /** What comes before the records: SCHEMA, or a stream status. */
  readonly head: string;
  /** As many as the set has rows. */
  readonly records: string;
  /** What ends the input: STATE, or a stream status. */
  readonly tail: string;
  /** Of the three files. */
  readonly bytes: number;
}

/** One set as bare rows, one JSON object a line, for DuckDB. */
export interface RowFile {
  readonly file: string;
  readonly bytes: number;
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
    // Hashes and number formats are DuckDB's, and the 2 is the version of the generators.
    this.#folder = join(root, `2-${version()}-${size}`);
    mkdirSync(this.#folder, { recursive: true });
  }

  rows(set: SetName): number {
    return dataSets[set].rows[this.size];
  }

  /** A DuckDB file with the set's table and the view `<set>_tenfold`. */
  async database(set: SetName): Promise<string> {
    return await this.#once(`${set}.duckdb`, async (path) => {
      await inDatabase(path, async (connection) => {
        await connection.run(dataSets[set].sql(this.rows(set)));
        // No LIMIT, because DuckDB collects all rows for one.
        await connection.run(
          `CREATE VIEW ${set}_tenfold AS SELECT ${set}.* FROM ${set}, range(10)`,
        );
      });
    });
  }

  async lines(set: SetName, form: LineFormName): Promise<LineFiles> {
    const { protocol, catalog, head, record, tail }: LineForm = lineForms[form];
    const database = await this.database(set);
    const columns = await columnsOf(database, set);
    const name = `${set}.${form}`;
    const files = {
      head: await this.#messages(`${name}.head.jsonl`, head(set, columns)),
      records: await this.#texts(database, name, set, record(set, columns)),
      tail: await this.#messages(`${name}.tail.jsonl`, tail(set)),
    };
    const sizes = Object.values(files).map((path) => statSync(path).size);
    return {
      protocol,
      catalogText:
        catalog === undefined
          ? undefined
          : JSON.stringify(catalog(set, columns)),
      ...files,
      bytes: sizes.reduce((sum, size) => sum + size, 0),
    };
  }

  async rowLines(set: SetName): Promise<RowFile> {
    const database = await this.database(set);
    const text = object(await columnsOf(database, set));
    const file = await this.#texts(database, `${set}.rows`, set, text);
    return { file, bytes: statSync(file).size };
  }

  async #messages(name: string, messages: readonly object[]): Promise<string> {
    const lines = messages.map((message) => `${JSON.stringify(message)}\n`);
    return await this.#once(name, (path) => writeFile(path, lines.join("")));
  }

  /** One line per row, of what an SQL expression says. */
  async #texts(
    database: string,
    name: string,
    set: SetName,
    text: string,
  ): Promise<string> {
    return await this.#once(`${name}.jsonl`, async (path) => {
      await inDatabase(":memory:", async (connection) => {
        await connection.run(
          `ATTACH '${database}' AS bench (READ_ONLY); USE bench;`,
        );
        // CSV with neither quotes nor a delimiter that occurs is plain text.
        const options = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x1F'`;
        await connection.run(
          `COPY (SELECT ${text} FROM ${set}) TO '${path}' (${options})`,
        );
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

/** Columns of a table in table order. */
export async function columnsOf(
  database: string,
  table: string,
): Promise<readonly Column[]> {
  let columns: readonly Column[] = [];
  await inDatabase(":memory:", async (connection) => {
    await connection.run(
      `ATTACH '${database}' AS bench (READ_ONLY); USE bench;`,
    );
    const described = await connection.runAndReadAll(`DESCRIBE ${table}`);
    const result = await connection.run(`FROM ${table} LIMIT 0`);
    columns = described.getRows().map(([name, , nullable], index) => ({
      name: String(name),
      type: result.columnType(index),
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

import { randomUUID } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import type { TableName } from "../../catalog.js";
import { Failure } from "../../failure.js";
import { insertFrom } from "../../sql/statements.js";
import type { Rung, RungOptions } from "./rungs.js";

/**
 * Parquet files in a folder that the server sees too: each load is one file and one INSERT, which takes all of it or
 * nothing.
 */
export class StagingRung implements Rung {
  readonly #options: RungOptions;
  readonly #folder: string | undefined;

  /** @param folder undefined: none is declared. */
  constructor(options: RungOptions, folder: string | undefined) {
    this.#options = options;
    this.#folder = folder;
  }

  get description(): string {
    return `Parquet files in ${this.#folder ?? "staging_folder"}`;
  }

  canLoad(_table: TableName, { schema }: Batch): Promise<boolean> {
    const { parquet } = this.#options.dialect;
    return Promise.resolve(
      this.#folder !== undefined &&
        parquet !== undefined &&
        schema.fields.every((column) => parquet.holds(column.type)),
    );
  }

  async load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint> {
    const { session, dialect } = this.#options;
    const { parquet } = dialect;
    if (this.#folder === undefined || parquet === undefined)
      throw new Failure("internal", "there is nowhere to stage files");
    // Never a name that was used before: DuckDB keeps what it knows of a file by its name and second.
    const path = join(
      await existingFolder(this.#folder),
      `flightsync-${randomUUID()}.parquet`,
    );
    // Megabytes of WebAssembly that other loads do not need.
    const { writeParquet } = await import("../../arrow/parquet.js");
    try {
      await writeParquet(schema, batches, path);
      const names = schema.fields.map((column) => column.name);
      const source = parquet.source(path, dialect);
      return await session.update(insertFrom(dialect, table, source, names));
    } catch (error) {
      throw withAdvice(Failure.from(error), path);
    } finally {
      await rm(path, { force: true });
    }
  }
}

async function existingFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return resolve(folder);
  throw new Failure(
    "invalid_config",
    `staging_folder ${folder} is no folder here; make it, on storage that the server sees under the same path`,
  );
}

/** A server that does not see the file says so in its own words. */
function withAdvice(failure: Failure, path: string): Failure {
  if (!failure.message.includes(path)) return failure;
  return new Failure(
    failure.code,
    `${failure.message}; the server must be able to read staging_folder under the same path`,
    { cause: failure },
  );
}

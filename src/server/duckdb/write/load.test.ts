import assert from "node:assert/strict";
import { after } from "node:test";
import type { Batch } from "../../../arrow/batch.js";
import { batchOfValues, valuesOfBatch } from "../../../arrow/plain-values.js";
import type { Value } from "../../../arrow/plain-values.js";
import type { DataType, Schema } from "../../../arrow/schema.js";
import { loadDuckDB } from "../binding.js";
import { DuckConnection } from "../connection.js";
import { readBatches } from "../read/batch-reader.js";
import { parameterRows } from "./parameters.js";
import { TableIngest } from "./table-ingest.js";
import type { TableDefinition } from "./table-ingest.js";

/** A database in memory that batches are loaded into and read back from. Not a test itself. */
const duckdb = await loadDuckDB();
export const connection = await DuckConnection.open(
  duckdb,
  await duckdb.open(":memory:"),
);

after(() => {
  connection.close();
});

export const replace: TableDefinition = {
  ifMissing: "create",
  ifExists: "replace",
  temporary: false,
};
export const append: TableDefinition = {
  ...replace,
  ifMissing: "fail",
  ifExists: "append",
};

export async function load(
  schema: Schema,
  batches: readonly Batch[],
  definition = replace,
  table = "t",
): Promise<number> {
  const path = { catalog: undefined, schema: undefined, table };
  await connection.run("BEGIN");
  let ingest: TableIngest | undefined;
  try {
    ingest = await TableIngest.open(connection, path, definition, schema);
    for (const batch of batches) await ingest.append(batch);
    await ingest.finish();
    await connection.run("COMMIT");
    return ingest.rows;
  } catch (error) {
    ingest?.abort();
    await connection.run("ROLLBACK");
    throw error;
  }
}

export async function read(
  sql: string,
): Promise<{ types: DataType[]; columns: Value[][] }> {
  const result = await connection.select(sql);
  const types: DataType[] = [];
  const columns: Value[][] = [];
  for await (const batch of readBatches(connection.duckdb, result))
    valuesOfBatch(batch).forEach((values, i) => {
      types[i] = (batch.schema.fields[i] as { type: DataType }).type;
      (columns[i] ??= []).push(...values);
    });
  return { types, columns };
}

/** Binds values one by one to an INSERT into a table like `t`; what comes out of it. */
export async function bindEach(schema: Schema, values: readonly Value[]) {
  const { duckdb, handle } = connection;
  await connection.run("CREATE OR REPLACE TABLE bound AS FROM t LIMIT 0");
  const batch = batchOfValues(schema, [values], true);
  const statement = await duckdb.prepare(
    handle,
    "INSERT INTO bound VALUES (?)",
  );
  for (const row of parameterRows(duckdb, batch, [0]))
    assert.equal(await connection.executeWith(statement, row), 1);
  duckdb.destroy_prepare_sync(statement);
  return read("FROM bound");
}

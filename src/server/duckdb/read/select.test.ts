import { after } from "node:test";
import type { Batch } from "../../../arrow/batch.js";
import { valueAt } from "../../../arrow/plain-values.js";
import type { Value } from "../../../arrow/plain-values.js";
import type { Vector } from "../../../arrow/vector.js";
import { loadDuckDB } from "../binding.js";
import { DuckConnection } from "../connection.js";
import { readBatches } from "./batch-reader.js";
import type { BatchSize } from "./batch-size.js";

/** A database in memory and the rows that the reader makes of its results. Not a test itself. */
const duckdb = await loadDuckDB();
export const connection = await DuckConnection.open(
  duckdb,
  await duckdb.open(":memory:"),
);

after(() => {
  connection.close();
});

export async function read(
  sql: string,
  size: BatchSize = {},
): Promise<Batch[]> {
  const result = await connection.select(sql);
  const batches: Batch[] = [];
  for await (const batch of readBatches(connection.duckdb, result, size))
    batches.push(batch);
  return batches;
}

/** Values of every column over all batches. */
export async function columns(
  sql: string,
  size?: BatchSize,
): Promise<Value[][]> {
  const batches = await read(sql, size);
  const count = batches[0]?.schema.fields.length ?? 0;
  return Array.from({ length: count }, (_, c) =>
    batches.flatMap((batch) =>
      Array.from({ length: batch.length }, (__, row) =>
        valueAt(batch.vectors[c] as Vector, row),
      ),
    ),
  );
}

export async function column(sql: string, size?: BatchSize): Promise<Value[]> {
  return (await columns(sql, size))[0] ?? [];
}

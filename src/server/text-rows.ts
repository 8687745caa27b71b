import { isValid } from "../arrow/vector.js";
import type { BytesVector } from "../arrow/vector.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { readBatches } from "./duckdb/read/batch-reader.js";

/** The rows of a query whose columns are all text; undefined is NULL. */
export async function* textRows(
  connection: DuckConnection,
  sql: string,
): AsyncGenerator<readonly (string | undefined)[], void, undefined> {
  const result = await connection.select(sql);
  for await (const batch of readBatches(connection.duckdb, result)) {
    const columns = batch.vectors as readonly BytesVector[];
    for (let row = 0; row < batch.length; row++)
      yield columns.map((texts) => textAt(texts, row));
  }
}

/** Text of a row, undefined for NULL. */
export function textAt(texts: BytesVector, row: number): string | undefined {
  if (!isValid(texts, row)) return undefined;
  const { data, offsets } = texts;
  const bytes = data.subarray(offsets[row], offsets[row + 1]);
  return Buffer.from(bytes).toString("utf8");
}

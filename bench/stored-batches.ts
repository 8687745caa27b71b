import type { Batch } from "../src/arrow/batch.js";
import { loadDuckDB } from "../src/server/duckdb/binding.js";
import { DuckConnection } from "../src/server/duckdb/connection.js";
import { readBatches } from "../src/server/duckdb/read/batch-reader.js";

/** A connection as the embedded server opens it: to a file that is only read, or to an empty database in memory. */
export async function openDatabase(path?: string): Promise<DuckConnection> {
  const duckdb = await loadDuckDB();
  const config = duckdb.create_config();
  if (path !== undefined) duckdb.set_config(config, "access_mode", "READ_ONLY");
  return await DuckConnection.open(
    duckdb,
    await duckdb.open(path ?? ":memory:", config),
  );
}

/** A table's rows as the embedded server reads them. */
export async function* readTable(
  connection: DuckConnection,
  table: string,
): AsyncGenerator<Batch, void, undefined> {
  yield* readBatches(
    connection.duckdb,
    await connection.select(`FROM ${table}`),
  );
}

/** A whole table in memory. */
export async function loadTable(
  database: string,
  table: string,
): Promise<Batch[]> {
  const connection = await openDatabase(database);
  const batches: Batch[] = [];
  for await (const batch of readTable(connection, table)) batches.push(batch);
  connection.close();
  return batches;
}

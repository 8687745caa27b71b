// What the embedded server does for an ingest, once a batch is decoded.
import type { Batch } from "../../src/arrow/batch.js";
import { TableIngest } from "../../src/server/duckdb/write/table-ingest.js";
import { loadTable, openDatabase } from "../stored-batches.js";
import { argument, timed } from "../timed.js";

const { database, table } = argument() as {
  readonly database: string;
  readonly table: string;
};
const batches = await loadTable(database, table);
const { schema } = batches[0] as Batch;
const connection = await openDatabase();
const target = { catalog: undefined, schema: undefined, table };
const definition = {
  ifMissing: "create",
  ifExists: "replace",
  temporary: false,
} as const;

await timed("server", async () => {
  await connection.run("BEGIN");
  const ingest = await TableIngest.open(connection, target, definition, schema);
  let bytes = 0;
  for (const batch of batches) {
    await ingest.append(batch);
    bytes += batch.byteLength;
  }
  await ingest.finish();
  await connection.run("COMMIT");
  return { rows: ingest.rows, bytes };
});

// Batches in memory to a Parquet file.
import { writeParquet } from "../../src/arrow/parquet.js";
import type { Batch } from "../../src/arrow/batch.js";
import { loadTable } from "../stored-batches.js";
import { argument, timed } from "../timed.js";

const { database, table, path } = argument() as {
  readonly database: string;
  readonly table: string;
  readonly path: string;
};
const batches = await loadTable(database, table);
const { schema } = batches[0] as Batch;
const bytes = batches.reduce((sum, { byteLength }) => sum + byteLength, 0);

await timed("Parquet", async () => ({
  rows: await writeParquet(schema, batches, path),
  bytes,
}));

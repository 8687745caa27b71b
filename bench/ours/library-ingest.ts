// Record batches of apache-arrow into a table, through the library.
import type { RecordBatch } from "apache-arrow";
import { connect } from "../../src/index.js";
import { argument, timed } from "../timed.js";

const { from, to, table } = argument() as {
  /** URL of a server that has the table. */
  readonly from: string;
  /** URL of the server to load into. */
  readonly to: string;
  readonly table: string;
};
const batches: RecordBatch[] = [];
const source = await connect(from);
for await (const batch of await source.query(`SELECT * FROM "${table}"`))
  batches.push(batch);
await source.close();

const db = await connect(to);
await timed("library", async () => ({
  rows: (await db.ingest(table, batches, { mode: "replace" })) ?? 0,
}));
await db.close();

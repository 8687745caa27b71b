/**
 * Loads tables into a Flight SQL server: `npx tsx ingest.ts flightsql://localhost:31337?transport=tcp`
 */
import { RecordBatch, tableFromArrays } from "apache-arrow";
import { connect } from "flightsync";

const [url = "flightsql://localhost:31337?transport=tcp"] =
  process.argv.slice(2);
await using db = await connect(url);

const cities = tableFromArrays({
  id: Int32Array.of(1, 2, 3),
  name: ["Bergen", "Porto", "Lima"],
});
console.log(`loaded: ${String(await db.ingest("cities", cities))}`);

// Rows that come bit by bit: an iterable, or an async one, of tables or record batches.
async function* readings(): AsyncGenerator<RecordBatch> {
  for (let hour = 0; hour < 24; hour++) {
    await Promise.resolve();
    const celsius = Float64Array.from({ length: 60 }, () => 20);
    yield* tableFromArrays({ celsius }).batches;
  }
}
const loaded = await db.ingest("readings", readings(), { mode: "replace" });
console.log(`loaded: ${String(loaded)}`);

// Everything in a transaction, or nothing.
await db.transaction(async (tx) => {
  await tx.ingest("cities", cities, { mode: "append" });
  const deleted = await tx.update("DELETE FROM cities WHERE id = 3");
  console.log(`deleted: ${String(deleted)}`);
});

// A copy that never holds more than a few batches.
const source = await db.query("SELECT * FROM cities");
console.log(`copied: ${String(await db.ingest("copy", source))}`);

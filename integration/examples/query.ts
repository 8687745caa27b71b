/**
 * Reads from a Flight SQL server: `npx tsx query.ts flightsql://localhost:31337?transport=tcp`
 */
import { connect } from "flightsync";

const [url = "flightsql://localhost:31337?transport=tcp"] =
  process.argv.slice(2);
await using db = await connect(url);

// A result is an iterable of apache-arrow record batches, which come as they are asked for.
const result = await db.query("SELECT i AS id FROM range(100000) r(i)");
console.log(String(result.schema));
let sum = 0n;
for await (const batch of result)
  for (const id of batch.getChild("id") ?? []) sum += id as bigint;
console.log(`sum: ${String(sum)}`);

// Or all of it as a Table.
const table = await (await db.query("SELECT 42 AS answer")).table();
console.log(`answer: ${String(table.getChild("answer")?.get(0))}`);

// A query ends with its signal.
const slow = await db.query("SELECT * FROM range(1000000000000)", {
  signal: AbortSignal.timeout(200),
});
try {
  for await (const batch of slow) sum += BigInt(batch.numRows);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}

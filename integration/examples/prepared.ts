/**
 * Statements with parameters: `npx tsx prepared.ts flightsql://localhost:31337?transport=tcp`
 */
import { tableFromArrays } from "apache-arrow";
import { connect } from "flightsync";

const [url = "flightsql://localhost:31337?transport=tcp"] =
  process.argv.slice(2);
await using db = await connect(url);

await db.update("CREATE TABLE people (id BIGINT, name TEXT)");
await db.update("INSERT INTO people VALUES (?, ?)", { params: [1, "Ada"] });

// A statement that runs often, and once for every row of a table.
{
  await using insert = await db.prepare("INSERT INTO people VALUES (?, ?)");
  const rows = tableFromArrays({
    id: BigInt64Array.of(2n, 3n),
    name: ["Grace", "Edsger"],
  });
  console.log(`inserted: ${String(await insert.update({ params: rows }))}`);
}

const found = await db.query("SELECT name FROM people WHERE id > ?", {
  params: [1n],
});
const names = (await found.table()).getChild("name");
for (const name of names ?? []) console.log(name);

/**
 * Asks what a Flight SQL server has: `npx tsx metadata.ts flightsql://localhost:31337?transport=tcp`
 */
import { connect, SqlInfo } from "flightsync";

const [url = "flightsql://localhost:31337?transport=tcp"] =
  process.argv.slice(2);
await using db = await connect(url);

const info = await db.sqlInfo([SqlInfo.FLIGHT_SQL_SERVER_NAME]);
console.log("server:", info.get(SqlInfo.FLIGHT_SQL_SERVER_NAME));
console.log(`table types: ${(await db.tableTypes()).join(", ")}`);

await db.update("CREATE TABLE parents (id INTEGER PRIMARY KEY)");
await db.update(
  "CREATE TABLE children (id INTEGER, parent INTEGER REFERENCES parents (id))",
);
for (const { table, schema } of await db.tables({ includeSchema: true })) {
  const columns = schema?.fields.map(
    ({ name, type }) => `${name} ${String(type)}`,
  );
  const key = await db.primaryKeys(table);
  console.log(`${table} (${columns?.join(", ") ?? ""}), key: ${key.join()}`);
}
for (const key of await db.importedKeys("children"))
  console.log(
    `${key.fkTable}.${key.fkColumn} → ${key.pkTable}.${key.pkColumn}`,
  );

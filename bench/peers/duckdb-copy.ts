// DuckDB's own JSON writer on one thread, its output dropped.
import { DuckDBInstance } from "@duckdb/node-api";
import { argument, timed } from "../timed.js";

const { database, table, bytes } = argument() as {
  readonly database: string;
  readonly table: string;
  /** Size of the same lines in a file. */
  readonly bytes: number;
};
const connection = await (await DuckDBInstance.create()).connect();
await connection.run(`ATTACH '${database}' AS bench (READ_ONLY)`);
await connection.run(`CREATE TABLE loaded AS FROM bench.${table}`);
await connection.run("SET threads = 1");

await timed("duckdb", async () => {
  const result = await connection.run(
    "COPY (FROM loaded) TO '/dev/null' (FORMAT json)",
  );
  return { rows: result.rowsChanged, bytes };
});

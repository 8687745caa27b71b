// DuckDB's own writer of JSON or Parquet on one thread.
import { DuckDBInstance } from "@duckdb/node-api";
import { argument, timed } from "../timed.js";

const { database, table, format, path, bytes } = argument() as {
  readonly database: string;
  readonly table: string;
  readonly format: "json" | "parquet";
  readonly path: string;
  /** Size of the same lines in a file. */
  readonly bytes?: number;
};
const connection = await (await DuckDBInstance.create()).connect();
await connection.run(`ATTACH '${database}' AS bench (READ_ONLY)`);
await connection.run(`CREATE TABLE loaded AS FROM bench.${table}`);
await connection.run("SET threads = 1");

await timed("duckdb", async () => {
  const result = await connection.run(
    `COPY loaded TO '${path}' (FORMAT ${format})`,
  );
  return { rows: result.rowsChanged, bytes };
});

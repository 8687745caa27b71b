// DuckDB's own JSON on one thread, from a table to stdout or from stdin into a table in memory.
import { DuckDBInstance } from "@duckdb/node-api";
import { argument } from "../timed.js";

const options = argument() as
  | { readonly database: string; readonly table: string }
  /** `'name': 'type', …`, and how many rows must come. */
  | { readonly columns: string; readonly rows: number };
const connection = await (await DuckDBInstance.create()).connect();
await connection.run("SET threads = 1");

if ("database" in options) {
  const { database, table } = options;
  await connection.run(`ATTACH '${database}' AS bench (READ_ONLY)`);
  await connection.run(
    `COPY (FROM bench.${table}) TO '/dev/stdout' (FORMAT json)`,
  );
} else {
  const { columns, rows } = options;
  const result = await connection.run(
    `CREATE TABLE loaded AS FROM read_json('/dev/stdin', format = 'newline_delimited', columns = {${columns}})`,
  );
  const [[loaded] = []] = await result.getRows();
  if (Number(loaded) !== rows)
    throw new Error(`${String(loaded)} rows came of ${String(rows)}`);
}

// DuckDB's own JSON reader on one thread with all types given, into a table in memory.
import { DuckDBInstance } from "@duckdb/node-api";
import { argument, timed } from "../timed.js";

const { file, columns, bytes } = argument() as {
  readonly file: string;
  /** `'name': 'type', …` */
  readonly columns: string;
  readonly bytes: number;
};
const connection = await (await DuckDBInstance.create()).connect();
await connection.run("SET threads = 1");

await timed("duckdb", async () => {
  const result = await connection.run(
    `CREATE OR REPLACE TABLE loaded AS FROM read_json('${file}', format = 'newline_delimited', columns = {${columns}})`,
  );
  const rows = Number((await result.getRows())[0]?.[0]);
  return { rows, bytes };
});

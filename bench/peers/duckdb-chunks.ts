// DuckDB's own chunk stream with nothing converted: the most that a server over it can reach.
import { DuckDBInstance } from "@duckdb/node-api";
import { argument, timed } from "../timed.js";

const { database, table } = argument() as {
  readonly database: string;
  readonly table: string;
};
const instance = await DuckDBInstance.create(database, {
  access_mode: "READ_ONLY",
});
const connection = await instance.connect();

await timed("duckdb", async () => {
  const result = await connection.stream(`FROM ${table}`);
  let rows = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { rows };
    rows += chunk.rowCount;
  }
});

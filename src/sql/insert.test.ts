import assert from "node:assert/strict";
import { test } from "node:test";

import { DuckDBInstance } from "@duckdb/node-api";

import { batchOfValues } from "../arrow/plain-values.js";
import { field } from "../arrow/schema.js";
import { duckdb } from "./duckdb.js";
import { insertStatements } from "./insert.js";

test("a half float is inserted as the number that it is, not as the few digits that name it", async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run("CREATE TABLE t (n INTEGER, half FLOAT)");
  // 0.1 and 6e-8 are what JSON says of the first two.
  const values = [0.0999755859375, 2 ** -24, -65_504, 0, null];
  const batch = batchOfValues(
    { fields: [field("half", { type: "float", bits: 16 })] },
    [values],
  );
  const limits = { bytes: 1_000, rows: 10 };
  for (const { sql } of insertStatements(duckdb, { name: "t" }, batch, limits))
    await connection.run(sql);
  const result = await connection.runAndReadAll(
    "SELECT half::DOUBLE FROM t ORDER BY rowid",
  );
  assert.deepEqual(result.getRowsJS().flat(), values);
});

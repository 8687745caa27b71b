import assert from "node:assert/strict";
import { test } from "node:test";

import { DuckDBBlobValue, DuckDBInstance } from "@duckdb/node-api";

import { batchOfValues } from "../arrow/plain-values.js";
import { field, utf8 } from "../arrow/schema.js";
import { ansi } from "./ansi.js";
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

const withNul = ["a\0b", "\0", "'\0é𝄞", "plain"];
const texts = batchOfValues({ fields: [field("text", utf8)] }, [withNul]);

test("a text with NUL characters is inserted whole (duckdb)", async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run("CREATE TABLE t (text VARCHAR)");
  const limits = { bytes: 1_000, rows: 10 };
  for (const { sql } of insertStatements(duckdb, { name: "t" }, texts, limits))
    await connection.run(sql);
  const result = await connection.runAndReadAll(
    "SELECT encode(text) FROM t ORDER BY rowid",
  );
  const found = result
    .getRows()
    .flat()
    .map((value) =>
      value instanceof DuckDBBlobValue
        ? Buffer.from(value.bytes).toString()
        : value,
    );
  assert.deepEqual(found, withNul);
});

test("where no literal holds a NUL the value is refused, with its row and column", () => {
  const limits = { bytes: 1_000, rows: 10 };
  assert.throws(
    () => [...insertStatements(ansi, { name: "t" }, texts, limits)],
    {
      code: "unsupported",
      message:
        /^"a\\u0000b" holds a NUL .*\(column text of t, row 0 of a batch\)$/,
    },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { DuckDBInstance } from "@duckdb/node-api";

import { float64, int64, utf8, type DataType } from "../arrow/schema.js";
import { duckdb } from "./duckdb.js";
import { cursorLiteral } from "./literal.js";

const decimal: DataType = {
  type: "decimal",
  bits: 128,
  precision: 38,
  scale: 4,
};
const nanoseconds: DataType = { type: "timestamp", unit: "ns" };
const instant: DataType = { type: "timestamp", unit: "us", timezone: "UTC" };

test("DuckDB reads every literal back to the last digit", async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run("SET TimeZone = 'Asia/Tokyo'");
  const cases: readonly (readonly [DataType, string, string])[] = [
    [int64, "-9223372036854775808", "-9223372036854775808"],
    [
      decimal,
      "1234567890123456789012345678901234.5678",
      "1234567890123456789012345678901234.5678",
    ],
    [float64, "0.1", "0.1"],
    [utf8, "it's; DROP TABLE t; --", "it's; DROP TABLE t; --"],
    [{ type: "date", unit: "day" }, "2001-02-03", "2001-02-03"],
    [
      { type: "date", unit: "day" },
      "2001-02-03T00:00:00.000000+00:00",
      "2001-02-03",
    ],
    [nanoseconds, "2001-02-03", "2001-02-03 00:00:00"],
    [instant, "2001-02-03", "2001-02-03 09:00:00+09"],
    [{ type: "time", unit: "us" }, "23:59:59.000001", "23:59:59.000001"],
    [
      nanoseconds,
      "2001-02-03T04:05:06.123456789",
      "2001-02-03 04:05:06.123456789",
    ],
    [
      nanoseconds,
      "2001-02-03T04:05:06.123456789Z",
      "2001-02-03 04:05:06.123456789",
    ],
    [instant, "2001-02-03T04:05:06.000001Z", "2001-02-03 13:05:06.000001+09"],
    [instant, "2001-02-03T04:05:06+0200", "2001-02-03 11:05:06+09"],
  ];
  for (const [type, text, expected] of cases) {
    const literal = cursorLiteral(duckdb, type, text);
    assert.ok(literal !== undefined, text);
    const result = await connection.runAndReadAll(
      `SELECT (${literal})::VARCHAR`,
    );
    assert.deepEqual(result.getRowsJson(), [[expected]], literal);
  }
});

test("text that is not a value of the type never reaches SQL", () => {
  const refused: readonly (readonly [DataType, string])[] = [
    [int64, "1 OR 1=1"],
    [int64, "1.5"],
    [decimal, "1e5"],
    [float64, "0.1); DROP TABLE t"],
    [nanoseconds, "yesterday"],
    [nanoseconds, "2001-02-03T04:05:06+05:00"],
    [{ type: "date", unit: "day" }, "2001-02-03'"],
    [{ type: "date", unit: "day" }, "2001-02-03T00:00:01Z"],
    [{ type: "date", unit: "day" }, "2001-02-03T00:00:00+02:00"],
  ];
  for (const [type, text] of refused)
    assert.equal(cursorLiteral(duckdb, type, text), undefined, text);
});

test("kinds without an order cannot be a cursor", () => {
  assert.throws(
    () => cursorLiteral(duckdb, { type: "bool" }, "true"),
    /no order/,
  );
});

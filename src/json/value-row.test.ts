import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { arbitraryValue } from "../arrow/arbitrary.js";
import { equalRows, rowsEqualTo } from "../arrow/equal-rows.js";
import { vectorOf, type Value } from "../arrow/plain-values.js";
import { field, int64, utf8, type DataType } from "../arrow/schema.js";
import { textAt } from "./text-at.js";
import { valueRow } from "./value-row.js";

/** What streams are read along. */
const types: readonly DataType[] = [
  { type: "int", bits: 8, signed: true },
  int64,
  { type: "int", bits: 64, signed: false },
  { type: "decimal", bits: 128, precision: 38, scale: 9 },
  utf8,
  { type: "date", unit: "day" },
  { type: "timestamp", unit: "s" },
  { type: "timestamp", unit: "ms", timezone: "UTC" },
  { type: "timestamp", unit: "us" },
  { type: "timestamp", unit: "ns", timezone: "Europe/Berlin" },
];

for (const type of types)
  test(`the text of a value gives the rows that have it: ${JSON.stringify(type)}`, () => {
    const values = fc.array(arbitraryValue(field("c", type)), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.nat(), fc.boolean(), (column, at, rough) => {
        const vector = vectorOf(type, column, rough);
        const row = at % column.length;
        const text = textAt(vector, row);
        fc.pre(text !== undefined);
        const value = valueRow(type, text);
        assert.ok(value !== undefined);
        const places = (wanted: Value | undefined) =>
          column.flatMap((one, index) => (one === wanted ? [index] : []));
        assert.deepEqual(rowsEqualTo(vector, value), places(column[row]));
        for (let other = 0; other < column.length; other++)
          assert.equal(
            equalRows(vector, row, vector, other),
            column[row] === column[other],
          );
      }),
    );
  });

test("text that is no value gives no row", () => {
  assert.equal(valueRow(int64, "yesterday"), undefined);
  assert.equal(valueRow(int64, '1,"d":2'), undefined);
  assert.equal(valueRow({ type: "date", unit: "day" }, "x"), undefined);
});

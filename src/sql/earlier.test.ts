import assert from "node:assert/strict";
import { test } from "node:test";

import { int64, utf8, type DataType } from "../arrow/schema.js";
import { earlier } from "./earlier.js";

const decimal: DataType = {
  type: "decimal",
  bits: 128,
  precision: 38,
  scale: 4,
};
const date: DataType = { type: "date", unit: "day" };
const time: DataType = { type: "timestamp", unit: "ns" };

const cases: readonly (readonly [DataType, string, number, string])[] = [
  [int64, "9223372036854775807", 7, "9223372036854775800"],
  [int64, "3", 10, "-7"],
  [utf8, "x", 0, "x"],
  [decimal, "10.0000", 10, "0.0000"],
  [decimal, "0.5000", 1, "-0.5000"],
  [decimal, "1234567890123456789012.0001", 2, "1234567890123456789010.0001"],
  [date, "2024-03-01", 1, "2024-02-29"],
  [date, "0001-01-01", 1, "0000-12-31"],
  [date, "2024-03-01T00:00:00+00:00", 1, "2024-02-29T00:00:00+00:00"],
  [date, "+12024-03-01", 1, "+012024-02-29"],
  [time, "2024-03-01T00:00:00.123456789", 1, "2024-02-29T23:59:59.123456789"],
  [time, "2024-03-01T01:00:00Z", 3600, "2024-03-01T00:00:00Z"],
  [time, "2024-03-01 01:00:00.5+02:00", 60, "2024-03-01T00:59:00.5+02:00"],
  [time, "2024-03-01", 1, "2024-02-29T23:59:59"],
  [time, "1969-12-31T23:59:59.9Z", 1, "1969-12-31T23:59:58.9Z"],
];

for (const [type, text, lag, expected] of cases)
  test(`${String(lag)} before ${text} is ${expected}`, () => {
    assert.equal(earlier(type, text, lag), expected);
  });

test("text has nothing that could be taken from it", () => {
  assert.throws(() => earlier(utf8, "x", 1), {
    code: "invalid_config",
    message: /number, a date or a time/,
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchOf } from "../../../arrow/batch.js";
import { batchOfValues, vectorOf } from "../../../arrow/plain-values.js";
import type { Value } from "../../../arrow/plain-values.js";
import {
  binary,
  bool,
  field,
  float32,
  float64,
  int16,
  int32,
  int64,
  int8,
  uint16,
  uint32,
  uint64,
  uint8,
  utf8,
} from "../../../arrow/schema.js";
import type { DataType } from "../../../arrow/schema.js";
import { bindEach, load, read } from "./load.test.js";
import {
  decimal,
  duration,
  interval,
  list,
  map,
  max64,
  nano,
  struct,
  time,
  timestamp,
  union,
} from "./types.test.js";

/** Values that go in as `type`, and what a SELECT gives back; the same when nothing is said. */
interface RoundTrip {
  readonly name: string;
  readonly type: DataType;
  readonly values: readonly Value[];
  readonly back?: DataType;
  readonly backValues?: readonly Value[];
}

const day = 86_400n;

const roundTrips: readonly RoundTrip[] = [
  { name: "null", type: { type: "null" }, values: [null, null], back: int32 },
  { name: "bool", type: bool, values: [true, null, false] },
  { name: "int8", type: int8, values: [-128n, null, 127n] },
  { name: "int16", type: int16, values: [-32768n, 32767n] },
  { name: "int32", type: int32, values: [-(2n ** 31n), 2n ** 31n - 1n] },
  { name: "int64", type: int64, values: [-max64 - 1n, null, max64] },
  { name: "uint8", type: uint8, values: [0n, 255n] },
  { name: "uint16", type: uint16, values: [0n, 65535n] },
  { name: "uint32", type: uint32, values: [0n, 2n ** 32n - 1n] },
  { name: "uint64", type: uint64, values: [0n, 2n ** 64n - 1n] },
  {
    name: "float16",
    type: { type: "float", bits: 16 },
    values: [0, -1.5, 65504, 2 ** -24, Infinity, null],
    back: float32,
  },
  {
    name: "float32",
    type: float32,
    values: [Math.fround(0.1), -Infinity, NaN],
  },
  { name: "float64", type: float64, values: [0.1, 5e-324, NaN, -0, null] },
  {
    name: "decimal32",
    type: decimal(32, 9, 4),
    values: [-999_999_999n, null, 999_999_999n],
    back: decimal(128, 9, 4),
  },
  {
    name: "decimal32 of 4 digits",
    type: decimal(32, 4, 4),
    values: [-9999n, 9999n],
    back: decimal(128, 4, 4),
  },
  {
    name: "decimal64",
    type: decimal(64, 18, 0),
    values: [-(10n ** 18n) + 1n, 10n ** 18n - 1n],
    back: decimal(128, 18, 0),
  },
  ...[4, 9, 18, 38].map((precision) => ({
    name: `decimal128 of ${String(precision)} digits`,
    type: decimal(128, precision, 2),
    values: [
      10n ** BigInt(precision) - 1n,
      -(10n ** BigInt(precision)) + 1n,
      0n,
      -1n,
      null,
    ],
  })),
  {
    name: "decimal256 that fits DECIMAL",
    type: decimal(256, 38, 38),
    values: [-(10n ** 38n) + 1n, 10n ** 38n - 1n],
    back: decimal(128, 38, 38),
  },
  {
    name: "decimal256 of 39 digits",
    type: decimal(256, 39, 0),
    values: [-(2n ** 127n), 2n ** 127n - 1n, null, -1n],
  },
  {
    name: "decimal256 beyond DECIMAL",
    type: decimal(256, 50, 3),
    values: [-(10n ** 50n) + 1n, 5n, null],
    back: utf8,
    backValues: [`-${"9".repeat(47)}.999`, "0.005", null],
  },
  {
    name: "decimal with a negative scale",
    type: decimal(128, 5, -2),
    values: [12345n, -1n],
    back: decimal(128, 7, 0),
    backValues: [1_234_500n, -100n],
  },
  {
    name: "decimal with more scale than digits",
    type: decimal(128, 2, 5),
    values: [99n, -1n],
    back: decimal(128, 5, 5),
  },
  {
    name: "utf8",
    type: utf8,
    values: [
      "",
      "exactly12byt",
      "thirteen byte",
      null,
      "日本語 😀".repeat(9),
      "x".repeat(1_000_000),
    ],
  },
  {
    name: "binary",
    type: binary,
    values: [
      new Uint8Array(0),
      null,
      Uint8Array.of(0, 255),
      new Uint8Array(5000).fill(0x80),
    ],
  },
  {
    name: "fixed_size_binary",
    type: { type: "fixed_size_binary", width: 16 },
    values: [new Uint8Array(16).fill(255), null, new Uint8Array(16)],
    back: binary,
  },
  {
    name: "date",
    type: { type: "date", unit: "day" },
    values: [0n, null, -719_162n, 2n ** 31n - 2n, -(2n ** 31n) + 2n],
  },
  {
    name: "date in milliseconds",
    type: { type: "date", unit: "ms" },
    values: [86_400_000n, -86_400_000n, null],
    back: { type: "date", unit: "day" },
    backValues: [1n, -1n, null],
  },
  {
    name: "time in s",
    type: time("s"),
    values: [0n, 86_399n, null],
    back: time("us"),
    backValues: [0n, 86_399_000_000n, null],
  },
  {
    name: "time in ms",
    type: time("ms"),
    values: [1n],
    back: time("us"),
    backValues: [1000n],
  },
  { name: "time in us", type: time("us"), values: [0n, day * 1_000_000n] },
  {
    name: "time in ns",
    type: time("ns"),
    values: [0n, day * 1_000_000_000n - 1n],
  },
  {
    name: "timestamp in s",
    type: timestamp("s"),
    values: [-62_135_596_800n, null, 253_402_300_799n],
  },
  {
    name: "timestamp in ms",
    type: timestamp("ms"),
    values: [-1n, 253_402_300_799_999n],
  },
  { name: "timestamp in us", type: timestamp("us"), values: [-1n, max64 - 1n] },
  { name: "timestamp in ns", type: timestamp("ns"), values: [-1n, max64 - 1n] },
  {
    name: "instant in s",
    type: timestamp("s", "Europe/Berlin"),
    values: [-1n, 9_223_372_036_854n],
    back: timestamp("us", "UTC"),
    backValues: [-1_000_000n, 9_223_372_036_854_000_000n],
  },
  {
    name: "instant in ms",
    type: timestamp("ms", "UTC"),
    values: [-1n],
    back: timestamp("us", "UTC"),
    backValues: [-1000n],
  },
  { name: "instant in us", type: timestamp("us", "UTC"), values: [-1n, null] },
  {
    name: "instant in ns",
    type: timestamp("ns", "UTC"),
    values: [-1000n],
    back: timestamp("us", "UTC"),
    backValues: [-1n],
  },
  {
    name: "duration in s",
    type: duration("s"),
    values: [-1n, null],
    back: nano,
    backValues: [[0n, 0n, -1_000_000_000n], null],
  },
  {
    name: "duration in ms",
    type: duration("ms"),
    values: [1n],
    back: nano,
    backValues: [[0n, 0n, 1_000_000n]],
  },
  {
    name: "duration in us",
    type: duration("us"),
    values: [1n],
    back: nano,
    backValues: [[0n, 0n, 1000n]],
  },
  {
    name: "duration in ns",
    type: duration("ns"),
    values: [-3000n],
    back: nano,
    backValues: [[0n, 0n, -3000n]],
  },
  {
    name: "interval of months",
    type: interval("year_month"),
    values: [[-14n]],
    back: nano,
    backValues: [[-14n, 0n, 0n]],
  },
  {
    name: "interval of days",
    type: interval("day_time"),
    values: [[3n, -5n]],
    back: nano,
    backValues: [[0n, 3n, -5_000_000n]],
  },
  {
    name: "interval of nanoseconds",
    type: nano,
    values: [[1n, -2n, 3000n], null],
  },
  {
    name: "list",
    type: list(utf8),
    values: [["a", null, "a longer text than twelve"], null, []],
  },
  {
    name: "fixed_size_list",
    type: {
      type: "fixed_size_list",
      size: 2,
      item: field("item", list(int32)),
    },
    values: [[[1n], null], null, [[], [2n, 3n]]],
  },
  {
    name: "fixed_size_list of size 0",
    type: { type: "fixed_size_list", size: 0, item: field("item", int32) },
    values: [[], null],
    back: list(int32),
  },
  {
    name: "struct",
    type: struct({ a: int64, "b c": struct({ 'd"': utf8 }) }),
    values: [[1n, ["x"]], null, [null, null], [2n, [null]]],
  },
  {
    name: "map",
    type: map(utf8, list(int64)),
    values: [
      [
        ["k", [1n]],
        ["a key beyond twelve bytes", null],
      ],
      null,
      [],
    ],
  },
  {
    name: "map with struct keys",
    type: map(struct({ a: int32 }), bool),
    values: [
      [
        [[1n], true],
        [[2n], null],
      ],
    ],
  },
  {
    name: "dense union",
    type: union("dense"),
    values: [
      { typeId: 5, value: 1n },
      { typeId: 7, value: "a text of some length" },
      { typeId: 5, value: null },
    ],
    back: union("sparse"),
    backValues: [
      { typeId: 0, value: 1n },
      { typeId: 1, value: "a text of some length" },
      { typeId: 0, value: null },
    ],
  },
  {
    name: "list of structs of maps of unions",
    type: list(struct({ m: map(int32, union("sparse")) })),
    values: [[[[[1n, { typeId: 1, value: "u" }]]], null, [null]], null],
  },
];

describe("types", () => {
  for (const { name, type, values, back, backValues } of roundTrips)
    for (const rough of [false, true])
      it(`keeps ${name}${rough ? ", also in vectors with junk behind NULLs" : ""}`, async () => {
        const schema = { fields: [field("x", type)] };
        const batch = batchOfValues(schema, [values], rough);
        assert.equal(await load(schema, [batch]), values.length);
        const got = await read("FROM t");
        assert.deepEqual(got.types, [back ?? type]);
        assert.deepEqual(got.columns, [backValues ?? values]);
      });

  for (const { name, type, values, back, backValues } of roundTrips)
    it(`binds ${name} as a parameter`, async () => {
      const schema = { fields: [field("x", type)] };
      await load(schema, [batchOfValues(schema, [values], true)]);
      const got = await bindEach(schema, values);
      assert.deepEqual(got.types, [back ?? type]);
      assert.deepEqual(got.columns, [backValues ?? values]);
    });

  it("writes values behind a NULL struct as NULL", async () => {
    const type = struct({ a: int64 });
    const schema = { fields: [field("x", type)] };
    const inner = vectorOf(int64, [1n, 2n]);
    const vector = {
      layout: "struct",
      type,
      length: 2,
      validity: Uint8Array.of(0b01),
      children: [inner],
    } as const;
    await load(schema, [batchOf(schema, [vector], 2)]);
    assert.deepEqual((await read("SELECT x.a FROM t")).columns, [[1n, null]]);
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as arrow from "apache-arrow";
import { decodeSchema, encodeSchema } from "./ipc-schema.js";
import { decodeStream, encodeStream } from "./ipc-stream.js";
import { type Value, batchOfValues, valuesOfBatch } from "./plain-values.js";
import { type Schema, field } from "./schema.js";
import { parseTypeName, typeName } from "./type-name.js";

const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);

function columns(stream: Uint8Array): Value[][] {
  const all: Value[][] = [];
  for (const batch of decodeStream(stream).batches) {
    valuesOfBatch(batch).forEach((values, i) => {
      (all[i] ??= []).push(...values);
    });
  }
  return all;
}

/** Type, our values, and what apache-arrow's own accessors give for them. */
const accessors: readonly (readonly [string, readonly Value[], unknown])[] = [
  ["null", [null, null], [null, null]],
  ["bool", [true, null, false], [true, null, false]],
  ["int8", [-1n, null], [-1, null]],
  ["uint64", [2n ** 64n - 1n, null], [2n ** 64n - 1n, null]],
  ["int64", [-(2n ** 63n), null], [-(2n ** 63n), null]],
  ["double", [0.1, null, -0], [0.1, null, -0]],
  ["string", ["a", null, "𝄞"], ["a", null, "𝄞"]],
  ["date32[day]", [1n, null], [86_400_000, null]],
  ["timestamp[us, tz=UTC]", [-1_500n, null], [-1.5, null]],
  ["duration[ns]", [5n, null], [5n, null]],
  ["list<item: int16>", [[1n, null], null, []], [[1, null], null, []]],
  ["fixed_size_list<item: int8>[2]", [[1n, 2n], null], [[1, 2], null]],
  ["struct<a: int8, b: string>", [[1n, null], null], [{ a: 1, b: null }, null]],
  ["map<string, int8>", [[["k", 1n]], null], [{ k: 1 }, null]],
  [
    "dense_union<a: int8=3, b: string=5>",
    [
      { typeId: 3, value: 1n },
      { typeId: 5, value: "x" },
      { typeId: 3, value: null },
    ],
    [1, "x", null],
  ],
  [
    "sparse_union<a: int8=3, b: string=5>",
    [
      { typeId: 3, value: 1n },
      { typeId: 5, value: "x" },
    ],
    [1, "x"],
  ],
];

function plain(value: unknown): unknown {
  if (value instanceof arrow.Vector) return Array.from(value, plain);
  if (value instanceof arrow.StructRow || value instanceof arrow.MapRow) {
    return value.toJSON();
  }
  return value;
}

describe("apache-arrow reads what is written here", () => {
  for (const rough of [false, true]) {
    for (const [name, values, expected] of accessors) {
      test(`${name}${rough ? ", rough" : ""}`, () => {
        const schema = { fields: [field("c", parseTypeName(name))] };
        const batch = batchOfValues(schema, [values], rough);
        const table = arrow.tableFromIPC(encodeStream(schema, [batch, batch]));
        assert.equal(table.batches.length, 2);
        for (const { data } of table.batches) {
          const column = new arrow.RecordBatch(table.schema, data).getChildAt(
            0,
          );
          assert.deepEqual(Array.from(column ?? [], plain), expected);
        }
      });
    }
  }
});

/** What apache-arrow's builders make of plain values; some of these have offsets of their own. */
const built: readonly (readonly [
  string,
  arrow.DataType,
  unknown[],
  Value[],
])[] = [
  ["int32", new arrow.Int32(), [1, null, 3], [1n, null, 3n]],
  ["uint16", new arrow.Uint16(), [65_535, null], [65_535n, null]],
  ["float", new arrow.Float32(), [0.5, null], [0.5, null]],
  ["halffloat", new arrow.Float16(), [0.5, null], [0.5, null]],
  ["string", new arrow.Utf8(), ["a", null, ""], ["a", null, ""]],
  ["large_string", new arrow.LargeUtf8(), ["a", null], ["a", null]],
  [
    "large_binary",
    new arrow.LargeBinary(),
    [bytes("a"), null],
    [bytes("a"), null],
  ],
  ["binary", new arrow.Binary(), [bytes("a"), null], [bytes("a"), null]],
  ["bool", new arrow.Bool(), [true, null, false], [true, null, false]],
  ["timestamp[ms]", new arrow.TimestampMillisecond(), [1, null], [1n, null]],
  ["time32[s]", new arrow.TimeSecond(), [5, null], [5n, null]],
  ["date64[ms]", new arrow.DateMillisecond(), [0, null], [0n, null]],
  [
    "month_interval",
    new arrow.IntervalYearMonth(),
    [Int32Array.of(1, 2), null],
    [[14n], null],
  ],
  [
    "decimal128(38, 2)",
    new arrow.Decimal(2, 38, 128),
    [Uint32Array.of(5, 0, 0, 0), null],
    [5n, null],
  ],
  [
    "fixed_size_binary[2]",
    new arrow.FixedSizeBinary(2),
    [bytes("ab"), null],
    [bytes("ab"), null],
  ],
  [
    "list<item: int32>",
    new arrow.List(new arrow.Field("item", new arrow.Int32(), true)),
    [[1, null], null, []],
    [[1n, null], null, []],
  ],
  [
    "struct<a: int32>",
    new arrow.Struct([new arrow.Field("a", new arrow.Int32(), true)]),
    [{ a: 1 }, null],
    [[1n], null],
  ],
  [
    "dictionary<values=string, indices=int8, ordered=0>",
    new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
    ["x", null, "x"],
    ["x", null, "x"],
  ],
];

describe("reads what apache-arrow writes", () => {
  for (const [name, type, values, expected] of built) {
    test(name, () => {
      const vector = arrow.vectorFromArray(values, type);
      const stream = arrow.tableToIPC(new arrow.Table({ c: vector }), "stream");
      const [wire] = decodeSchema(stream).fields;
      assert.equal(wire && typeName(wire.type), name);
      assert.deepEqual(columns(stream), [expected]);
      const sliced = new arrow.Table({ c: vector.slice(1) });
      assert.deepEqual(columns(arrow.tableToIPC(sliced, "stream")), [
        expected.slice(1),
      ]);
    });
  }

  test("dictionaries of several batches", () => {
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 1);
    const schema = new arrow.Schema([new arrow.Field("c", type, true)]);
    const batch = (words: string[], indices: number[]): arrow.RecordBatch => {
      const dictionary = arrow.vectorFromArray(words, new arrow.Utf8());
      const data = arrow.makeData({
        type,
        length: indices.length,
        data: Int32Array.from(indices),
        dictionary,
      });
      const children = [data];
      const struct = new arrow.Struct(schema.fields);
      return new arrow.RecordBatch(
        schema,
        arrow.makeData({ type: struct, length: indices.length, children }),
      );
    };
    for (const second of [
      ["a", "b", "c"],
      ["z", "y", "x"],
    ]) {
      const batches = [batch(["a", "b"], [0, 1]), batch(second, [2, 0])];
      const stream = arrow.RecordBatchStreamWriter.writeAll(batches);
      assert.deepEqual(columns(stream.toUint8Array(true)), [
        ["a", "b", second[2], second[0]],
      ]);
    }
  });
});

test("a schema message alone is what apache-arrow calls a message", () => {
  const schema: Schema = { fields: [field("a", parseTypeName("int32"))] };
  assert.equal(arrow.Message.decode(encodeSchema(schema)).isSchema(), true);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadCompression } from "./compression.js";
import { MessageReader } from "./ipc.js";
import { decodeStream } from "./ipc-stream.js";
import { type Value, valuesOfBatch } from "./plain-values.js";
import * as pyarrow from "./pyarrow-streams.js";
import type { Schema } from "./schema.js";
import { typeName } from "./type-name.js";

const text = "longer than twelve bytes";
const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);

/** Column, its type as sent, its canonical type, the pyarrow expression that made it, its values. */
const layouts: readonly (readonly [
  string,
  string,
  string,
  string,
  readonly Value[],
])[] = [
  [
    "runs",
    "run_end_encoded<run_ends: int32 not null, values: string>",
    "string",
    "pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 4], pa.int32()), pa.array(['a', None, 'c']))",
    ["a", "a", null, "c"],
  ],
  [
    "short_runs",
    "run_end_encoded<run_ends: int16 not null, values: list<item: int64>>",
    "list<item: int64>",
    "pa.RunEndEncodedArray.from_arrays(pa.array([1, 4], pa.int16()), pa.array([[1, None], [3]], pa.list_(pa.int64())))",
    [[1n, null], [3n], [3n], [3n]],
  ],
  [
    "long_runs",
    "run_end_encoded<run_ends: int64 not null, values: bool>",
    "bool",
    "pa.RunEndEncodedArray.from_arrays(pa.array([4], pa.int64()), pa.array([True]))",
    [true, true, true, true],
  ],
  [
    "text_views",
    "string_view",
    "string",
    "pa.array([text, None, '', 'exactly12byt'], pa.string_view())",
    [text, null, "", "exactly12byt"],
  ],
  [
    "binary_views",
    "binary_view",
    "binary",
    "pa.array([b'\\0', None, text.encode(), b''], pa.binary_view())",
    [Uint8Array.of(0), null, bytes(text), bytes("")],
  ],
  [
    "list_views",
    "list_view<item: int64>",
    "list<item: int64>",
    "pa.ListViewArray.from_arrays([4, 0, 0, 1], [1, 2, 0, 3], pa.array([1, 2, None, 4, 5]), mask=pa.array([False, False, True, False]))",
    [[5n], [1n, 2n], null, [2n, null, 4n]],
  ],
  [
    "large_list_views",
    "large_list_view<item: string>",
    "list<item: string>",
    "pa.LargeListViewArray.from_arrays([0, 1, 3, 3], [3, 2, 0, 0], pa.array(['x', 'yy', 'zzz']))",
    [["x", "yy", "zzz"], ["yy", "zzz"], [], []],
  ],
  [
    "large_text",
    "large_string",
    "string",
    "pa.array(['a', None, 'bc', ''], pa.large_string())",
    ["a", null, "bc", ""],
  ],
  [
    "large_binary",
    "large_binary",
    "binary",
    "pa.array([b'a', None, b'bc', b''], pa.large_binary())",
    [bytes("a"), null, bytes("bc"), bytes("")],
  ],
  [
    "large_list",
    "large_list<item: int8>",
    "list<item: int8>",
    "pa.array([[1], None, [2, 3], []], pa.large_list(pa.int8()))",
    [[1n], null, [2n, 3n], []],
  ],
  [
    "list_of_views",
    "list<item: string_view>",
    "list<item: string>",
    "pa.array([['a', None], None, [text], []], pa.list_(pa.string_view()))",
    [["a", null], null, [text], []],
  ],
];

function columns(stream: Uint8Array): Value[][] {
  const all: Value[][] = [];
  for (const batch of decodeStream(stream).batches) {
    valuesOfBatch(batch).forEach((values, i) => {
      (all[i] ??= []).push(...values);
    });
  }
  return all;
}

describe("streams that pyarrow wrote", () => {
  layouts.forEach(([name, wire, canonical, , values], i) => {
    test(`${name}: ${wire} is read as ${canonical}`, () => {
      const { schema, batches } = decodeStream(pyarrow.layoutsStream);
      const sent = wireSchema(pyarrow.layoutsStream).fields[i];
      assert.equal(sent && typeName(sent.type), wire);
      const column = schema.fields[i];
      assert.equal(column?.name, name);
      assert.equal(typeName(column.type), canonical);
      assert.equal(batches.length, 1);
      assert.deepEqual(columns(pyarrow.layoutsStream)[i], values);
    });

    test(`${name}, sliced`, () => {
      assert.deepEqual(columns(pyarrow.slicesStream)[i], values.slice(1, 3));
    });
  });

  test("dictionaries that grow", () => {
    assert.deepEqual(columns(pyarrow.deltasStream), [
      ["a", "b", "c", "a"],
      [["a"], ["b", null], ["c"], ["a", "b"]],
    ]);
  });

  test("dictionaries that are replaced", () => {
    assert.deepEqual(columns(pyarrow.replacementsStream), [
      ["a", "b", "z", "z"],
      [["a"], ["b", null], ["z"], ["z", "z"]],
    ]);
  });

  test("a dictionary in a dictionary", () => {
    assert.deepEqual(columns(pyarrow.nestedStream), [
      [["p"], ["q"], null, ["p"]],
    ]);
  });

  test("metadata version V4 without continuation markers", () => {
    const union = [
      { typeId: 0, value: 1n },
      { typeId: 1, value: "y" },
    ];
    assert.deepEqual(columns(pyarrow.v4Stream), [[1n, null], union, union]);
  });

  for (const [codec, stream] of [
    ["lz4", pyarrow.lz4Stream],
    ["zstd", pyarrow.zstdStream],
  ] as const) {
    test(`bodies compressed with ${codec}`, async () => {
      await loadCompression(codec);
      const rows = Array.from({ length: 300 }, (_, x) => x);
      const all = [...rows, ...rows.slice(290)];
      const each = (value: (x: number) => Value) => all.map(value);
      assert.deepEqual(columns(stream), [
        each((x) => (x % 5 === 0 ? null : BigInt(Math.floor(x / 7)))),
        each((x) => `word ${String(x % 9)}`),
        each((x) => (x % 3 === 0 ? "green" : "red")),
        each((x) => (x % 4 === 0 ? null : [BigInt(x), null])),
        each((x) => x % 2 === 0),
        each(() => null),
        each(() => ""),
        each((x) => (BigInt(x * x) * 2_654_435_761n) % 251n),
      ]);
    });
  }
});

function wireSchema(stream: Uint8Array): Schema {
  const reader = new MessageReader();
  const length = new DataView(stream.buffer).getUint32(4, true);
  reader.read(stream.subarray(8, 8 + length), new Uint8Array(0));
  assert.ok(reader.wireSchema);
  return reader.wireSchema;
}

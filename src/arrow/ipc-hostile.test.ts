import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FailureCode } from "../failure.js";
import {
  type Lie,
  dictionaryOf,
  fails,
  i32,
  i64,
  one,
  readerOf,
  send,
  u8,
} from "./hand-made-batch.js";
import { MessageReader } from "./ipc.js";
import { encodeSchema } from "./ipc-schema.js";
import type { Value } from "./plain-values.js";
import { type DataType, field, int32 } from "./schema.js";
import { parseTypeName } from "./type-name.js";

const nothing = new Uint8Array(0);

function runsOf(value: string): DataType {
  return {
    type: "run_end_encoded",
    runEnds: field("run_ends", int32, false),
    values: field("values", parseTypeName(value)),
  };
}

/** What a batch of one column says, and what comes of it: its values, or a failure's code. */
const lies: readonly (readonly [
  string,
  DataType | string,
  Lie,
  readonly Value[] | FailureCode,
])[] = [
  ["the truth", "int8", { nodes: [2, 0], buffers: [u8(), u8(1, 2)] }, [1n, 2n]],
  [
    "padding behind the values",
    "int8",
    { nodes: [2, 0], buffers: [u8(), u8(1, 2, 3, 4)] },
    [1n, 2n],
  ],
  [
    "too few values",
    "int32",
    { nodes: [2, 0], buffers: [u8(), i32(1)] },
    "invalid_data",
  ],
  [
    "a column shorter than the batch",
    "int8",
    { length: 3, nodes: [2, 0], buffers: [u8(), u8(1, 2, 3)] },
    "invalid_data",
  ],
  ["no vector", "int8", { nodes: [], buffers: [] }, "invalid_data"],
  ["no buffers", "int8", { nodes: [1, 0], buffers: [] }, "invalid_data"],
  [
    "a length beyond all memory",
    "null",
    { nodes: [2 ** 40, 0], buffers: [] },
    "invalid_data",
  ],
  [
    "NULLs counted, not marked",
    "int8",
    { nodes: [2, 1], buffers: [u8(), u8(1, 2)] },
    "invalid_data",
  ],
  [
    "more NULLs than rows",
    "int8",
    { nodes: [2, 3], buffers: [u8(0), u8(1, 2)] },
    "invalid_data",
  ],
  [
    "NULLs that nobody counted",
    "int8",
    { nodes: [2, -1], buffers: [u8(2), u8(1, 2)] },
    [null, 2n],
  ],
  [
    "a buffer behind the body",
    "int8",
    { nodes: [1, 0], buffers: [u8(), u8(1)], places: [0, 0, 8, 1] },
    "invalid_data",
  ],
  [
    "a buffer before the body",
    "int8",
    { nodes: [1, 0], buffers: [u8(), u8(1)], places: [0, 0, -8, 1] },
    "invalid_data",
  ],
  [
    "a body cut short",
    "int8",
    { nodes: [1, 0], buffers: [u8(), u8(1)], announced: 64 },
    "invalid_data",
  ],
  [
    "misaligned buffers",
    "int32",
    {
      nodes: [1, 0],
      buffers: [u8(), u8(9, 7, 0, 0, 0)],
      places: [0, 0, 1, 4],
    },
    [7n],
  ],
  [
    "offsets that fall",
    "string",
    { nodes: [2, 0], buffers: [u8(), i32(0, 2, 1), u8(97, 98)] },
    "invalid_data",
  ],
  [
    "offsets below 0",
    "string",
    { nodes: [2, 0], buffers: [u8(), i32(-1, 0, 1), u8(97, 98)] },
    "invalid_data",
  ],
  [
    "offsets behind the values",
    "binary",
    { nodes: [1, 0], buffers: [u8(), i32(0, 3), u8(97, 98)] },
    "invalid_data",
  ],
  [
    "offsets that start late",
    "string",
    { nodes: [1, 0], buffers: [u8(), i32(1, 2), u8(97, 98)] },
    ["b"],
  ],
  [
    "no offsets for no rows",
    "string",
    { nodes: [0, 0], buffers: [u8(), u8(), u8()] },
    [],
  ],
  [
    "64-bit offsets",
    "large_string",
    { nodes: [2, 0], buffers: [u8(), i64(0n, 1n, 2n), u8(97, 98)] },
    ["a", "b"],
  ],
  [
    "64-bit offsets beyond 32 bits",
    "large_string",
    { nodes: [1, 0], buffers: [u8(), i64(0n, 2n ** 31n), u8(97)] },
    "exhausted",
  ],
  [
    "64-bit offsets below 0",
    "large_binary",
    { nodes: [1, 0], buffers: [u8(), i64(-1n, 1n), u8(97)] },
    "invalid_data",
  ],
  [
    "list offsets behind the items",
    "list<item: int8>",
    { nodes: [1, 0, 1, 0], buffers: [u8(), i32(0, 2), u8(), u8(1)] },
    "invalid_data",
  ],
  [
    "fixed-size lists with too few items",
    "fixed_size_list<item: int8>[2]",
    { nodes: [2, 0, 3, 0], buffers: [u8(), u8(), u8(1, 2, 3)] },
    "invalid_data",
  ],
  [
    "fixed-size lists of nothing without end",
    "fixed_size_list<item: null>[0]",
    { nodes: [2 ** 31 - 1, 0, 0, 0], buffers: [u8()] },
    "exhausted",
  ],
  [
    "a struct with a short child",
    "struct<a: int8>",
    { nodes: [2, 0, 1, 0], buffers: [u8(), u8(), u8(1)] },
    "invalid_data",
  ],
  [
    "a struct with a long child",
    "struct<a: int8>",
    { nodes: [1, 0, 2, 0], buffers: [u8(), u8(), u8(1, 2)] },
    [[1n]],
  ],
  [
    "a type id that no union has",
    "dense_union<a: int8=3>",
    { nodes: [1, 0, 1, 0], buffers: [u8(4), i32(0), u8(), u8(1)] },
    "invalid_data",
  ],
  [
    "a union that leads outside",
    "dense_union<a: int8=3>",
    { nodes: [1, 0, 1, 0], buffers: [u8(3), i32(1), u8(), u8(1)] },
    "invalid_data",
  ],
  [
    "a view of a buffer that is not there",
    "string_view",
    {
      nodes: [1, 0],
      buffers: [u8(), i32(20, 0, 1, 0), new Uint8Array(20)],
      variadic: [1],
    },
    "invalid_data",
  ],
  [
    "a view behind its buffer",
    "string_view",
    {
      nodes: [1, 0],
      buffers: [u8(), i32(20, 0, 0, 1), new Uint8Array(20)],
      variadic: [1],
    },
    "invalid_data",
  ],
  [
    "a view of negative length",
    "binary_view",
    { nodes: [1, 0], buffers: [u8(), i32(-1, 0, 0, 0)], variadic: [0] },
    "invalid_data",
  ],
  [
    "junk behind a NULL view",
    "binary_view",
    { nodes: [1, 1], buffers: [u8(0), i32(-1, 9, 9, 9)], variadic: [0] },
    [null],
  ],
  [
    "views that do not say their buffers",
    "binary_view",
    { nodes: [1, 0], buffers: [u8(), i32(0, 0, 0, 0)] },
    "invalid_data",
  ],
  [
    "more view buffers than there are",
    "binary_view",
    {
      nodes: [1, 0],
      buffers: [u8(), i32(0, 0, 0, 0)],
      variadic: [2 ** 50],
    },
    "invalid_data",
  ],
  [
    "views that make much of little",
    "string_view",
    {
      nodes: [2000, 0],
      buffers: [
        u8(),
        i32(...Array.from({ length: 8000 }, (_, i) => (i % 4 ? 0 : 1000))),
        new Uint8Array(1000),
      ],
      variadic: [1],
    },
    "exhausted",
  ],
  [
    "a list view that leads outside",
    "list_view<item: int8>",
    {
      nodes: [1, 0, 2, 0],
      buffers: [u8(), i32(1), i32(2), u8(), u8(1, 2)],
    },
    "invalid_data",
  ],
  [
    "runs that end too early",
    runsOf("int8"),
    { nodes: [3, 0, 1, 0, 1, 0], buffers: [u8(), i32(2), u8(), u8(1)] },
    "invalid_data",
  ],
  [
    "runs that do not rise",
    runsOf("int8"),
    { nodes: [3, 0, 2, 0, 2, 0], buffers: [u8(), i32(2, 2), u8(), u8(1, 2)] },
    "invalid_data",
  ],
  [
    "more runs than values",
    runsOf("int8"),
    { nodes: [3, 0, 2, 0, 1, 0], buffers: [u8(), i32(2, 3), u8(), u8(1)] },
    "invalid_data",
  ],
  [
    "a run that is longer than the batch",
    runsOf("int8"),
    { nodes: [2, 0, 1, 0, 1, 0], buffers: [u8(), i32(9), u8(), u8(1)] },
    [1n, 1n],
  ],
  [
    "a run without end",
    runsOf("int8"),
    {
      nodes: [2 ** 31 - 1, 0, 1, 0, 1, 0],
      buffers: [u8(), i32(2 ** 31 - 1), u8(), u8(1)],
    },
    "exhausted",
  ],
  [
    "a dictionary that was not sent",
    dictionaryOf("int8"),
    { nodes: [1, 0], buffers: [u8(), u8(0)] },
    "invalid_data",
  ],
  [
    "a dictionary that was not sent, as all is NULL",
    dictionaryOf("struct<a: list<item: int8>>"),
    { nodes: [2, 2], buffers: [u8(0), u8(0, 0)] },
    [null, null],
  ],
];

describe("batches of a server that lies", () => {
  for (const [name, type, lie, expected] of lies) {
    test(name, () => {
      const reader = readerOf(one(type), 2 ** 20);
      if (typeof expected === "string") {
        fails(expected, () => send(reader, lie));
      } else assert.deepEqual(send(reader, lie), [expected]);
    });
  }

  test("the failure names the column down to the field", () => {
    const reader = readerOf(one("struct<a: list<b: string>>"));
    assert.throws(
      () =>
        send(reader, {
          nodes: [1, 0, 1, 0, 1, 0],
          buffers: [u8(), u8(), i32(0, 1), u8(), i32(0, 9), u8(1)],
        }),
      /"c\.a\.b"/,
    );
  });

  test("a batch, or a dictionary, before the schema", () => {
    const lie = { nodes: [1, 0], buffers: [u8(), u8(0)] };
    fails("invalid_data", () => send(new MessageReader(), lie));
    fails("invalid_data", () =>
      send(new MessageReader(), { ...lie, dictionary: { id: 1n } }),
    );
  });

  test("a second schema must be the first", () => {
    const reader = readerOf(one("int8"));
    reader.read(encodeSchema(one("int8")), nothing);
    fails("invalid_data", () =>
      reader.read(encodeSchema(one("int16")), nothing),
    );
  });
});

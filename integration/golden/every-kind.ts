import { batchOfValues, type Value } from "../../src/arrow/plain-values.js";
import type { Batch } from "../../src/arrow/batch.js";
import type { Kind } from "../../src/arrow/kind.js";
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
  uint32,
  uint64,
  uint8,
  utf8,
  type DataType,
  type Field,
} from "../../src/arrow/schema.js";

/** A column of the golden table: its type and the values of its rows. */
interface Column {
  readonly type: DataType;
  readonly values: readonly Value[];
}

const least64 = -(2n ** 63n);
const most64 = 2n ** 63n - 1n;

const list: DataType = {
  type: "list",
  addressing: "offset32",
  item: field("item", { type: "decimal", bits: 128, precision: 20, scale: 2 }),
};
const struct: DataType = {
  type: "struct",
  fields: [
    field("a", int64, false),
    field('b "c"', utf8),
    field("d", { type: "timestamp", unit: "ms" }),
  ],
};

function map(key: DataType, value: DataType): DataType {
  const fields = [field("key", key, false), field("value", value)];
  const entries = field("entries", { type: "struct", fields }, false);
  return { type: "map", keysSorted: false, entries };
}

/** Columns of every kind, in the widths and units whose text differs. */
const columns: Readonly<Record<Kind, Readonly<Record<string, Column>>>> = {
  null: {
    nothing: { type: { type: "null" }, values: [null, null, null, null] },
  },
  bool: { bool: { type: bool, values: [true, false, null, true] } },
  int: {
    int8: { type: int8, values: [-128n, 127n, null, 0n] },
    int16: { type: int16, values: [-32768n, 32767n, null, 0n] },
    uint8: { type: uint8, values: [0n, 255n, null, 1n] },
    uint32: { type: uint32, values: [0n, 4294967295n, null, 1n] },
    int64: { type: int64, values: [least64, most64, null, 2n ** 53n + 1n] },
  },
  uint64: { uint64: { type: uint64, values: [0n, 2n ** 64n - 1n, null, 1n] } },
  float: {
    float16: {
      type: { type: "float", bits: 16 },
      values: [0.5, -65504, null, 2 ** -24],
    },
    float32: {
      type: float32,
      values: [Math.fround(0.1), -0, null, Math.fround(3.4e38)],
    },
    float64: { type: float64, values: [0.1, -0, null, 5e-324] },
    not_finite: { type: float64, values: [NaN, Infinity, null, -Infinity] },
  },
  decimal: {
    decimal32: {
      type: { type: "decimal", bits: 32, precision: 9, scale: 2 },
      values: [-5n, 999_999_999n, null, 1230n],
    },
    decimal128: {
      type: { type: "decimal", bits: 128, precision: 38, scale: 10 },
      values: [-(10n ** 38n) + 1n, 1n, null, 0n],
    },
    decimal256: {
      type: { type: "decimal", bits: 256, precision: 76, scale: 0 },
      values: [10n ** 76n - 1n, -1n, null, 0n],
    },
    thousands: {
      type: { type: "decimal", bits: 64, precision: 5, scale: -3 },
      values: [12n, -99_999n, null, 0n],
    },
  },
  utf8: {
    utf8: {
      type: utf8,
      values: ["", 'a "b" \\ /\n\u0000\u001f', null, "𝄞\u2028"],
    },
  },
  binary: {
    binary: {
      type: binary,
      values: [
        new Uint8Array(),
        Uint8Array.of(0, 255, 254),
        null,
        new TextEncoder().encode("abcd"),
      ],
    },
    fixed: {
      type: { type: "fixed_size_binary", width: 2 },
      values: [
        Uint8Array.of(0, 0),
        Uint8Array.of(1, 2),
        null,
        Uint8Array.of(3, 4),
      ],
    },
  },
  date: {
    day: {
      type: { type: "date", unit: "day" },
      values: [0n, -719_528n, null, 2_932_897n],
    },
    date_ms: {
      type: { type: "date", unit: "ms" },
      values: [0n, -86_400_000n, null, 86_400_000n],
    },
  },
  time: {
    time_s: {
      type: { type: "time", unit: "s" },
      values: [0n, 86_399n, null, 1n],
    },
    time_ns: {
      type: { type: "time", unit: "ns" },
      values: [0n, 86_399_999_999_999n, null, 1n],
    },
  },
  timestamp: {
    wall_s: {
      type: { type: "timestamp", unit: "s" },
      values: [0n, -1n, null, 253_402_300_799n],
    },
    wall_us: {
      type: { type: "timestamp", unit: "us" },
      values: [0n, -1n, null, 1_700_000_000_123_456n],
    },
    instant_ns: {
      type: { type: "timestamp", unit: "ns", timezone: "UTC" },
      values: [least64, most64, null, -1n],
    },
    in_berlin: {
      type: { type: "timestamp", unit: "ms", timezone: "Europe/Berlin" },
      values: [0n, 1n, null, -1n],
    },
  },
  duration: {
    duration_s: {
      type: { type: "duration", unit: "s" },
      values: [0n, -1n, null, 86_400n],
    },
    duration_ns: {
      type: { type: "duration", unit: "ns" },
      values: [1n, -1n, null, most64],
    },
  },
  interval: {
    months: {
      type: { type: "interval", unit: "year_month" },
      values: [[14n], [-1n], null, [0n]],
    },
    days: {
      type: { type: "interval", unit: "day_time" },
      values: [[3n, 4_005n], [-3n, -1n], null, [0n, 0n]],
    },
    all: {
      type: { type: "interval", unit: "month_day_nano" },
      values: [[1n, 2n, 3_000_000_004n], [-1n, 2n, -1n], null, [0n, 0n, 0n]],
    },
  },
  list: {
    list: { type: list, values: [[], [-5n, null], null, [10n ** 20n - 1n]] },
    fixed_list: {
      type: { type: "fixed_size_list", size: 2, item: field("item", int32) },
      values: [[1n, 2n], [null, -1n], null, [0n, 0n]],
    },
  },
  struct: {
    struct: {
      type: struct,
      values: [[1n, "x", 0n], [most64, null, null], null, [0n, "", -1n]],
    },
  },
  map: {
    map: {
      type: map(utf8, list),
      values: [
        [],
        [
          ["b", [1n]],
          ['a"', null],
        ],
        null,
        [["", []]],
      ],
    },
    map_of_integers: {
      type: map(int32, utf8),
      values: [
        [],
        [
          [2n, "x"],
          [1n, null],
        ],
        null,
        [[0n, ""]],
      ],
    },
  },
  union: {
    union: {
      type: {
        type: "union",
        mode: "dense",
        typeIds: [0, 1],
        fields: [field("number", int32), field("text", utf8)],
      },
      values: [
        { typeId: 0, value: 5n },
        { typeId: 1, value: "five" },
        { typeId: 0, value: null },
        { typeId: 1, value: "" },
      ],
    },
  },
};

const all = Object.entries(
  Object.assign({}, ...Object.values(columns)) as Record<string, Column>,
);
const id: Field = field("id", int64, false);

/** One batch with every kind that Arrow has. */
export const everyKind: Batch = batchOfValues(
  { fields: [id, ...all.map(([name, { type }]) => field(name, type))] },
  [[1n, 2n, 3n, 4n], ...all.map(([, { values }]) => values)],
);

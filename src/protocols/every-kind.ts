/*
 * Test support, imported by tests only: one column of every Kind with one value, for golden lines.
 */
import type { Batch } from "../arrow/batch.js";
import type { Kind } from "../arrow/kind.js";
import { batchOfValues, type Value } from "../arrow/plain-values.js";
import {
  binary,
  bool,
  field,
  float64,
  int16,
  int64,
  uint64,
  utf8,
  type DataType,
  type Schema,
} from "../arrow/schema.js";

const exact = field("x", int64, false);

const everyKind: Record<Kind, readonly [DataType, Value]> = {
  null: [{ type: "null" }, null],
  bool: [bool, true],
  int: [int16, -32768n],
  uint64: [uint64, 18446744073709551615n],
  float: [float64, 0.1],
  decimal: [{ type: "decimal", bits: 128, precision: 38, scale: 2 }, -5n],
  utf8: [utf8, 'é"\n\u0001'],
  binary: [binary, new Uint8Array([0, 255, 16, 1])],
  date: [{ type: "date", unit: "day" }, 20_455n],
  time: [{ type: "time", unit: "us" }, 3_723_000_001n],
  timestamp: [
    { type: "timestamp", unit: "ns", timezone: "UTC" },
    1_767_323_045_123_456_789n,
  ],
  duration: [{ type: "duration", unit: "us" }, -1n],
  interval: [{ type: "interval", unit: "month_day_nano" }, [1n, 2n, 3n]],
  list: [
    {
      type: "list",
      addressing: "offset32",
      item: field("item", { type: "timestamp", unit: "s" }),
    },
    [0n, null],
  ],
  struct: [{ type: "struct", fields: [exact, field("y", bool)] }, [7n, null]],
  map: [
    {
      type: "map",
      entries: field(
        "entries",
        {
          type: "struct",
          fields: [field("key", utf8, false), field("value", float64)],
        },
        false,
      ),
      keysSorted: false,
    },
    [["k", 1.5]],
  ],
  union: [
    {
      type: "union",
      mode: "dense",
      typeIds: [5, 7],
      fields: [exact, field("s", utf8)],
    },
    { typeId: 7, value: "v" },
  ],
};

export const everyKindSchema: Schema = {
  fields: Object.entries(everyKind).map(([kind, [type]]) => field(kind, type)),
};

/** Two rows: the values, then NULLs (a union has none of its own). */
export function everyKindBatch(): Batch {
  const columns = Object.values(everyKind).map(([type, value]) => [
    value,
    type.type === "union" ? { typeId: 7, value: null } : null,
  ]);
  return batchOfValues(everyKindSchema, columns);
}

/** The rows as the JSON writer prints them; `naive` stands behind times without a zone. */
export function everyKindRows(naive: "" | "Z"): readonly [string, string] {
  const values: Record<Kind, string> = {
    null: "null",
    bool: "true",
    int: "-32768",
    uint64: "18446744073709551615",
    float: "0.1",
    decimal: "-0.05",
    utf8: '"é\\"\\n\\u0001"',
    binary: '"AP8QAQ=="',
    date: '"2026-01-02"',
    time: '"01:02:03.000001"',
    timestamp: '"2026-01-02T03:04:05.123456789Z"',
    duration: '"-PT0.000001S"',
    interval: '"P1M2DT0.000000003S"',
    list: `["1970-01-01T00:00:00${naive}",null]`,
    struct: '{"x":7,"y":null}',
    map: '{"k":1.5}',
    union: '{"s":"v"}',
  };
  const row = (text: (kind: string, value: string) => string) => {
    const members = Object.entries(values).map(
      ([kind, value]) => `"${kind}":${text(kind, value)}`,
    );
    return `{${members.join(",")}}`;
  };
  return [
    row((_, value) => value),
    row((kind) => (kind === "union" ? '{"s":null}' : "null")),
  ];
}

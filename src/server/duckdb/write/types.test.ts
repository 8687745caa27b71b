import { field, int64, utf8 } from "../../../arrow/schema.js";
import type { DataType } from "../../../arrow/schema.js";

/** Types that tests of loading spell out. Not a test itself. */
export const timestamp = (
  unit: "s" | "ms" | "us" | "ns",
  timezone?: string,
): DataType => ({
  type: "timestamp",
  unit,
  ...(timezone === undefined ? {} : { timezone }),
});
export const time = (unit: "s" | "ms" | "us" | "ns"): DataType => ({
  type: "time",
  unit,
});
export const duration = (unit: "s" | "ms" | "us" | "ns"): DataType => ({
  type: "duration",
  unit,
});
export const interval = (
  unit: "year_month" | "day_time" | "month_day_nano",
): DataType => ({ type: "interval", unit });
export const decimal = (
  bits: 32 | 64 | 128 | 256,
  precision: number,
  scale: number,
): DataType => ({ type: "decimal", bits, precision, scale });
export const list = (type: DataType): DataType => ({
  type: "list",
  addressing: "offset32",
  item: field("item", type),
});
export const struct = (
  fields: Readonly<Record<string, DataType>>,
): DataType => ({
  type: "struct",
  fields: Object.entries(fields).map(([name, type]) => field(name, type)),
});
export const map = (key: DataType, value: DataType): DataType => ({
  type: "map",
  keysSorted: false,
  entries: field(
    "entries",
    {
      type: "struct",
      fields: [field("key", key, false), field("value", value)],
    },
    false,
  ),
});
export const union = (mode: "dense" | "sparse"): DataType => ({
  type: "union",
  mode,
  typeIds: mode === "dense" ? [5, 7] : [0, 1],
  fields: [field("n", int64), field("s", utf8)],
});

export const max64 = 2n ** 63n - 1n;
export const nano = interval("month_day_nano");

import type { TimeUnit } from "./schema.js";

/** `Type` of Schema.fbs (Apache Arrow, format/Schema.fbs, columnar format 1.5). */
export const typeIds = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  union: 14,
  fixed_size_binary: 15,
  fixed_size_list: 16,
  map: 17,
  duration: 18,
  large_binary: 19,
  large_utf8: 20,
  large_list: 21,
  run_end_encoded: 22,
  binary_view: 23,
  utf8_view: 24,
  list_view: 25,
  large_list_view: 26,
} as const;

/** A type as the wire tells them apart. */
export type TypeName = keyof typeof typeIds;

/** Inverse of `typeIds`. */
export const typeNames: ReadonlyMap<number, TypeName> = new Map(
  Object.entries(typeIds).map(([name, id]) => [id, name as TypeName]),
);

/** Enums of Schema.fbs: the position is the number on the wire. */
export const timeUnits = ["s", "ms", "us", "ns"] as const;
export const dateUnits = ["day", "ms"] as const;
export const intervalUnits = [
  "year_month",
  "day_time",
  "month_day_nano",
] as const;
export const floatBits = [16, 32, 64] as const;
export const unionModes = ["sparse", "dense"] as const;

/** Bits of a time value: 32 for s and ms, 64 for us and ns (Schema.fbs, table Time). */
export function timeBits(unit: TimeUnit): 32 | 64 {
  return unit === "s" || unit === "ms" ? 32 : 64;
}

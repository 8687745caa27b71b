import { kindOf, type Kind } from "../arrow/kind.js";
import type { Field } from "../arrow/schema.js";

/**
 * Kinds that a stream can be read along: values that have one order in every database and whose text is
 * exact. Floats are out for NaN, times of day for midnight, binary for its many orders.
 */
const cursorKinds: Record<Kind, boolean> = {
  null: false,
  bool: false,
  int: true,
  uint64: true,
  float: false,
  decimal: true,
  utf8: true,
  binary: false,
  date: true,
  time: false,
  timestamp: true,
  duration: false,
  interval: false,
  list: false,
  struct: false,
  map: false,
  union: false,
};

/** Columns that discovery offers as cursor. */
export function cursorColumns(fields: readonly Field[]): readonly string[] {
  return fields
    .filter(({ type }) => cursorKinds[kindOf(type)])
    .map(({ name }) => name);
}

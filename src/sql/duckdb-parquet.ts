import { childFields } from "../arrow/canonical.js";
import { kindOf, type Kind } from "../arrow/kind.js";
import type { DataType } from "../arrow/schema.js";
import { stringLiteral, type Dialect, type ParquetFiles } from "./dialect.js";

/**
 * Whether DuckDB reads from a Parquet file what bulk ingestion would store (1.5.6, seen). Parquet has no seconds, no
 * durations and no unions; decimals of more than 38 digits come back as floats, and casts cut nanoseconds off.
 */
const isKept: Readonly<Record<Kind, (type: DataType) => boolean>> = {
  null: () => true,
  bool: () => true,
  int: () => true,
  uint64: () => true,
  float: () => true,
  decimal: (type) =>
    type.type === "decimal" && type.precision <= 38 && type.scale >= 0,
  utf8: () => true,
  binary: () => true,
  date: (type) => type.type === "date" && type.unit === "day",
  time: (type) =>
    type.type === "time" && (type.unit === "ms" || type.unit === "us"),
  timestamp: (type) =>
    type.type === "timestamp" &&
    type.unit !== "s" &&
    (type.unit !== "ns" || type.timezone === undefined),
  duration: () => false,
  interval: (type) =>
    type.type === "interval" && type.unit !== "month_day_nano",
  list: () => true,
  struct: (type) => childFields(type).length > 0,
  map: () => true,
  union: () => false,
};

/** https://duckdb.org/docs/stable/data/parquet/overview */
export const duckdbParquet: ParquetFiles = {
  holds,
  source: (path: string, dialect: Dialect) =>
    `read_parquet([${stringLiteral(dialect, path)}])`,
};

function holds(type: DataType): boolean {
  return (
    isKept[kindOf(type)](type) &&
    childFields(type).every((child) => holds(child.type))
  );
}

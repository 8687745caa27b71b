import type { DataType, Field } from "../arrow/schema.js";
import { ansi } from "./ansi.js";
import {
  identifier,
  typeText,
  unsupportedType,
  type Dialect,
} from "./dialect.js";

const integers = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" };
const timestamps = {
  s: "TIMESTAMP_S",
  ms: "TIMESTAMP_MS",
  us: "TIMESTAMP",
  ns: "TIMESTAMP_NS",
};

function intText(type: DataType, dialect: Dialect): string {
  if (type.type !== "int") throw unsupportedType(dialect, type);
  return (type.signed ? "" : "U") + integers[type.bits];
}

/** DECIMAL ends at 38 digits; 39 digits without a fraction are a HUGEINT; what is longer keeps its text. */
function decimalText(type: DataType, dialect: Dialect): string {
  if (type.type !== "decimal") throw unsupportedType(dialect, type);
  if (type.precision === 39 && type.scale === 0) return "HUGEINT";
  if (type.precision > 38 || type.scale < 0) return "VARCHAR";
  return `DECIMAL(${String(type.precision)}, ${String(type.scale)})`;
}

function members(fields: readonly Field[], dialect: Dialect): string {
  return fields
    .map(
      (field) =>
        `${identifier(dialect, field.name)} ${typeText(dialect, field.type)}`,
    )
    .join(", ");
}

function mapText(type: DataType, dialect: Dialect): string {
  if (type.type !== "map" || type.entries.type.type !== "struct")
    throw unsupportedType(dialect, type);
  const types = type.entries.type.fields.map((field) =>
    typeText(dialect, field.type),
  );
  return `MAP(${types.join(", ")})`;
}

/** DuckDB 1.5 (https://duckdb.org/docs/stable/sql/data_types/overview). MERGE INTO exists since 1.4. */
export const duckdb: Dialect = {
  ...ansi,
  name: "duckdb",
  mergeInto: true,
  types: {
    ...ansi.types,
    int: intText,
    uint64: intText,
    float: (type) =>
      type.type === "float" && type.bits < 64 ? "FLOAT" : "DOUBLE",
    decimal: decimalText,
    binary: () => "BLOB",
    time: (type) =>
      type.type === "time" && type.unit === "ns" ? "TIME_NS" : "TIME",
    timestamp: (type, dialect) => {
      if (type.type !== "timestamp") throw unsupportedType(dialect, type);
      return type.timezone === undefined
        ? timestamps[type.unit]
        : "TIMESTAMP WITH TIME ZONE";
    },
    duration: () => "INTERVAL",
    interval: () => "INTERVAL",
    list: (type, dialect) => {
      if (type.type === "fixed_size_list")
        return `${typeText(dialect, type.item.type)}[${String(type.size)}]`;
      if (type.type === "list") return `${typeText(dialect, type.item.type)}[]`;
      throw unsupportedType(dialect, type);
    },
    struct: (type, dialect) => {
      if (type.type !== "struct") throw unsupportedType(dialect, type);
      return `STRUCT(${members(type.fields, dialect)})`;
    },
    map: mapText,
    union: (type, dialect) => {
      if (type.type !== "union") throw unsupportedType(dialect, type);
      return `UNION(${members(type.fields, dialect)})`;
    },
  },
};

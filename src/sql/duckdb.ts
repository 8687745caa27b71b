import type { DataType, Field } from "../arrow/schema.js";
import { ansi } from "./ansi.js";
import { duckdbParquet } from "./duckdb-parquet.js";
import {
  identifier,
  stringLiteral,
  typeText,
  unsupportedType,
  type Dialect,
  type ValueText,
} from "./dialect.js";
import {
  castText,
  entries,
  hexDigits,
  integerAt,
  items,
  microseconds,
  namedMembers,
  standardValues,
  unitOf,
  valueText,
} from "./values.js";

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

/** Intervals have no literal that keeps months, days and microseconds apart for every sign. */
const intervalText: ValueText = (vector, row) => {
  const { type } = vector;
  if (type.type !== "interval") throw unsupportedType(duckdb, type);
  const months = (at: number) =>
    `to_months(${String(integerAt(vector, row, at, 32))})`;
  const days = (at: number) =>
    `to_days(${String(integerAt(vector, row, at, 32))})`;
  switch (type.unit) {
    case "year_month":
      return months(0);
    case "day_time":
      return `${days(0)} + to_milliseconds(${String(integerAt(vector, row, 4, 32))})`;
    case "month_day_nano": {
      const rest = microseconds(integerAt(vector, row, 8), "ns");
      return `${months(0)} + ${days(4)} + to_microseconds(${String(rest)})`;
    }
  }
};

const unionText: ValueText = (vector, row, dialect) => {
  const { type } = vector;
  if (type.type !== "union" || vector.layout !== "union")
    throw unsupportedType(dialect, type);
  const index = type.typeIds.indexOf(vector.typeIds[row] as number);
  const child = vector.children[index];
  const name = type.fields[index]?.name;
  if (child === undefined || name === undefined)
    throw unsupportedType(dialect, type);
  const text = valueText(dialect, child, vector.offsets[row] as number);
  return castText(
    dialect,
    vector,
    `union_value(${identifier(dialect, name)} := ${castText(dialect, child, text)})`,
  );
};

/** DuckDB 1.5 (https://duckdb.org/docs/stable/sql/data_types/overview). MERGE INTO exists since 1.4. */
export const duckdb: Dialect = {
  ...ansi,
  // DuckDB's C interface takes a statement's text up to its first NUL.
  textWithNul: (hex) => `decode(from_hex('${hex}'))`,
  name: "duckdb",
  mergeInto: true,
  // A NULL that is bound to a union says no longer which of its members it is.
  bindings: { ...ansi.bindings, union: undefined },
  parquet: duckdbParquet,
  reflection: {
    ...ansi.reflection,
    comments:
      "SELECT database_name AS catalog_name, schema_name AS db_schema_name, table_name, comment FROM duckdb_tables() WHERE comment IS NOT NULL UNION ALL SELECT database_name, schema_name, view_name, comment FROM duckdb_views() WHERE comment IS NOT NULL",
    primaryKeys:
      "SELECT database_name AS catalog_name, schema_name AS db_schema_name, table_name, unnest(constraint_column_names) AS column_name, generate_subscripts(constraint_column_names, 1) AS key_sequence FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'",
  },
  values: {
    ...standardValues,
    binary: (vector, row) => `unhex('${hexDigits(vector, row)}')`,
    duration: (vector, row) =>
      `to_microseconds(${String(microseconds(integerAt(vector, row), unitOf(vector)))})`,
    interval: intervalText,
    list: (vector, row, dialect) =>
      castText(dialect, vector, `[${items(vector, row, dialect)}]`),
    struct: (vector, row, dialect) =>
      castText(
        dialect,
        vector,
        `{${namedMembers(vector, row, dialect)
          .map(([name, text]) => `${stringLiteral(dialect, name)}: ${text}`)
          .join(", ")}}`,
      ),
    map: (vector, row, dialect) => {
      const pairs = entries(vector, row, dialect);
      const keys = pairs.map(([key]) => key).join(", ");
      const values = pairs.map(([, value]) => value).join(", ");
      return castText(dialect, vector, `MAP([${keys}], [${values}])`);
    },
    union: unionText,
  },
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

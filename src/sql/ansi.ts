import type { DataType, Field } from "../arrow/schema.js";
import {
  identifier,
  typeText,
  unsupportedType,
  type Dialect,
} from "./dialect.js";
import { standardValues } from "./values.js";

const fractionDigits = { s: 0, ms: 3, us: 6, ns: 9 } as const;

/** Signed integer types by the bits they need; unsigned ones take the next wider. */
const integers = { 8: "SMALLINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" };
const unsigned = {
  8: "SMALLINT",
  16: "INTEGER",
  32: "BIGINT",
  64: "DECIMAL(20, 0)",
};

function intText(type: DataType, dialect: Dialect): string {
  if (type.type !== "int") throw unsupportedType(dialect, type);
  return (type.signed ? integers : unsigned)[type.bits];
}

/** Thousands, which no standard type counts, are whole numbers. */
function decimalText(type: DataType, dialect: Dialect): string {
  if (type.type !== "decimal") throw unsupportedType(dialect, type);
  const { precision, scale } = type;
  return scale < 0
    ? `DECIMAL(${String(precision - scale)}, 0)`
    : `DECIMAL(${String(precision)}, ${String(scale)})`;
}

function fieldsText(fields: readonly Field[], dialect: Dialect): string {
  return fields
    .map(
      (field) =>
        `${identifier(dialect, field.name)} ${typeText(dialect, field.type)}`,
    )
    .join(", ");
}

function unsupported(type: DataType, dialect: Dialect): never {
  throw unsupportedType(dialect, type);
}

/**
 * Standard SQL (ISO/IEC 9075-2), for servers that say nothing better of themselves. Unsigned integers widen
 * to the next signed type; types the standard lacks are refused.
 */
export const ansi: Dialect = {
  name: "ansi",
  quote: '"',
  backslashEscapes: false,
  textWithNul: undefined,
  mergeInto: false,
  schemas: true,
  singleWriter: false,
  swapWithoutTransaction: "rename",
  reflection: {
    tables:
      "SELECT table_catalog AS catalog_name, table_schema AS db_schema_name, table_name, table_type FROM information_schema.tables",
    visiblePrimaryKeys:
      "SELECT k.table_catalog AS catalog_name, k.table_schema AS db_schema_name, k.table_name, k.column_name, k.ordinal_position AS key_sequence FROM information_schema.table_constraints AS c JOIN information_schema.key_column_usage AS k ON k.constraint_schema = c.constraint_schema AND k.constraint_name = c.constraint_name AND k.table_schema = c.table_schema AND k.table_name = c.table_name WHERE c.constraint_type = 'PRIMARY KEY'",
  },
  values: standardValues,
  bindings: {
    null: "same",
    bool: "same",
    int: "same",
    uint64: "same",
    float: "same",
    decimal: "same",
    utf8: "same",
    binary: "same",
    date: "same",
    time: "same",
    timestamp: "same",
    duration: "same",
    interval: "same",
    list: "same",
    struct: "same",
    map: "same",
    union: "same",
  },
  types: {
    null: () => "VARCHAR",
    bool: () => "BOOLEAN",
    int: intText,
    uint64: intText,
    float: (type) =>
      type.type === "float" && type.bits < 64 ? "REAL" : "DOUBLE PRECISION",
    decimal: decimalText,
    utf8: () => "VARCHAR",
    binary: () => "VARBINARY",
    date: () => "DATE",
    time: (type, dialect) =>
      type.type === "time"
        ? `TIME(${String(fractionDigits[type.unit])})`
        : unsupported(type, dialect),
    timestamp: (type, dialect) =>
      type.type === "timestamp"
        ? `TIMESTAMP(${String(fractionDigits[type.unit])})${type.timezone === undefined ? "" : " WITH TIME ZONE"}`
        : unsupported(type, dialect),
    duration: () => "INTERVAL DAY TO SECOND",
    interval: unsupported,
    list: (type, dialect) =>
      type.type === "list" || type.type === "fixed_size_list"
        ? `${typeText(dialect, type.item.type)} ARRAY`
        : unsupported(type, dialect),
    struct: (type, dialect) =>
      type.type === "struct"
        ? `ROW(${fieldsText(type.fields, dialect)})`
        : unsupported(type, dialect),
    map: unsupported,
    union: unsupported,
  },
};

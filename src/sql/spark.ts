import type { DataType, Field } from "../arrow/schema.js";
import { ansi } from "./ansi.js";
import {
  identifier,
  stringLiteral,
  typeText,
  unsupportedType,
  type Dialect,
} from "./dialect.js";
import {
  cast,
  castText,
  entries,
  instant,
  items,
  namedMembers,
  noValue,
  quoted,
} from "./values.js";

const signed = { 8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT" };
const unsigned = {
  8: "SMALLINT",
  16: "INT",
  32: "BIGINT",
  64: "DECIMAL(20, 0)",
};

function intText(type: DataType, dialect: Dialect): string {
  if (type.type !== "int") throw unsupportedType(dialect, type);
  return (type.signed ? signed : unsigned)[type.bits];
}

function pairText(type: DataType, dialect: Dialect): string {
  if (type.type !== "map" || type.entries.type.type !== "struct")
    throw unsupportedType(dialect, type);
  const types = type.entries.type.fields.map((member) =>
    typeText(dialect, member.type),
  );
  return `MAP<${types.join(", ")}>`;
}

function memberText(member: Field, dialect: Dialect): string {
  return `${identifier(dialect, member.name)}: ${typeText(dialect, member.type)}`;
}

/** Whether Spark's microseconds hold every value; nanoseconds stay text. */
function fitsMicroseconds(type: DataType): boolean {
  return !("unit" in type) || type.unit !== "ns";
}

/**
 * Spark SQL (https://spark.apache.org/docs/latest/sql-ref-datatypes.html) and servers that speak it. A time
 * of day and nanoseconds have no type in all its versions, and are stored as exact text.
 */
export const spark: Dialect = {
  ...ansi,
  name: "spark",
  quote: "`",
  backslashEscapes: true,
  textWithNul: "literal",
  mergeInto: true,
  swapWithoutTransaction: "insert_overwrite",
  reflection: {
    schemas: "SHOW SCHEMAS",
    tablesIn: (schema) => `SHOW TABLES IN ${schema}`,
  },
  types: {
    ...ansi.types,
    null: () => "STRING",
    int: intText,
    uint64: intText,
    float: (type) =>
      type.type === "float" && type.bits < 64 ? "FLOAT" : "DOUBLE",
    decimal: (type) => {
      if (type.type !== "decimal") throw unsupportedType(spark, type);
      return type.precision > 38 || type.scale < 0
        ? "STRING"
        : `DECIMAL(${String(type.precision)}, ${String(type.scale)})`;
    },
    utf8: () => "STRING",
    binary: () => "BINARY",
    time: () => "STRING",
    timestamp: (type, dialect) => {
      if (type.type !== "timestamp") throw unsupportedType(dialect, type);
      if (!fitsMicroseconds(type)) return "STRING";
      return type.timezone === undefined ? "TIMESTAMP_NTZ" : "TIMESTAMP";
    },
    duration: () => "STRING",
    interval: () => "STRING",
    list: (type, dialect) => {
      if (type.type !== "list" && type.type !== "fixed_size_list")
        throw unsupportedType(dialect, type);
      return `ARRAY<${typeText(dialect, type.item.type)}>`;
    },
    struct: (type, dialect) => {
      if (type.type !== "struct") throw unsupportedType(dialect, type);
      return `STRUCT<${type.fields.map((member) => memberText(member, dialect)).join(", ")}>`;
    },
    map: pairText,
  },
  values: {
    ...ansi.values,
    float: cast,
    time: quoted,
    timestamp: (vector, row, dialect) =>
      (fitsMicroseconds(vector.type) ? instant : quoted)(vector, row, dialect),
    duration: quoted,
    interval: quoted,
    list: (vector, row, dialect) =>
      castText(dialect, vector, `array(${items(vector, row, dialect)})`),
    struct: (vector, row, dialect) =>
      castText(
        dialect,
        vector,
        `named_struct(${namedMembers(vector, row, dialect)
          .map(([name, value]) => `${stringLiteral(dialect, name)}, ${value}`)
          .join(", ")})`,
      ),
    map: (vector, row, dialect) =>
      castText(
        dialect,
        vector,
        `map(${entries(vector, row, dialect).flat().join(", ")})`,
      ),
    union: noValue,
  },
};

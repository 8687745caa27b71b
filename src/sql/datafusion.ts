import type { DataType, Field } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { ansi } from "./ansi.js";
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
  integerAt,
  items,
  namedMembers,
  standardValues,
  unitOf,
} from "./values.js";

const integers = { 8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT" };

function intText(type: DataType, dialect: Dialect): string {
  if (type.type !== "int") throw unsupportedType(dialect, type);
  return integers[type.bits] + (type.signed ? "" : " UNSIGNED");
}

/** Digits of a second's fraction; nanoseconds are what a TIMESTAMP without a precision has. */
const precisions = { s: "(0)", ms: "(3)", us: "(6)", ns: "" };

const timeUnits = {
  s: "Second",
  ms: "Millisecond",
  us: "Microsecond",
  ns: "Nanosecond",
};

/** A count of the unit: the text of a timestamp is not read up to both ends of what 64 bits hold. */
const timestampText: ValueText = (vector, row, dialect) => {
  const { type } = vector;
  if (type.type !== "timestamp") throw unsupportedType(dialect, type);
  const zone = type.timezone === undefined ? "None" : 'Some("+00:00")';
  return `arrow_cast(${String(integerAt(vector, row))}, 'Timestamp(${timeUnits[type.unit]}, ${zone})')`;
};

const nanosecondsPer = { s: 10n ** 9n, ms: 10n ** 6n, us: 1_000n, ns: 1n };

/** @throws Failure(invalid_data) for what an interval cannot hold: it counts nanoseconds in 64 bits. */
const durationText: ValueText = (vector, row) => {
  const count = integerAt(vector, row);
  const nanoseconds = count * nanosecondsPer[unitOf(vector)];
  if (BigInt.asIntN(64, nanoseconds) !== nanoseconds)
    throw new Failure(
      "invalid_data",
      `a duration of ${String(count)} ${unitOf(vector)} is longer than an interval of DataFusion, 2^63 nanoseconds`,
    );
  return `INTERVAL '${String(nanoseconds)} NANOSECONDS'`;
};

const intervalText: ValueText = (vector, row, dialect) => {
  const { type } = vector;
  if (type.type !== "interval") throw unsupportedType(dialect, type);
  const part = (at: number, bits?: 32) =>
    String(integerAt(vector, row, at, bits));
  switch (type.unit) {
    case "year_month":
      return `INTERVAL '${part(0, 32)} MONTHS'`;
    case "day_time":
      return `INTERVAL '${part(0, 32)} DAYS ${part(4, 32)} MILLISECONDS'`;
    case "month_day_nano":
      return `INTERVAL '${part(0, 32)} MONTHS ${part(4, 32)} DAYS ${part(8)} NANOSECONDS'`;
  }
};

function members(fields: readonly Field[], dialect: Dialect): string {
  return fields
    .map(
      ({ name, type }) =>
        `${identifier(dialect, name)} ${typeText(dialect, type)}`,
    )
    .join(", ");
}

/**
 * DataFusion 47 (https://datafusion.apache.org/user-guide/sql/data_types.html), which InfluxDB 3, ROAPI and others
 * are made of. Times of day are nanoseconds, and durations intervals; it has no DDL for maps.
 */
export const datafusion: Dialect = {
  ...ansi,
  textWithNul: "literal",
  name: "datafusion",
  types: {
    ...ansi.types,
    int: intText,
    uint64: intText,
    float: (type) =>
      type.type === "float" && type.bits < 64 ? "REAL" : "DOUBLE",
    binary: () => "BYTEA",
    time: () => "TIME",
    timestamp: (type, dialect) => {
      if (type.type !== "timestamp") throw unsupportedType(dialect, type);
      const zone = type.timezone === undefined ? "" : " WITH TIME ZONE";
      return `TIMESTAMP${precisions[type.unit]}${zone}`;
    },
    duration: () => "INTERVAL",
    interval: () => "INTERVAL",
    list: (type, dialect) => {
      if (type.type !== "list" && type.type !== "fixed_size_list")
        throw unsupportedType(dialect, type);
      const size = type.type === "list" ? "" : String(type.size);
      return `${typeText(dialect, type.item.type)}[${size}]`;
    },
    struct: (type, dialect) => {
      if (type.type !== "struct") throw unsupportedType(dialect, type);
      return `STRUCT<${members(type.fields, dialect)}>`;
    },
  },
  values: {
    ...standardValues,
    timestamp: timestampText,
    duration: durationText,
    interval: intervalText,
    list: (vector, row, dialect) =>
      castText(dialect, vector, `make_array(${items(vector, row, dialect)})`),
    struct: (vector, row, dialect) =>
      castText(
        dialect,
        vector,
        `named_struct(${namedMembers(vector, row, dialect)
          .map(([name, value]) => `${stringLiteral(dialect, name)}, ${value}`)
          .join(", ")})`,
      ),
  },
};

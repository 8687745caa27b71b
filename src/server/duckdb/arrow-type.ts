import {
  binary,
  bool,
  field,
  float32,
  float64,
  int16,
  int32,
  int64,
  int8,
  uint16,
  uint32,
  uint64,
  uint8,
  utf8,
} from "../../arrow/schema.js";
import type { DataType, TimeUnit } from "../../arrow/schema.js";
import type { ColumnType, Member, ScalarId } from "./column-type.js";

function timestamp(unit: TimeUnit): DataType {
  return { type: "timestamp", unit };
}

/** 39 digits hold every HUGEINT and UHUGEINT, and only 256 bits hold 39 digits. */
const huge: DataType = { type: "decimal", bits: 256, precision: 39, scale: 0 };

/**
 * What a DuckDB scalar is in Arrow. Types that Arrow lacks become text that DuckDB casts back exactly: UUID
 * (36 characters), BIT (its 0s and 1s), BIGNUM (its digits), TIMETZ (`12:34:56.789+02:30`).
 */
const scalars: Readonly<Record<ScalarId, DataType>> = {
  NULL: { type: "null" },
  BOOLEAN: bool,
  TINYINT: int8,
  SMALLINT: int16,
  INTEGER: int32,
  BIGINT: int64,
  UTINYINT: uint8,
  USMALLINT: uint16,
  UINTEGER: uint32,
  UBIGINT: uint64,
  HUGEINT: huge,
  UHUGEINT: huge,
  FLOAT: float32,
  DOUBLE: float64,
  VARCHAR: utf8,
  BLOB: binary,
  UUID: utf8,
  BIT: utf8,
  BIGNUM: utf8,
  DATE: { type: "date", unit: "day" },
  TIME: { type: "time", unit: "us" },
  TIME_NS: { type: "time", unit: "ns" },
  TIMETZ: utf8,
  TIMESTAMP_S: timestamp("s"),
  TIMESTAMP_MS: timestamp("ms"),
  TIMESTAMP: timestamp("us"),
  TIMESTAMP_NS: timestamp("ns"),
  TIMESTAMPTZ: { type: "timestamp", unit: "us", timezone: "UTC" },
  INTERVAL: { type: "interval", unit: "month_day_nano" },
};

/**
 * The Arrow type that a DuckDB column is read as. DECIMAL is decimal128 whatever its width, ENUM is utf8, and
 * a UNION is sparse, as DuckDB itself keeps it: a NULL of the union is a NULL of its first member.
 */
export function arrowType(type: ColumnType): DataType {
  switch (type.id) {
    case "DECIMAL":
      return {
        type: "decimal",
        bits: 128,
        precision: type.width,
        scale: type.scale,
      };
    case "ENUM":
      return utf8;
    case "LIST":
      return {
        type: "list",
        addressing: "offset32",
        item: field("item", arrowType(type.item)),
      };
    case "ARRAY":
      return {
        type: "fixed_size_list",
        size: type.size,
        item: field("item", arrowType(type.item)),
      };
    case "STRUCT":
      return { type: "struct", fields: fields(type.fields) };
    case "MAP":
      return {
        type: "map",
        keysSorted: false,
        entries: field(
          "entries",
          {
            type: "struct",
            fields: [
              field("key", arrowType(type.key), false),
              field("value", arrowType(type.value)),
            ],
          },
          false,
        ),
      };
    case "UNION":
      return {
        type: "union",
        mode: "sparse",
        typeIds: type.fields.map((_, i) => i),
        fields: fields(type.fields),
      };
    default:
      return scalars[type.id];
  }
}

function fields(members: readonly Member[]) {
  return members.map(({ name, type }) => field(name, arrowType(type)));
}

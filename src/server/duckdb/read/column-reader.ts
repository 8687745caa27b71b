import { bitmapBytes, putBit } from "../../../arrow/bits.js";
import { bool } from "../../../arrow/schema.js";
import { Failure } from "../../../failure.js";
import { arrowType } from "../arrow-type.js";
import type { DuckDB } from "../binding.js";
import type { ColumnType, ScalarId } from "../column-type.js";
import { bytesReader } from "./bytes.js";
import { decimalLayout, fixedLayouts, fixedReader } from "./fixed.js";
import {
  arrayReader,
  listReader,
  structReader,
  unionReader,
} from "./nested.js";
import { rawData, readValidity } from "./source.js";
import type { ColumnReader } from "./source.js";
import {
  bignumReader,
  bitReader,
  enumReader,
  timeTzReader,
  uuidReader,
} from "./text.js";

type ReaderOf = (duckdb: DuckDB, where: string) => ColumnReader;

function fixed(id: keyof typeof fixedLayouts): ReaderOf {
  return (duckdb, where) =>
    fixedReader(duckdb, arrowType({ id }), fixedLayouts[id](where), where);
}

function bytes(id: "VARCHAR" | "BLOB"): ReaderOf {
  return (duckdb, where) => bytesReader(duckdb, arrowType({ id }), where);
}

const scalars: Readonly<Record<ScalarId, ReaderOf>> = {
  NULL: nullReader,
  BOOLEAN: boolReader,
  TINYINT: fixed("TINYINT"),
  SMALLINT: fixed("SMALLINT"),
  INTEGER: fixed("INTEGER"),
  BIGINT: fixed("BIGINT"),
  UTINYINT: fixed("UTINYINT"),
  USMALLINT: fixed("USMALLINT"),
  UINTEGER: fixed("UINTEGER"),
  UBIGINT: fixed("UBIGINT"),
  HUGEINT: fixed("HUGEINT"),
  UHUGEINT: fixed("UHUGEINT"),
  FLOAT: fixed("FLOAT"),
  DOUBLE: fixed("DOUBLE"),
  DATE: fixed("DATE"),
  TIME: fixed("TIME"),
  TIME_NS: fixed("TIME_NS"),
  TIMESTAMP_S: fixed("TIMESTAMP_S"),
  TIMESTAMP_MS: fixed("TIMESTAMP_MS"),
  TIMESTAMP: fixed("TIMESTAMP"),
  TIMESTAMP_NS: fixed("TIMESTAMP_NS"),
  TIMESTAMPTZ: fixed("TIMESTAMPTZ"),
  INTERVAL: fixed("INTERVAL"),
  VARCHAR: bytes("VARCHAR"),
  BLOB: bytes("BLOB"),
  UUID: uuidReader,
  TIMETZ: timeTzReader,
  BIT: bitReader,
  BIGNUM: bignumReader,
};

/** The reader of a column. @param where the column as errors name it, such as `column "a"`. */
export function columnReader(
  duckdb: DuckDB,
  type: ColumnType,
  where: string,
): ColumnReader {
  const member = (name: string, inner: ColumnType) =>
    columnReader(duckdb, inner, `${where}, ${name}`);
  switch (type.id) {
    case "DECIMAL":
      return fixedReader(
        duckdb,
        arrowType(type),
        decimalLayout(type.width),
        where,
      );
    case "ENUM":
      return enumReader(duckdb, type.values);
    case "LIST":
      return listReader(
        duckdb,
        arrowType(type),
        member("item", type.item),
        where,
      );
    case "ARRAY":
      return arrayReader(
        duckdb,
        arrowType(type),
        member("item", type.item),
        type.size,
      );
    case "MAP": {
      const map = arrowType(type);
      if (map.type !== "map") throw new Failure("internal", where);
      const entries = structReader(duckdb, map.entries.type, [
        member("key", type.key),
        member("value", type.value),
      ]);
      return listReader(duckdb, map, entries, where);
    }
    case "STRUCT":
      return structReader(
        duckdb,
        arrowType(type),
        type.fields.map((field) => member(`field "${field.name}"`, field.type)),
      );
    case "UNION":
      return unionReader(
        duckdb,
        arrowType(type),
        type.fields.map((field) =>
          member(`member "${field.name}"`, field.type),
        ),
      );
    default:
      return scalars[type.id](duckdb, where);
  }
}

function nullReader(): ColumnReader {
  const type = arrowType({ id: "NULL" });
  return {
    type,
    open: ({ length }) => ({
      byteLength: 0,
      read: () => ({ layout: "null", type, length, validity: undefined }),
    }),
  };
}

/** A BOOLEAN is a byte in DuckDB and a bit in Arrow. */
function boolReader(duckdb: DuckDB): ColumnReader {
  return {
    type: bool,
    open: (source) => ({
      byteLength: bitmapBytes(source.length),
      read: () => {
        const validity = readValidity(duckdb, source);
        const bits = new Uint8Array(bitmapBytes(source.length));
        let row = 0;
        for (const { vector, start, end } of source.pieces) {
          const flags = rawData(duckdb, vector, end, 1);
          for (let i = start; i < end; i++, row++)
            if (flags[i] !== 0) putBit(bits, row, true);
        }
        if (validity !== undefined)
          for (let i = 0; i < bits.length; i++)
            bits[i] = (bits[i] as number) & (validity[i] as number);
        return {
          layout: "bool",
          type: bool,
          length: source.length,
          validity,
          bits,
        };
      },
    }),
  };
}

import type { Value } from "@duckdb/node-bindings";
import { bitAt } from "../../../arrow/bits.js";
import { isValid } from "../../../arrow/vector.js";
import type { Vector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import { typeHandle } from "../column-type.js";
import type { ColumnType, ScalarId } from "../column-type.js";

type Of<L extends Vector["layout"]> = Extract<Vector, { readonly layout: L }>;
type Maker = (duckdb: DuckDB, vector: Vector, row: number) => Value;

const fromText: Maker = (duckdb, vector, row) =>
  duckdb.create_varchar(textAt(vector, row));

/** A value from a row that is not NULL, by its DuckDB type. What Arrow has as text only, DuckDB casts itself. */
const scalars: Readonly<Record<ScalarId, Maker>> = {
  NULL: (duckdb) => duckdb.create_null_value(),
  BOOLEAN: (duckdb, vector, row) =>
    duckdb.create_bool(bitAt(as("bool", vector).bits, row)),
  TINYINT: (duckdb, v, row) => duckdb.create_int8(viewAt(v, row).getInt8(0)),
  SMALLINT: (duckdb, v, row) =>
    duckdb.create_int16(viewAt(v, row).getInt16(0, true)),
  INTEGER: (duckdb, v, row) =>
    duckdb.create_int32(viewAt(v, row).getInt32(0, true)),
  BIGINT: (duckdb, v, row) => duckdb.create_int64(int64At(v, row)),
  UTINYINT: (duckdb, v, row) => duckdb.create_uint8(viewAt(v, row).getUint8(0)),
  USMALLINT: (duckdb, v, row) =>
    duckdb.create_uint16(viewAt(v, row).getUint16(0, true)),
  UINTEGER: (duckdb, v, row) =>
    duckdb.create_uint32(viewAt(v, row).getUint32(0, true)),
  UBIGINT: (duckdb, v, row) =>
    duckdb.create_uint64(viewAt(v, row).getBigUint64(0, true)),
  HUGEINT: (duckdb, v, row) => duckdb.create_hugeint(integerAt(v, row)),
  UHUGEINT: (duckdb, v, row) => duckdb.create_uhugeint(integerAt(v, row)),
  FLOAT: (duckdb, v, row) =>
    duckdb.create_float(viewAt(v, row).getFloat32(0, true)),
  DOUBLE: (duckdb, v, row) =>
    duckdb.create_double(viewAt(v, row).getFloat64(0, true)),
  VARCHAR: fromText,
  UUID: fromText,
  BIT: fromText,
  BIGNUM: fromText,
  TIMETZ: fromText,
  BLOB: (duckdb, vector, row) => duckdb.create_blob(bytesAt(vector, row)),
  DATE: (duckdb, v, row) =>
    duckdb.create_date({ days: viewAt(v, row).getInt32(0, true) }),
  TIME: (duckdb, v, row) => duckdb.create_time({ micros: int64At(v, row) }),
  TIME_NS: (duckdb, v, row) =>
    duckdb.create_time_ns({ nanos: int64At(v, row) }),
  TIMESTAMP_S: (duckdb, v, row) =>
    duckdb.create_timestamp_s({ seconds: int64At(v, row) }),
  TIMESTAMP_MS: (duckdb, v, row) =>
    duckdb.create_timestamp_ms({ millis: int64At(v, row) }),
  TIMESTAMP: (duckdb, v, row) =>
    duckdb.create_timestamp({ micros: int64At(v, row) }),
  TIMESTAMP_NS: (duckdb, v, row) =>
    duckdb.create_timestamp_ns({ nanos: int64At(v, row) }),
  TIMESTAMPTZ: (duckdb, v, row) =>
    duckdb.create_timestamp_tz({ micros: int64At(v, row) }),
  INTERVAL: (duckdb, v, row) => {
    // Arrow's month_day_nano; its nanoseconds came out of DuckDB's microseconds.
    const view = viewAt(v, row);
    return duckdb.create_interval({
      months: view.getInt32(0, true),
      days: view.getInt32(4, true),
      micros: view.getBigInt64(8, true) / 1000n,
    });
  },
};

/**
 * One row of a vector as a value to bind.
 * @param vector as a column of `type` is read, see `arrowType`.
 */
export function valueOf(
  duckdb: DuckDB,
  type: ColumnType,
  vector: Vector,
  row: number,
): Value {
  if (vector.layout !== "union" && !isValid(vector, row))
    return duckdb.create_null_value();
  switch (type.id) {
    case "DECIMAL": {
      const { width, scale } = type;
      const value = integerAt(vector, row);
      return duckdb.create_decimal({ width, scale, value });
    }
    case "ENUM":
      return fromText(duckdb, vector, row);
    case "LIST":
      return duckdb.create_list_value(
        typeHandle(duckdb, type.item),
        itemsOf(duckdb, type.item, vector, row),
      );
    case "ARRAY":
      return duckdb.create_array_value(
        typeHandle(duckdb, type.item),
        itemsOf(duckdb, type.item, vector, row),
      );
    case "STRUCT": {
      const { children } = as("struct", vector);
      return duckdb.create_struct_value(
        typeHandle(duckdb, type),
        type.fields.map((field, i) =>
          valueOf(duckdb, field.type, children[i] as Vector, row),
        ),
      );
    }
    case "MAP": {
      const list = as("list", vector);
      const [keys, values] = as("struct", list.child).children;
      const column = (of: ColumnType, child: Vector) =>
        itemsOf(duckdb, of, { ...list, child }, row);
      return duckdb.create_map_value(
        typeHandle(duckdb, type),
        column(type.key, keys as Vector),
        column(type.value, values as Vector),
      );
    }
    case "UNION": {
      const { typeIds, offsets, children } = as("union", vector);
      const tag = typeIds[row] as number;
      const member = type.fields[tag] as (typeof type.fields)[number];
      const child = children[tag] as Vector;
      return duckdb.create_union_value(
        typeHandle(duckdb, type),
        tag,
        valueOf(duckdb, member.type, child, offsets[row] as number),
      );
    }
    default:
      return scalars[type.id](duckdb, vector, row);
  }
}

function itemsOf(
  duckdb: DuckDB,
  type: ColumnType,
  vector: Vector,
  row: number,
): Value[] {
  const { offsets, child } = as("list", vector);
  const items: Value[] = [];
  for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++)
    items.push(valueOf(duckdb, type, child, i));
  return items;
}

function as<L extends Vector["layout"]>(layout: L, vector: Vector): Of<L> {
  if (vector.layout === layout) return vector as Of<L>;
  throw new Failure(
    "internal",
    `a parameter has the layout ${vector.layout} instead of ${layout}`,
  );
}

function viewAt(vector: Vector, row: number): DataView {
  const { data, width } = as("fixed", vector);
  return new DataView(data.buffer, data.byteOffset + row * width, width);
}

function int64At(vector: Vector, row: number): bigint {
  return viewAt(vector, row).getBigInt64(0, true);
}

/** A little-endian integer in two's complement, of any number of 8-byte words. */
function integerAt(vector: Vector, row: number): bigint {
  const view = viewAt(vector, row);
  const top = view.byteLength - 8;
  let value = view.getBigInt64(top, true);
  for (let at = top - 8; at >= 0; at -= 8)
    value = (value << 64n) | view.getBigUint64(at, true);
  return value;
}

function bytesAt(vector: Vector, row: number): Uint8Array {
  const { data, offsets } = as("bytes", vector);
  return data.subarray(offsets[row], offsets[row + 1]);
}

function textAt(vector: Vector, row: number): string {
  return Buffer.from(bytesAt(vector, row)).toString("utf8");
}

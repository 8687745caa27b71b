import { batchOf } from "../arrow/batch.js";
import type { Batch } from "../arrow/batch.js";
import { bitmapBytes, setBit } from "../arrow/bits.js";
import { bool, int32, int64, uint32, utf8 } from "../arrow/schema.js";
import type { DataType } from "../arrow/schema.js";
import type { Vector } from "../arrow/vector.js";
import {
  SqlInfo,
  SqlNullOrdering,
  SqlSupportedCaseSensitivity,
  SqlSupportedTransaction,
} from "../drivers/flight/sql-info.js";
import { Failure } from "../failure.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { metadataSchemas, sqlInfoValue } from "./metadata-schemas.js";

/** int32 bitmasks and enumerations are numbers, counts bigints. */
type Fact = string | boolean | number | bigint;

/** What the server tells of itself. DuckDB's facts: https://duckdb.org/docs/stable/sql/introduction */
function facts({
  duckdb,
  readOnly,
}: DuckConnection): ReadonlyMap<number, Fact> {
  return new Map<number, Fact>([
    [SqlInfo.FLIGHT_SQL_SERVER_NAME, "flightsync"],
    [SqlInfo.FLIGHT_SQL_SERVER_VERSION, `DuckDB ${duckdb.library_version()}`],
    // Of the columnar format that is spoken; no Arrow library is behind it.
    [SqlInfo.FLIGHT_SQL_SERVER_ARROW_VERSION, "1.5"],
    [SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY, readOnly],
    [SqlInfo.FLIGHT_SQL_SERVER_SQL, true],
    [SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT, false],
    [
      SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION,
      SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_TRANSACTION,
    ],
    [SqlInfo.FLIGHT_SQL_SERVER_CANCEL, true],
    [SqlInfo.FLIGHT_SQL_SERVER_BULK_INGESTION, !readOnly],
    [SqlInfo.FLIGHT_SQL_SERVER_INGEST_TRANSACTIONS_SUPPORTED, !readOnly],
    [SqlInfo.SQL_DDL_CATALOG, !readOnly],
    [SqlInfo.SQL_DDL_SCHEMA, !readOnly],
    [SqlInfo.SQL_DDL_TABLE, !readOnly],
    [
      SqlInfo.SQL_IDENTIFIER_CASE,
      SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE,
    ],
    [SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR, '"'],
    [
      SqlInfo.SQL_QUOTED_IDENTIFIER_CASE,
      SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE,
    ],
    [SqlInfo.SQL_ALL_TABLES_ARE_SELECTABLE, true],
    [SqlInfo.SQL_NULL_ORDERING, SqlNullOrdering.SQL_NULLS_SORTED_AT_END],
    [SqlInfo.SQL_SEARCH_STRING_ESCAPE, "\\"],
    [SqlInfo.SQL_EXTRA_NAME_CHARACTERS, "$"],
    [SqlInfo.SQL_SUPPORTS_COLUMN_ALIASING, true],
    [SqlInfo.SQL_NULL_PLUS_NULL_IS_NULL, true],
    [SqlInfo.SQL_SUPPORTS_NON_NULLABLE_COLUMNS, true],
    [SqlInfo.SQL_SCHEMA_TERM, "schema"],
    [SqlInfo.SQL_CATALOG_TERM, "database"],
    [SqlInfo.SQL_CATALOG_AT_START, true],
    [SqlInfo.SQL_CORRELATED_SUBQUERIES_SUPPORTED, true],
    [SqlInfo.SQL_TRANSACTIONS_SUPPORTED, true],
    [SqlInfo.SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT, false],
    [SqlInfo.SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED, false],
    [SqlInfo.SQL_BATCH_UPDATES_SUPPORTED, false],
    [SqlInfo.SQL_SAVEPOINTS_SUPPORTED, false],
    [SqlInfo.SQL_NAMED_PARAMETERS_SUPPORTED, false],
    [SqlInfo.SQL_LOCATORS_UPDATE_COPY, false],
    [SqlInfo.SQL_STORED_FUNCTIONS_USING_CALL_SYNTAX_SUPPORTED, false],
  ]);
}

/**
 * CommandGetSqlInfo's answer.
 * @param wanted ids; all when empty.
 * @throws Failure(not_found) for an id that the server has nothing to say about.
 */
export function sqlInfoBatch(
  wanted: readonly number[],
  connection: DuckConnection,
): Batch {
  const known = facts(connection);
  const ids = wanted.length === 0 ? [...known.keys()] : wanted;
  const values = ids.map((id) => {
    const fact = known.get(id);
    if (fact === undefined)
      throw new Failure(
        "not_found",
        `the server tells nothing of SqlInfo ${String(id)}`,
      );
    return fact;
  });
  const names: Vector = {
    layout: "fixed",
    type: uint32,
    length: ids.length,
    validity: undefined,
    width: 4,
    data: bytesOf(Uint32Array.from(ids)),
  };
  return batchOf(
    metadataSchemas.sqlInfo,
    [names, factsVector(values)],
    ids.length,
  );
}

function factsVector(values: readonly Fact[]): Vector {
  const texts: string[] = [];
  const flags: boolean[] = [];
  const counts: bigint[] = [];
  const masks: number[] = [];
  const typeIds = new Int8Array(values.length);
  const offsets = new Int32Array(values.length);
  values.forEach((value, i) => {
    // Which child, and the row in it.
    const [typeId, rows] =
      typeof value === "string"
        ? [0, texts.push(value)]
        : typeof value === "boolean"
          ? [1, flags.push(value)]
          : typeof value === "bigint"
            ? [2, counts.push(value)]
            : [3, masks.push(value)];
    typeIds[i] = typeId;
    offsets[i] = rows - 1;
  });
  return {
    layout: "union",
    type: sqlInfoValue,
    length: values.length,
    validity: undefined,
    typeIds,
    offsets,
    children: [
      textVector(texts),
      flagVector(flags),
      numberVector(int64, 8, bytesOf(BigInt64Array.from(counts))),
      numberVector(int32, 4, bytesOf(Int32Array.from(masks))),
      ...emptyLists(),
    ],
  };
}

function bytesOf(values: {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly byteLength: number;
}): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function numberVector(type: DataType, width: number, data: Uint8Array): Vector {
  const length = data.byteLength / width;
  return { layout: "fixed", type, length, validity: undefined, width, data };
}

function flagVector(flags: readonly boolean[]): Vector {
  const bits = new Uint8Array(bitmapBytes(flags.length));
  flags.forEach((flag, i) => {
    if (flag) setBit(bits, i);
  });
  const { length } = flags;
  return { layout: "bool", type: bool, length, validity: undefined, bits };
}

function textVector(texts: readonly string[]): Vector {
  const parts = texts.map((text) => Buffer.from(text));
  const offsets = new Int32Array(texts.length + 1);
  parts.forEach((part, i) => {
    offsets[i + 1] = (offsets[i] as number) + part.byteLength;
  });
  return {
    layout: "bytes",
    type: utf8,
    length: texts.length,
    validity: undefined,
    offsets,
    data: new Uint8Array(Buffer.concat(parts)),
  };
}

/** The members that no fact of ours has: string_list and int32_to_int32_list_map. */
function emptyLists(): Vector[] {
  const fields = sqlInfoValue.type === "union" ? sqlInfoValue.fields : [];
  return fields.slice(4).map(({ type }) => emptyVector(type));
}

function emptyVector(type: DataType): Vector {
  const base = { type, length: 0, validity: undefined };
  const offsets = new Int32Array(1);
  switch (type.type) {
    case "list":
      return {
        layout: "list",
        ...base,
        offsets,
        child: emptyVector(type.item.type),
      };
    case "map":
      return {
        layout: "list",
        ...base,
        offsets,
        child: emptyVector(type.entries.type),
      };
    case "struct":
      return {
        layout: "struct",
        ...base,
        children: type.fields.map((field) => emptyVector(field.type)),
      };
    case "utf8":
      return textVector([]);
    default:
      return numberVector(type, 4, new Uint8Array(0));
  }
}

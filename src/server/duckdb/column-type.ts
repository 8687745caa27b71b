import type { LogicalType } from "@duckdb/node-bindings";
import { Failure } from "../../failure.js";
import type { DuckDB } from "./binding.js";

/** DuckDB types without parameters, under their SQL names, and their names in the C API's `duckdb_type`. */
const scalarIds = {
  BOOLEAN: "BOOLEAN",
  TINYINT: "TINYINT",
  SMALLINT: "SMALLINT",
  INTEGER: "INTEGER",
  BIGINT: "BIGINT",
  UTINYINT: "UTINYINT",
  USMALLINT: "USMALLINT",
  UINTEGER: "UINTEGER",
  UBIGINT: "UBIGINT",
  FLOAT: "FLOAT",
  DOUBLE: "DOUBLE",
  TIMESTAMP: "TIMESTAMP",
  DATE: "DATE",
  TIME: "TIME",
  INTERVAL: "INTERVAL",
  HUGEINT: "HUGEINT",
  UHUGEINT: "UHUGEINT",
  VARCHAR: "VARCHAR",
  BLOB: "BLOB",
  TIMESTAMP_S: "TIMESTAMP_S",
  TIMESTAMP_MS: "TIMESTAMP_MS",
  TIMESTAMP_NS: "TIMESTAMP_NS",
  UUID: "UUID",
  BIT: "BIT",
  TIMETZ: "TIME_TZ",
  TIMESTAMPTZ: "TIMESTAMP_TZ",
  BIGNUM: "BIGNUM",
  NULL: "SQLNULL",
  TIME_NS: "TIME_NS",
} as const satisfies Record<string, keyof DuckDB["Type"]>;

export type ScalarId = keyof typeof scalarIds;

/** A DuckDB type as plain data. */
export type ColumnType =
  | { readonly id: ScalarId; readonly alias?: string }
  | {
      readonly id: "DECIMAL";
      readonly width: number;
      readonly scale: number;
    }
  | { readonly id: "ENUM"; readonly values: readonly string[] }
  | { readonly id: "LIST"; readonly item: ColumnType }
  | { readonly id: "ARRAY"; readonly item: ColumnType; readonly size: number }
  | { readonly id: "STRUCT"; readonly fields: readonly Member[] }
  | {
      readonly id: "MAP";
      readonly key: ColumnType;
      readonly value: ColumnType;
    }
  | { readonly id: "UNION"; readonly fields: readonly Member[] };

export interface Member {
  readonly name: string;
  readonly type: ColumnType;
}

const scalarByName = new Map<string, ScalarId>(
  Object.entries(scalarIds).map(([id, name]) => [name, id as ScalarId]),
);

/**
 * Reads a type handle.
 * @param where the column as an error names it, such as `column "a"`.
 * @throws Failure(unsupported) for types that have no Arrow form here (GEOMETRY, VARIANT, newer ones).
 */
export function describeType(
  duckdb: DuckDB,
  type: LogicalType,
  where: string,
): ColumnType {
  const name = duckdb.Type[duckdb.get_type_id(type)] as string | undefined;
  const child = (handle: LogicalType) => describeType(duckdb, handle, where);
  const alias = duckdb.logical_type_get_alias(type);
  const id = scalarByName.get(name ?? "");
  if (id !== undefined) return alias === null ? { id } : { id, alias };
  switch (name) {
    case "DECIMAL":
      return {
        id: "DECIMAL",
        width: duckdb.decimal_width(type),
        scale: duckdb.decimal_scale(type),
      };
    case "ENUM":
      return {
        id: "ENUM",
        values: Array.from(
          { length: duckdb.enum_dictionary_size(type) },
          (_, i) => duckdb.enum_dictionary_value(type, i),
        ),
      };
    case "LIST":
      return { id: "LIST", item: child(duckdb.list_type_child_type(type)) };
    case "ARRAY":
      return {
        id: "ARRAY",
        item: child(duckdb.array_type_child_type(type)),
        size: duckdb.array_type_array_size(type),
      };
    case "MAP":
      return {
        id: "MAP",
        key: child(duckdb.map_type_key_type(type)),
        value: child(duckdb.map_type_value_type(type)),
      };
    case "STRUCT":
      return {
        id: "STRUCT",
        fields: Array.from(
          { length: duckdb.struct_type_child_count(type) },
          (_, i) => ({
            name: duckdb.struct_type_child_name(type, i),
            type: child(duckdb.struct_type_child_type(type, i)),
          }),
        ),
      };
    case "UNION":
      return {
        id: "UNION",
        fields: Array.from(
          { length: duckdb.union_type_member_count(type) },
          (_, i) => ({
            name: duckdb.union_type_member_name(type, i),
            type: child(duckdb.union_type_member_type(type, i)),
          }),
        ),
      };
    default:
      throw new Failure(
        "unsupported",
        `${where} has the DuckDB type ${name ?? "unknown"}, which has no Arrow form here; select it with CAST(… AS VARCHAR)`,
      );
  }
}

/** The handle of a type. ENUMs are made anew, so theirs is not the type of an existing ENUM column. */
export function typeHandle(duckdb: DuckDB, type: ColumnType): LogicalType {
  switch (type.id) {
    case "DECIMAL":
      return duckdb.create_decimal_type(type.width, type.scale);
    case "ENUM":
      return duckdb.create_enum_type(type.values);
    case "LIST":
      return duckdb.create_list_type(typeHandle(duckdb, type.item));
    case "ARRAY":
      return duckdb.create_array_type(typeHandle(duckdb, type.item), type.size);
    case "MAP":
      return duckdb.create_map_type(
        typeHandle(duckdb, type.key),
        typeHandle(duckdb, type.value),
      );
    case "STRUCT":
      return duckdb.create_struct_type(
        type.fields.map((field) => typeHandle(duckdb, field.type)),
        type.fields.map((field) => field.name),
      );
    case "UNION":
      return duckdb.create_union_type(
        type.fields.map((field) => typeHandle(duckdb, field.type)),
        type.fields.map((field) => field.name),
      );
    default:
      return duckdb.create_logical_type(duckdb.Type[scalarIds[type.id]]);
  }
}

/** Whether two types are the same to the last member name and alias, so that raw bytes of one are the other's. */
export function sameType(a: ColumnType, b: ColumnType): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The type as DuckDB spells it, in DDL too, but that names of members are always quoted. */
export function typeText(type: ColumnType): string {
  const members = (fields: readonly Member[]) =>
    fields
      .map((field) => `${quoteIdentifier(field.name)} ${typeText(field.type)}`)
      .join(", ");
  switch (type.id) {
    case "DECIMAL":
      return `DECIMAL(${String(type.width)},${String(type.scale)})`;
    case "ENUM":
      return `ENUM(${type.values.map((value) => `'${value.replaceAll("'", "''")}'`).join(", ")})`;
    case "LIST":
      return `${typeText(type.item)}[]`;
    case "ARRAY":
      return `${typeText(type.item)}[${String(type.size)}]`;
    case "MAP":
      return `MAP(${typeText(type.key)}, ${typeText(type.value)})`;
    case "STRUCT":
      return `STRUCT(${members(type.fields)})`;
    case "UNION":
      return `UNION(${members(type.fields)})`;
    case "NULL":
      return '"NULL"';
    case "TIMETZ":
      return type.alias ?? "TIME WITH TIME ZONE";
    case "TIMESTAMPTZ":
      return type.alias ?? "TIMESTAMP WITH TIME ZONE";
    default:
      return type.alias ?? type.id;
  }
}

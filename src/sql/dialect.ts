import { kindOf, type Kind } from "../arrow/kind.js";
import type { DataType } from "../arrow/schema.js";
import type { Vector } from "../arrow/vector.js";
import type { TableName } from "../catalog.js";
import { Failure } from "../failure.js";
import type { Swap } from "./session.js";

/** SQL text of one value that is not NULL, exact to the last digit. @throws Failure(unsupported | invalid_data) */
export type ValueText = (
  vector: Vector,
  row: number,
  dialect: Dialect,
) => string;

/** What a value is bound as where a statement has parameters; undefined: it cannot be bound without loss. */
export type Binding = "same" | "int64" | "float64" | "text" | undefined;

/** What differs between SQL engines, as data. */
export interface Dialect {
  readonly name: string;
  /** Character around identifiers; doubled inside them. */
  readonly quote: '"' | "`";
  /** Whether a backslash in a string literal begins an escape, as in Spark and MySQL. */
  readonly backslashEscapes: boolean;
  /**
   * A text with NUL characters, by the hexadecimal digits of its UTF-8; "literal" where such a text is written as any
   * other, undefined where it cannot be written, or nobody knows whether it is cut short.
   */
  readonly textWithNul: ((hex: string) => string) | "literal" | undefined;
  /** Type name for DDL and casts. @throws Failure(unsupported) where the engine has no such type. */
  readonly types: Readonly<
    Record<Kind, (type: DataType, dialect: Dialect) => string>
  >;
  /** Values as SQL text that gives back what a column of `types` can hold. */
  readonly values: Readonly<Record<Kind, ValueText>>;
  readonly bindings: Readonly<Record<Kind, Binding>>;
  /** Whether `MERGE INTO` exists; else a merge is an UPDATE and an INSERT in one transaction. */
  readonly mergeInto: boolean;
  /** Whether tables lie in schemas that `CREATE SCHEMA` makes; else a stream's namespace is left out. */
  readonly schemas: boolean;
  /** One statement at a time may write to the database: others wait for it, or for each other for ever. */
  readonly singleWriter: boolean;
  /** How staged rows take the place of a table where transactions cannot do it. */
  readonly swapWithoutTransaction: Exclude<Swap, "transaction">;
  /** How Parquet files are read; undefined: not at all, or not known. */
  readonly parquet?: ParquetFiles;
  /** Statements that tell what Flight SQL's metadata calls do not, or only table by table. */
  readonly reflection: ReflectionQueries;
}

/** Parquet files that a server reads where it runs. */
export interface ParquetFiles {
  /** Whether a column of this type has exactly its values when it is read from a file. */
  readonly holds: (type: DataType) => boolean;
  /** What stands behind FROM for the file at a path. */
  readonly source: (path: string, dialect: Dialect) => string;
}

/** Queries over an engine's own catalog. What is missing is asked in another way. */
export interface ReflectionQueries {
  /** Every table and view: catalog_name, db_schema_name, table_name and table_type, of which only the name must be there. */
  readonly tables?: string;
  /** Every schema, where tables are listed schema by schema. */
  readonly schemas?: string;
  /** Tables and views of a quoted schema. */
  readonly tablesIn?: (schema: string) => string;
  /** Names of the engine's own tables, which are not shown. */
  readonly reserved?: RegExp;
  /** Every primary key: catalog_name, db_schema_name, table_name, column_name and key_sequence. */
  readonly primaryKeys?: string;
  /**
   * As `primaryKeys`, but others may exist: PostgreSQL shows constraints only to who may change the table
   * (https://www.postgresql.org/docs/current/infoschema-table-constraints.html).
   */
  readonly visiblePrimaryKeys?: string;
  /** Every comment of a table or view: catalog_name, db_schema_name, table_name and comment. */
  readonly comments?: string;
}

/** A quoted identifier; every name goes through here, reserved or not. */
export function identifier(dialect: Dialect, name: string): string {
  if (name === "" || name.includes("\0"))
    throw new Failure(
      "invalid_data",
      `${JSON.stringify(name)} cannot be the name of a table or column`,
    );
  const { quote } = dialect;
  return quote + name.replaceAll(quote, quote + quote) + quote;
}

/** A quoted, qualified table name. */
export function tableIdentifier(dialect: Dialect, table: TableName): string {
  return [table.catalog, table.namespace, table.name]
    .filter((part): part is string => part !== undefined && part !== "")
    .map((part) => identifier(dialect, part))
    .join(".");
}

/**
 * A string literal: quotes are doubled, and nothing else is special in standard SQL.
 * @throws Failure(unsupported) for a NUL that no literal of the engine can hold.
 */
export function stringLiteral(dialect: Dialect, text: string): string {
  const { textWithNul } = dialect;
  if (text.includes("\0") && textWithNul !== "literal") {
    if (textWithNul !== undefined)
      return textWithNul(Buffer.from(text).toString("hex"));
    throw new Failure(
      "unsupported",
      `${JSON.stringify(text.slice(0, 80))} holds a NUL character, which has no place in SQL (${dialect.name}); let rows be loaded by ingest or prepared_insert (load_via), or replace it at the source`,
    );
  }
  const escaped = dialect.backslashEscapes
    ? text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")
    : text.replaceAll("'", "''");
  return `'${escaped}'`;
}

/** Name of the type that holds values of an Arrow type. */
export function typeText(dialect: Dialect, type: DataType): string {
  return dialect.types[kindOf(type)](type, dialect);
}

/** A type of the given kind reached a table entry of another kind: the table is wrong. */
export function unsupportedType(dialect: Dialect, type: DataType): Failure {
  return new Failure(
    "unsupported",
    `${dialect.name} has no type for Arrow ${type.type}; cast the column at the source or leave it out`,
  );
}

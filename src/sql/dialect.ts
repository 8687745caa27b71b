import { kindOf, type Kind } from "../arrow/kind.js";
import type { DataType } from "../arrow/schema.js";
import type { TableName } from "../catalog.js";
import { Failure } from "../failure.js";

/** What differs between SQL engines, as data. */
export interface Dialect {
  readonly name: string;
  /** Character around identifiers; doubled inside them. */
  readonly quote: '"' | "`";
  /** Type name for DDL and casts. @throws Failure(unsupported) where the engine has no such type. */
  readonly types: Readonly<
    Record<Kind, (type: DataType, dialect: Dialect) => string>
  >;
  /** Whether `MERGE INTO` exists; else a merge is an UPDATE and an INSERT in one transaction. */
  readonly mergeInto: boolean;
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

/** A string literal: quotes are doubled, nothing else is special in standard SQL. */
export function stringLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
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

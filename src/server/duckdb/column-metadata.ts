import { typeText } from "./column-type.js";
import type { ColumnType } from "./column-type.js";

/**
 * What Flight SQL lets a server tell of a column, texts and "0" or "1", under the keys of apache/arrow's
 * cpp/src/arrow/flight/sql/column_metadata.cc. What DuckDB does not tell is left out: IS_CASE_SENSITIVE depends on a
 * text's collation, which no catalog and no type shows.
 */
export type ColumnFacts = Readonly<Partial<Record<FactName, string>>>;

type FactName =
  | "CATALOG_NAME"
  | "SCHEMA_NAME"
  | "DB_SCHEMA_NAME"
  | "TABLE_NAME"
  | "TYPE_NAME"
  | "PRECISION"
  | "SCALE"
  | "IS_AUTO_INCREMENT"
  | "IS_READ_ONLY"
  | "IS_SEARCHABLE"
  | "REMARKS";

/** In characters. An ENUM of thousands of values would otherwise go out with every result, and its name says enough. */
const typeNameMax = 1000;

/** What the type of a column tells, in a table and in any result. */
export function typeFacts(type: ColumnType): ColumnFacts {
  const name = typeText(type);
  const decimal = type.id === "DECIMAL" ? type : undefined;
  return {
    TYPE_NAME: name.length > typeNameMax ? type.id : name,
    ...(decimal && {
      PRECISION: String(decimal.width),
      SCALE: String(decimal.scale),
    }),
    // Every type can be compared in WHERE.
    IS_SEARCHABLE: "1",
  };
}

/** Metadata of a field, or of a schema with what holds for its table. */
export function sqlMetadata(facts: ColumnFacts): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(facts).map(([name, fact]) => [
      `ARROW:FLIGHT:SQL:${name}`,
      fact,
    ]),
  );
}

import type { DataType } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { ansi } from "./ansi.js";
import type { Dialect, ValueText } from "./dialect.js";
import { exactText, hexDigits, quoted } from "./values.js";

const text = () => "TEXT";

/** SQLite has no literal of an infinity but the overflow of a number, and NaN becomes NULL. */
const floatText: ValueText = (vector, row) => {
  const digits = exactText(vector, row);
  if (/^-?\d/.test(digits)) return /e/i.test(digits) ? digits : `${digits}E0`;
  if (digits === "NaN")
    throw new Failure(
      "invalid_data",
      "SQLite stores NaN as NULL, so the value would be lost; replace it at the source",
    );
  return digits.startsWith("-") ? "-9e999" : "9e999";
};

/**
 * SQLite (https://www.sqlite.org/datatype3.html): integers, floats, text and bytes. All else is stored as its
 * exact text. Of type names only those are used that arrow-go's example server reads back: others end its
 * process (arrow-go v18.8.0, sqlite_type_schemas.go).
 */
export const sqlite: Dialect = {
  ...ansi,
  name: "sqlite",
  schemas: false,
  // A statement ends at the first NUL (https://www.sqlite.org/c3ref/prepare.html).
  textWithNul: (hex) => `CAST(X'${hex}' AS TEXT)`,
  singleWriter: true,
  reflection: {
    // https://www.sqlite.org/fileformat2.html#internal_schema_objects
    reserved: /^sqlite_/i,
    tables:
      "SELECT name AS table_name, type AS table_type FROM sqlite_master WHERE type IN ('table', 'view')",
    primaryKeys:
      "SELECT m.name AS table_name, p.name AS column_name, p.pk AS key_sequence FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p WHERE m.type = 'table' AND p.pk > 0",
  },
  types: {
    null: text,
    bool: () => "INTEGER",
    int: () => "INTEGER",
    uint64: text,
    float: (type: DataType) =>
      type.type === "float" && type.bits < 64 ? "FLOAT" : "DOUBLE",
    decimal: text,
    utf8: text,
    binary: () => "BLOB",
    date: text,
    time: text,
    timestamp: text,
    duration: text,
    interval: text,
    list: text,
    struct: text,
    map: text,
    union: text,
  },
  values: {
    ...ansi.values,
    uint64: quoted,
    float: floatText,
    decimal: quoted,
    binary: (vector, row) => `X'${hexDigits(vector, row)}'`,
    date: quoted,
    time: quoted,
    timestamp: quoted,
    duration: quoted,
    interval: quoted,
    list: quoted,
    struct: quoted,
    map: quoted,
    union: quoted,
  },
  bindings: {
    null: "text",
    bool: "int64",
    int: "int64",
    uint64: "text",
    float: "float64",
    decimal: "text",
    utf8: "text",
    binary: undefined,
    date: "text",
    time: "text",
    timestamp: "text",
    duration: "text",
    interval: "text",
    list: "text",
    struct: "text",
    map: "text",
    union: "text",
  },
};

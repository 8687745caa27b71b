/** Codes of ODBC and JDBC (format/FlightSql.proto of apache/arrow, enums XdbcDataType and XdbcDatetimeSubcode). */
const codes = {
  BIT: -7,
  TINYINT: -6,
  BIGINT: -5,
  VARBINARY: -3,
  UNKNOWN: 0,
  NUMERIC: 2,
  DECIMAL: 3,
  INTEGER: 4,
  SMALLINT: 5,
  REAL: 7,
  DOUBLE: 8,
  DATETIME: 9,
  INTERVAL: 10,
  VARCHAR: 12,
  DATE: 91,
  TIME: 92,
  TIMESTAMP: 93,
} as const;

interface XdbcType {
  readonly name: string;
  readonly code: keyof typeof codes;
  /** Digits, characters or bytes at most; undefined without a limit. */
  readonly size?: number;
  /** What a literal stands between. */
  readonly quotes?: readonly [string, string];
  /** What its declaration takes in parentheses. */
  readonly parameters?: readonly string[];
  readonly scales?: readonly [number, number];
  readonly isUnsigned?: boolean;
  /** The code without its subcode, where it has one. */
  readonly verbose?: readonly [keyof typeof codes, number];
  readonly isText?: boolean;
}

const number = (
  name: string,
  code: keyof typeof codes,
  size: number,
  isUnsigned = false,
): XdbcType => ({ name, code, size, isUnsigned });

/** A literal is written `DATE '2020-01-31'`. */
const moment = (
  name: string,
  code: keyof typeof codes,
  size: number,
  subcode: number,
  scales?: readonly [number, number],
): XdbcType => ({
  name,
  code,
  size,
  quotes: [`${name} '`, "'"],
  verbose: ["DATETIME", subcode],
  ...(scales === undefined ? {} : { scales }),
});

/** DuckDB's types that a column can have (https://duckdb.org/docs/stable/sql/data_types/overview), nested ones aside. */
const types: readonly XdbcType[] = [
  { name: "BOOLEAN", code: "BIT", size: 1 },
  number("TINYINT", "TINYINT", 3),
  number("UTINYINT", "SMALLINT", 3, true),
  number("SMALLINT", "SMALLINT", 5),
  number("USMALLINT", "INTEGER", 5, true),
  number("INTEGER", "INTEGER", 10),
  number("UINTEGER", "BIGINT", 10, true),
  number("BIGINT", "BIGINT", 19),
  number("UBIGINT", "NUMERIC", 20, true),
  number("HUGEINT", "NUMERIC", 39),
  number("UHUGEINT", "NUMERIC", 39, true),
  {
    name: "DECIMAL",
    code: "DECIMAL",
    size: 38,
    parameters: ["precision", "scale"],
    scales: [0, 38],
    isUnsigned: false,
  },
  number("FLOAT", "REAL", 7),
  number("DOUBLE", "DOUBLE", 15),
  { name: "VARCHAR", code: "VARCHAR", quotes: ["'", "'"], isText: true },
  { name: "UUID", code: "VARCHAR", size: 36, quotes: ["'", "'"] },
  { name: "BLOB", code: "VARBINARY", quotes: ["'", "'::BLOB"] },
  { name: "BIT", code: "VARCHAR", quotes: ["'", "'::BIT"] },
  moment("DATE", "DATE", 10, 1),
  moment("TIME", "TIME", 15, 2, [0, 6]),
  moment("TIMETZ", "TIME", 24, 4, [0, 6]),
  moment("TIMESTAMP", "TIMESTAMP", 26, 3, [0, 6]),
  moment("TIMESTAMP_S", "TIMESTAMP", 19, 3, [0, 0]),
  moment("TIMESTAMP_MS", "TIMESTAMP", 23, 3, [0, 3]),
  moment("TIMESTAMP_NS", "TIMESTAMP", 29, 3, [0, 9]),
  moment("TIMESTAMPTZ", "TIMESTAMP", 32, 5, [0, 6]),
  {
    name: "INTERVAL",
    code: "INTERVAL",
    quotes: ["INTERVAL '", "'"],
    verbose: ["INTERVAL", 0],
  },
];

/** CommandGetXdbcTypeInfo's rows; `$1` is the wanted type, NULL for all. Ordered as ODBC wants it: by the code. */
export const xdbcTypesSql = `
  SELECT * FROM (VALUES ${types.map(rowOf).join(",\n")}) AS t
  WHERE $1::VARCHAR IS NULL OR col1 = $1::INTEGER ORDER BY col1, col0`;

/** In the order of `metadataSchemas.xdbcTypes`. */
function rowOf(type: XdbcType): string {
  const [prefix, suffix] = type.quotes ?? [];
  const [least, most] = type.scales ?? [];
  const [verbose, subcode] = type.verbose ?? [type.code, undefined];
  const isNumber = type.isUnsigned !== undefined;
  const cells = [
    text(type.name),
    integer(codes[type.code]),
    integer(type.size),
    text(prefix),
    text(suffix),
    `[${(type.parameters ?? []).map(text).join(", ")}]::VARCHAR[]`,
    "1::INTEGER", // NULLABILITY_NULLABLE
    flag(type.isText ?? false),
    "3::INTEGER", // SEARCHABLE_FULL
    flag(type.isUnsigned),
    "false", // not of a fixed precision and scale, as money is
    "false",
    text(type.name),
    integer(least),
    integer(most),
    integer(codes[verbose]),
    integer(subcode),
    integer(isNumber ? 10 : undefined),
    "NULL::INTEGER",
  ];
  return `(${cells.join(", ")})`;
}

function text(value: string | undefined): string {
  return value === undefined
    ? "NULL::VARCHAR"
    : `'${value.replaceAll("'", "''")}'`;
}

function integer(value: number | undefined): string {
  return `${value === undefined ? "NULL" : String(value)}::INTEGER`;
}

function flag(value: boolean | undefined): string {
  return value === undefined ? "NULL::BOOLEAN" : String(value);
}

import { SqlSupportsConvert } from "../drivers/flight/sql-info.js";

type Name = keyof typeof SqlSupportsConvert;

const numbers: readonly Name[] = [
  "SQL_CONVERT_TINYINT",
  "SQL_CONVERT_SMALLINT",
  "SQL_CONVERT_INTEGER",
  "SQL_CONVERT_BIGINT",
  "SQL_CONVERT_REAL",
  "SQL_CONVERT_FLOAT",
  "SQL_CONVERT_DECIMAL",
  "SQL_CONVERT_NUMERIC",
  "SQL_CONVERT_BIT",
];
const texts: readonly Name[] = [
  "SQL_CONVERT_CHAR",
  "SQL_CONVERT_VARCHAR",
  "SQL_CONVERT_LONGVARCHAR",
];
const binaries: readonly Name[] = [
  "SQL_CONVERT_BINARY",
  "SQL_CONVERT_VARBINARY",
  "SQL_CONVERT_LONGVARBINARY",
];
const intervals: readonly Name[] = [
  "SQL_CONVERT_INTERVAL_DAY_TIME",
  "SQL_CONVERT_INTERVAL_YEAR_MONTH",
];

/** What DuckDB's CAST takes to what: every type can be text and come from it. */
const families: readonly (readonly [readonly Name[], readonly Name[]])[] = [
  [numbers, [...numbers, ...texts]],
  [binaries, [...binaries, ...texts]],
  [intervals, [...intervals, ...texts]],
  [
    ["SQL_CONVERT_DATE"],
    ["SQL_CONVERT_DATE", "SQL_CONVERT_TIMESTAMP", ...texts],
  ],
  [["SQL_CONVERT_TIME"], ["SQL_CONVERT_TIME", ...texts]],
  [
    ["SQL_CONVERT_TIMESTAMP"],
    ["SQL_CONVERT_TIMESTAMP", "SQL_CONVERT_DATE", "SQL_CONVERT_TIME", ...texts],
  ],
  [texts, Object.keys(SqlSupportsConvert) as Name[]],
];

/** The fact SQL_SUPPORTS_CONVERT: from a type to those that it can be cast to. */
export const supportedConversions: ReadonlyMap<number, readonly number[]> =
  new Map(
    families.flatMap(([sources, targets]) =>
      sources.map((source) => [
        SqlSupportsConvert[source],
        targets.map((target) => SqlSupportsConvert[target]).toSorted(byNumber),
      ]),
    ),
  );

function byNumber(a: number, b: number): number {
  return a - b;
}

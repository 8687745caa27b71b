import { join } from "node:path";

import { goProgram } from "../cache.js";
import type { Product } from "./product.js";

const program = "sqlite_flightsql_server";

/** SQLite stores -0.0 as 0.0. */
const signOfZero = /\n +-0,[^]*the server[^]*\n +0,/;
/** What is NULL in the database is told as no bytes. */
const nullBlob = /\n +null,[^]*the server(?![^]*null)/;

/**
 * The example server of Apache Arrow for Go over SQLite in memory. It has no authentication. A result with a
 * column of a type that it does not know (bigint, boolean, timestamp, decimal and others) ends its process.
 */
export const sqlite: Product = {
  id: "sqlite",
  name: "arrow-go's SQLite server",
  version: "18.8.0",
  toolchain: "Go",
  install: () =>
    goProgram(
      `github.com/apache/arrow-go/v18/arrow/flight/flightsql/example/cmd/${program}`,
      "v18.8.0",
    ),
  command: (programs) => [
    join(programs, program),
    ...["-host", "127.0.0.1", "-port", "0"],
  ],
  ready: /Server on (\S+) \.\.\./,
  seed: [
    `CREATE TABLE every_type (id INTEGER PRIMARY KEY, "int" INT, "medium int" MEDIUMINT, "real" REAL,
      "double" DOUBLE, "float" FLOAT, "text" TEXT, "varchar" VARCHAR(10), "date" DATE, "blob" BLOB)`,
    `INSERT INTO every_type VALUES
      (1, -9223372036854775808, -2147483648, 0.1, 5e-324, 1.5, 'ü "quoted" \\ ' || char(10), 'abc', '2024-02-29', x'00ff'),
      (2, 9223372036854775807, 2147483647, -1e300, 1.7976931348623157e308, -0.5, '', '', '0001-01-01', x''),
      (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
    `CREATE TABLE moments (id INTEGER, note TEXT)`,
    `INSERT INTO moments VALUES (1, 'a'), (2, 'b'), (9007199254740993, 'c'), (3, NULL), (NULL, 'd')`,
    `CREATE TABLE long (id INTEGER, "text" TEXT)`,
    `INSERT INTO long WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
      SELECT i, printf('%.200c', 'x') FROM n`,
  ],
  everyType: { sql: "every_type", stream: "every_type" },
  cursor: {
    sql: "moments",
    stream: "moments",
    column: "id",
    more: "INSERT INTO moments VALUES (9007199254740993, 'e'), (9007199254740994, 'f'), (4, 'g')",
    since: "note IN ('e', 'f')",
  },
  long: { sql: "long", stream: "long" },
  load: "by a prepared INSERT with batches of parameters",
  made: '"{}"',
  inserts: "insert",
  written: {
    nothing: "string",
    bool: "int64",
    int8: "int64",
    int16: "int64",
    uint8: "int64",
    uint32: "int64",
    int64: "int64",
    uint64: "string",
    float16: "float",
    float32: { type: "float", fault: signOfZero },
    float64: { type: "double", fault: signOfZero },
    not_finite: { refused: /SQLite stores NaN as NULL/ },
    decimal32: "string",
    decimal128: "string",
    decimal256: "string",
    thousands: "string",
    utf8: "string",
    binary: { type: "binary", fault: nullBlob },
    fixed: { type: "binary", fault: nullBlob },
    day: "string",
    date_ms: "string",
    time_s: "string",
    time_ns: "string",
    wall_s: "string",
    wall_us: "string",
    instant_ns: "string",
    in_berlin: "string",
    duration_s: "string",
    duration_ns: "string",
    months: "string",
    days: "string",
    all: "string",
    list: "string",
    fixed_list: "string",
    struct: "string",
    map: "string",
    map_of_integers: "string",
    union: "string",
  },
  exceptions: {
    "write every type": {
      outcome: "works",
      why: "of -0.0 it keeps 0.0, and a BLOB that is NULL it tells as an empty one; NaN is refused, what it has no type for is text",
    },
    "wrong password": { outcome: "absent", why: "it has no authentication" },
  },
};

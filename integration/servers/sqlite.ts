import { join } from "node:path";

import { goProgram } from "../cache.js";
import type { Product } from "./product.js";

const program = "sqlite_flightsql_server";

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
    since: "id >= 9007199254740993",
  },
  long: { sql: "long", stream: "long" },
  load: "by a prepared INSERT with batches of parameters",
  made: '"{}"',
  exceptions: {
    "wrong password": { outcome: "absent", why: "it has no authentication" },
  },
};

import { join } from "node:path";

import type { Product } from "./product.js";
import { serversPython } from "./roapi.js";

/**
 * Sail: Spark SQL on Flight. It answers statements and nothing else of Flight SQL. It has no authentication,
 * and all its callers share one session.
 */
export const pysail: Product = {
  id: "pysail",
  name: "Sail (Spark SQL)",
  version: "0.7.2",
  toolchain: "Python 3 with venv",
  install: serversPython,
  command: (programs) => [
    join(programs, "sail"),
    ...["flight", "server", "--ip", "127.0.0.1", "--port", "0"],
  ],
  ready: /Flight SQL server on ([\d.:]+\d)/,
  seed: [
    `CREATE TABLE every_type (id BIGINT, b BOOLEAN, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT, f FLOAT, d DOUBLE,
      d2 DECIMAL(10, 2), d9 DECIMAL(38, 9), s STRING, v VARCHAR(10), x BINARY, day DATE, at TIMESTAMP,
      wall TIMESTAMP_NTZ, list ARRAY<INT>, map MAP<STRING, BIGINT>, st STRUCT<a: INT, c: STRING>)`,
    `INSERT INTO every_type VALUES (1, true, -128, -32768, -2147483648, -9223372036854775808, 0.1, 5e-324, -99999999.99,
      12345678901234567890123456789.123456789, 'ü "quoted"', 'abc', X'00FF', DATE '0001-01-01',
      TIMESTAMP '2024-02-29 12:00:00.123456Z', TIMESTAMP_NTZ '1969-12-31 23:59:59.999999', array(1, NULL),
      map('k', 9007199254740993), named_struct('a', 1, 'c', NULL))`,
    `INSERT INTO every_type VALUES (2, false, 127, 32767, 2147483647, 9223372036854775807, double('-Infinity'),
      double('NaN'), 0.10, -0.000000001, '', '', X'', DATE '9999-12-31', TIMESTAMP '1969-12-31 23:59:59.999999Z',
      TIMESTAMP_NTZ '2024-02-29 12:00:00', array(), map(), named_struct('a', NULL, 'c', 'x'))`,
    `INSERT INTO every_type VALUES (3, ${Array<string>(18).fill("NULL").join(", ")})`,
    "CREATE TABLE moments (at TIMESTAMP, note STRING)",
    `INSERT INTO moments VALUES (TIMESTAMP '2024-01-01 00:00:00Z', 'a'), (TIMESTAMP '2024-01-01 00:00:00.000001Z', 'b'),
      (NULL, 'c'), (TIMESTAMP '2024-02-29 12:00:00.123456Z', 'd'), (TIMESTAMP '2023-01-01 00:00:00Z', NULL)`,
    "CREATE TABLE merged USING DELTA AS SELECT CAST(NULL AS BIGINT) AS id, CAST(NULL AS STRING) AS name, CAST(NULL AS STRING) AS note LIMIT 0",
    "CREATE TABLE long AS SELECT id, repeat('x', 200) AS text FROM range(300000)",
  ],
  everyType: { sql: "every_type", stream: "default-every_type" },
  cursor: {
    sql: "moments",
    stream: "default-moments",
    column: "at",
    more: `INSERT INTO moments VALUES (TIMESTAMP '2024-02-29 12:00:00.123456Z', 'e'),
      (TIMESTAMP '2024-02-29 12:00:00.123457Z', 'f'), (TIMESTAMP '2024-02-29 12:00:00.123455Z', 'g')`,
    since: "at >= TIMESTAMP '2024-02-29 12:00:00.123456Z'",
  },
  long: { sql: "long", stream: "default-long" },
  load: "by INSERT statements of up to 1000 rows, sent as CommandStatementQuery",
  made: "`{}`",
  exceptions: {
    upsert: {
      outcome: "works",
      why: "into a Delta table; the Parquet tables that it makes by itself refuse MERGE",
    },
    "wrong password": { outcome: "absent", why: "it has no authentication" },
  },
};

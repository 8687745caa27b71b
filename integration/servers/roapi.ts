import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { pythonWith } from "../cache.js";
import { adbcPython } from "./oracle.js";
import type { Product } from "./product.js";

/** Folder of the programs of both servers that PyPI has. */
export function serversPython(): string | undefined {
  return pythonWith(["roapi==0.12.7", "pysail==0.7.2"]);
}

const credentials = ["reader", "s3cret-of-roapi"] as const;

function config(folder: string): string {
  const tables = ["every_type", "moments", "appended", "long"].map(
    (name) => `  - {name: ${name}, uri: "${join(folder, `${name}.parquet`)}"}`,
  );
  return `
addr: {http: "127.0.0.1:0", postgres: "127.0.0.1:0", flight_sql: "127.0.0.1:0"}
flight_sql_config:
  auth_basic: {username: ${credentials[0]}, password: ${credentials[1]}}
  auth_token: t0ken-of-roapi
tables:
${tables.join("\n")}
`;
}

/** ROAPI: DataFusion over Parquet files that roapi-tables.py makes. */
export const roapi: Product = {
  id: "roapi",
  name: "ROAPI (DataFusion)",
  version: "0.12.7",
  toolchain: "Python 3 with venv",
  install: serversPython,
  command(programs, folder) {
    const python = join(adbcPython() ?? "", "python");
    const script = join(import.meta.dirname, "roapi-tables.py");
    execFileSync(python, [script, folder.path]);
    const file = folder.file("roapi.yml", config(folder.path));
    return [join(programs, "roapi"), "-c", file];
  },
  ready: /Listening on (\S+) for FlightSQL/,
  credentials,
  seed: [],
  everyType: { sql: "every_type", stream: "public-every_type" },
  cursor: {
    sql: "moments",
    stream: "public-moments",
    column: "at",
    more: `INSERT INTO moments VALUES (TIMESTAMP '2024-02-29 12:00:00.123456789', 'e'),
      (TIMESTAMP '2024-02-29 12:00:00.123456790', 'f'), (TIMESTAMP '2024-02-29 12:00:00.123456788', 'g')`,
    since: "note IN ('e', 'f')",
  },
  long: { sql: "long", stream: "public-long" },
  load: "by INSERT statements of up to 1000 rows, sent as CommandStatementQuery",
  made: 'public."{}"',
  target: { load_via: "insert_query" },
  inserts: "insert_query",
  written: {
    nothing: "string",
    bool: "bool",
    int8: "int8",
    int16: "int16",
    uint8: "uint8",
    uint32: "uint32",
    int64: "int64",
    uint64: "uint64",
    float16: "float",
    float32: "float",
    float64: "double",
    not_finite: "double",
    decimal32: "decimal128(9, 2)",
    decimal128: "decimal128(38, 10)",
    decimal256: "decimal256(76, 0)",
    thousands: "decimal128(8, 0)",
    utf8: "string",
    binary: "binary",
    fixed: "binary",
    day: "date32[day]",
    date_ms: "date32[day]",
    time_s: "time64[ns]",
    time_ns: "time64[ns]",
    wall_s: "timestamp[s]",
    wall_us: "timestamp[us]",
    instant_ns: "timestamp[ns, tz=+00:00]",
    in_berlin: "timestamp[ms, tz=+00:00]",
    duration_s: "month_day_nano_interval",
    duration_ns: "month_day_nano_interval",
    months: "month_day_nano_interval",
    days: "month_day_nano_interval",
    all: "month_day_nano_interval",
    list: "list<item: decimal128(20, 2)>",
    fixed_list: "fixed_size_list<item: int32>[2]",
    struct: 'struct<a: int64, b "c": string, d: timestamp[ms]>',
    map: { refused: /datafusion has no type for Arrow map/ },
    map_of_integers: { refused: /datafusion has no type for Arrow map/ },
    union: { refused: /datafusion has no type for Arrow union/ },
  },
  exceptions: {
    "write every type": {
      outcome: "works",
      why: "maps and unions are refused, having no DDL; durations become intervals",
    },
    append: {
      outcome: "works",
      why: "into a table of a file, in memory, with `load_via: insert_query`: its answer to an update is 1 row, and nothing done",
    },
    overwrite: {
      outcome: "refused",
      why: "no ALTER TABLE",
      error: /Unsupported SQL statement: ALTER TABLE/,
    },
    upsert: {
      outcome: "refused",
      why: "no UPDATE",
      error: /Unsupported logical plan: Dml\(Update\)/,
    },
  },
};

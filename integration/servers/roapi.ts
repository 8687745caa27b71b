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
    since: "at >= TIMESTAMP '2024-02-29 12:00:00.123456789'",
  },
  long: { sql: "long", stream: "public-long" },
  load: "by INSERT statements of up to 1000 rows, sent as CommandStatementQuery",
  made: 'public."{}"',
  target: { load_via: "insert_query" },
  exceptions: {
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

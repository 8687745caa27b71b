import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { serve } from "../../src/server/index.js";
import { adbcPython } from "../servers/oracle.js";

test("the ADBC driver of Apache Arrow reads, reflects and ingests through the embedded server", async (t) => {
  const python = adbcPython()?.concat("/python");
  if (python === undefined) {
    assert.equal(process.env["CI"], undefined, "CI must have Python 3");
    t.skip("SKIPPED, Python 3 is not there: nothing was proven against ADBC");
    return;
  }
  await using server = await serve({ port: 0, log: () => undefined });
  const script = join(import.meta.dirname, "adbc.py");
  const url = `grpc+tcp://127.0.0.1:${String(server.port)}`;
  const { stdout } = await promisify(execFile)(python, [script, url], {
    timeout: 120_000,
  });
  const said = Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .map((line) => {
        const { check, value } = JSON.parse(line) as {
          check: string;
          value: unknown;
        };
        return [check, value];
      }),
  );
  const { info, ...checks } = said;
  assert.match(String(info), /^flightsync/);
  assert.deepEqual(checks, {
    "ingest create": [100_000, "100000"],
    "ingest append": [100_000, "200000"],
    "ingest replace": [100_000, "100000"],
    "ingest create_append": [100_000, "200000"],
    "the types come back": true,
    "the rows come back": true,
    objects: ["id", "name", "amount", "at", "tags"],
    schema: [
      "int64",
      "string",
      "double",
      "timestamp[us]",
      "list<item: string>",
    ],
    "table types": ["BASE TABLE", "VIEW"],
    "create twice": "ProgrammingError",
    "a million rows": 1_000_000,
  });
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { serve } from "../../src/server/index.js";
import { shell } from "../process/programs.js";

/** What each example prints, line by line. */
const outputs: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  query: [
    "Schema<{ 0: id: Int64 }>",
    "sum: 4999950000",
    "answer: 42",
    /cancelled/,
  ],
  ingest: ["loaded: 3", "loaded: 1440", "deleted: 2", "copied: 4"],
  prepared: ["inserted: 2", "Grace", "Edsger"],
  metadata: [
    /^server: /,
    /^table types: .*BASE TABLE/,
    "children (id Int32, parent Int32), key: ",
    "parents (id Int32), key: id",
    "children.parent → parents.id",
  ],
};

for (const [name, lines] of Object.entries(outputs))
  test(`example ${name}.ts runs as it is`, { timeout: 120_000 }, async () => {
    await using server = await serve({ port: 0, log: () => undefined });
    const file = join(import.meta.dirname, `${name}.ts`);
    const { code, stdout, stderr } = await shell(
      `node --import tsx "${file}" "${server.url}"`,
    );
    assert.equal(code, 0, stderr);
    const printed = stdout.trim().split("\n");
    assert.equal(printed.length, lines.length, stdout);
    for (const [i, line] of lines.entries())
      if (typeof line === "string") assert.equal(printed[i], line);
      else assert.match(printed[i] ?? "", line);
  });

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { loadWays, type LoadVia } from "./load-ways.js";
import { edgeBatch, people, withLoader } from "./loader.test.js";

const folder = mkdtempSync(join(tmpdir(), "flightsync-staging-"));
after(() => {
  rmSync(folder, { recursive: true });
});

const described: Readonly<Record<LoadVia, RegExp>> = {
  ingest: /bulk ingestion/,
  prepared_insert: /a prepared INSERT/,
  staging: /Parquet files in /,
  insert: /INSERT statements .* CommandStatementUpdate/,
  insert_query: /INSERT statements .* CommandStatementQuery/,
};

describe("every rung of the ladder", () => {
  for (const [via, max_parallelism] of loadWays.flatMap((way) => [
    [way, 1] as const,
    [way, 3] as const,
  ]))
    test(`${via}, ${String(max_parallelism)} at a time: append, upsert and overwrite end in the same tables`, async () => {
      const settings = {
        load_via: via,
        max_parallelism,
        staging_folder: folder,
      };
      await withLoader(settings, async ({ load, rows, log }) => {
        await load("a", "append", [people(0, 2500, "a"), people(0, 2, "b")]);
        await load("u", "upsert", [
          people(0, 10, "a"),
          ...[5, 500, 1000].map((from) => people(from, from + 500, "b")),
        ]);
        await load("u", "upsert", [people(1499, 1501, "c")]);
        await load("o", "append", [people(0, 3, "old")]);
        await load("o", "overwrite", [people(7, 9, "new")]);
        assert.deepEqual(
          await rows("SELECT count(*), count(DISTINCT int), max(name) FROM a"),
          [[2502n, 2500n, "b 1"]],
        );
        assert.deepEqual(
          await rows(
            "SELECT left(name, 1), count(*) FROM u GROUP BY 1 ORDER BY 1",
          ),
          [
            ["a", 5n],
            ["b", 1494n],
            ["c", 2n],
          ],
        );
        assert.deepEqual(await rows("SELECT * FROM o ORDER BY 1"), [
          [7n, "new 7"],
          [8n, "new 8"],
        ]);
        assert.deepEqual(
          await rows(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%\\_\\_fs%' ESCAPE '\\'",
          ),
          [[0n]],
        );
        assert.deepEqual(
          log.filter((line) => described[via].test(line)).length,
          1,
          log.join("\n"),
        );
        assert.deepEqual(readdirSync(folder), []);
      });
    });

  const without = {
    // DuckDB's parameters lose the member of a union that is NULL.
    prepared_insert: ["union"],
    staging: ["union", "duration", "interval"],
    insert: [],
    insert_query: [],
  } satisfies Partial<Record<LoadVia, readonly string[]>>;
  for (const [via, columns] of Object.entries(without))
    test(`${via}: every value is the one that bulk ingestion stores`, async () => {
      const batch = edgeBatch(columns);
      const settings = { load_via: via, staging_folder: folder };
      await withLoader(settings, async ({ load, rows }) => {
        await load("literals", "append", [batch]);
        const stored = await rows("SELECT * FROM literals");
        await withLoader({ load_via: "ingest" }, async (other) => {
          await other.load("bulk", "append", [batch]);
          assert.deepEqual(stored, await other.rows("SELECT * FROM bulk"));
        });
      });
    });
});

test("without schemas two streams of one name do not end in one table", async () => {
  const settings = { dialect: "sqlite", load_via: "insert" };
  await withLoader(settings, async ({ load, rows }) => {
    await load("a.people", "append", [people(0, 2, "a")]);
    await assert.rejects(load("b.people", "append", [people(2, 4, "b")]), {
      code: "invalid_config",
      message:
        /streams a\.people and b\.people would both be loaded into people/,
    });
    assert.deepEqual(await rows("SELECT count(*) FROM people"), [[2n]]);
  });
});

test("a statement stays below the limit, and a row that cannot is named", async () => {
  const settings = { load_via: "insert", statement_bytes_max: 1024 };
  await withLoader(settings, async ({ load, rows }) => {
    await load("a", "append", [people(0, 500, "x")]);
    assert.deepEqual(await rows("SELECT count(*) FROM a"), [[500n]]);
    await assert.rejects(
      load("a", "append", [people(0, 40, "y"), people(1, 2, "z".repeat(2000))]),
      {
        code: "exhausted",
        message:
          /row 0 of a batch for memory\.main\.a makes a statement of 20\d\d bytes/,
      },
    );
  });
});

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import type { RecordBatch } from "apache-arrow";
import { serve } from "../server/index.js";
import type { Server } from "../server/index.js";
import { connect } from "./database.js";
import type { Database } from "./database.js";

/** Texts that do not compress, 1 MB of them. */
const texts = Array.from({ length: 8192 }, (_, i) =>
  Array.from({ length: 16 }, (_, k) =>
    Math.trunc(Math.abs(Math.sin(i * 16 + k)) * 2 ** 40).toString(36),
  ).join(""),
);
const [batch] = tableFromArrays({ s: texts }).batches as [RecordBatch];

/** Batches without end; `onBatch` is told how many came before each. */
function* endless(onBatch: (count: number) => void): Generator<RecordBatch> {
  for (let count = 0; ; count++) {
    onBatch(count);
    yield batch;
  }
}

describe("an ingest that its client gives up leaves nothing", () => {
  let folder: string;
  let server: Server;
  let db: Database;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "flightsync-broken-ingest-"));
    server = await serve({
      port: 0,
      log: () => undefined,
      database: join(folder, "own.duckdb"),
      // Else DuckDB keeps what it has written for as long as there is memory.
      initSql:
        "SET GLOBAL memory_limit = '128MB'; CREATE TABLE t AS SELECT 'old' AS s",
    });
    db = await connect(server.url);
  });
  afterEach(async () => {
    await db.close();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Rows of the table, once nobody else writes into it. */
  async function rows(): Promise<unknown> {
    for (;;)
      try {
        await db.update("INSERT INTO t VALUES ('new')");
        break;
      } catch (error) {
        // The ingest's transaction is being rolled back.
        assert.match(String(error), /conflict/i);
      }
    const result = await db.query(
      "SELECT list(s ORDER BY s)::VARCHAR AS s FROM t WHERE length(s) < 4 UNION ALL SELECT count(*)::VARCHAR FROM t",
    );
    return (await result.table())
      .toArray()
      .map((row) => (row as { s: string }).s);
  }

  test("when its rows fail to come", async () => {
    const reason = new Error("the disk is gone");
    const fails = endless((count) => {
      if (count === 20) throw reason;
    });
    await assert.rejects(db.ingest("t", fails, { mode: "append" }), reason);
    assert.deepEqual(await rows(), ["[new, old]", "2"]);
  });

  test("when it is aborted, however much came before, of which little is in memory", async () => {
    const abort = new AbortController();
    const before = process.memoryUsage().rss;
    let most = 0;
    const many = endless((count) => {
      most = Math.max(most, process.memoryUsage().rss - before);
      if (count === 100) abort.abort();
    });
    await assert.rejects(
      db.ingest("t", many, { mode: "replace", signal: abort.signal }),
      { code: "cancelled" },
    );
    assert.deepEqual(await rows(), ["[new, old]", "2"]);
    assert.ok(most < 384 << 20, `${String(most >> 20)} MiB`);
  });
});

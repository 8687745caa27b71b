import assert from "node:assert/strict";
import { test } from "node:test";

import { batchOfValues } from "../../arrow/plain-values.js";
import { field, int64 } from "../../arrow/schema.js";
import type { TargetStream } from "../../catalog.js";
import { FlightClient } from "../../drivers/flight/client.js";
import type { Connection, Context } from "../../engine.js";
import { serve } from "../../server/index.js";
import type { Dialect } from "../../sql/dialect.js";
import { duckdb } from "../../sql/duckdb.js";
import { SqlConnection } from "../../sql/sql-connection.js";
import { retiredTable, stagingTable } from "../../sql/staging.js";
import { askCapabilities } from "./capabilities.js";
import { FlightSession } from "./session.js";
import { TableSelection } from "./table-selection.js";

interface Target {
  readonly connection: Connection;
  readonly ids: () => Promise<string>;
  readonly run: (sql: string) => Promise<void>;
  readonly tables: () => Promise<string>;
}

/** A server of our own that is taken for one without transactions. */
async function withoutTransactions(
  dialect: Dialect,
  body: (target: Target) => Promise<void>,
): Promise<void> {
  await using server = await serve({
    port: 0,
    allowFiles: true,
    log: () => undefined,
  });
  const context: Context = {
    signal: new AbortController().signal,
    log: () => undefined,
  };
  const client = await FlightClient.connect({ url: server.url }, context);
  const capabilities = await askCapabilities(client);
  const session = new FlightSession(client, {
    dialect,
    capabilities: { ...capabilities, transactions: false },
    context,
    selection: new TableSelection({}),
    loadVia: undefined,
    statementBytesMax: 1 << 20,
    stagingFolder: undefined,
    maxParallelism: 1,
  });
  await using connection = new SqlConnection(session, {
    dialect,
    context,
    nullCursor: "fail",
  });
  const text = async (sql: string) => {
    const { batches } = await client.rows(sql);
    const [vector] = batches[0]?.vectors ?? [];
    assert.ok(vector?.layout === "bytes");
    return Buffer.from(vector.data).toString();
  };
  await body({
    connection,
    run: (sql) => server.run(sql),
    ids: () => text("SELECT string_agg(id, ' ' ORDER BY id) FROM t"),
    tables: () =>
      text("SELECT string_agg(table_name, ' ') FROM duckdb_tables()"),
  });
}

const stream: TargetStream = {
  id: "t",
  name: "t",
  schema: { fields: [field("id", int64, false)] },
  primaryKey: [],
};

const rows = batchOfValues(stream.schema, [[7n, 8n]]);

test("two renames swap a table in, and leave nothing else", async () => {
  await withoutTransactions(
    duckdb,
    async ({ connection, ids, run, tables }) => {
      await run("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1)");
      const writer = await connection.write(stream, "overwrite");
      await writer.append(rows);
      await writer.flush();
      assert.equal(await ids(), "1");
      await writer.commit();
      assert.equal(await ids(), "7 8");
      assert.equal(await tables(), "t");
    },
  );
});

test("a run that died between the renames is repaired by the next", async () => {
  await withoutTransactions(
    duckdb,
    async ({ connection, ids, run, tables }) => {
      // No process has this id: it is beyond what Linux gives out.
      const dead = (99_999_999).toString(36);
      const staging = stagingTable(stream, stream.id);
      const mine = `_${process.pid.toString(36)}_`;
      const name = staging.name.replace(mine, `_${dead}_`);
      const old = retiredTable({ name }).name;
      await run(
        `CREATE TABLE "${old}" (id BIGINT); INSERT INTO "${old}" VALUES (1)`,
      );
      await run(`CREATE TABLE "${name}" (id BIGINT)`);
      const writer = await connection.write(stream, "append");
      assert.equal(await ids(), "1");
      assert.equal(await tables(), "t");
      await writer.append(rows);
      await writer.commit();
      assert.equal(await ids(), "1 7 8");
    },
  );
});

test("without transactions a merge is one statement, and its staging table goes", async () => {
  await withoutTransactions(
    duckdb,
    async ({ connection, ids, run, tables }) => {
      await run("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (7)");
      const writer = await connection.write(
        { ...stream, primaryKey: ["id"] },
        "upsert",
      );
      await writer.append(rows);
      await writer.flush();
      assert.equal(await ids(), "7 8");
      await writer.append(rows);
      await writer.commit();
      assert.equal(await ids(), "7 8");
      assert.equal(await tables(), "t");
    },
  );
});

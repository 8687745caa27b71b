import assert from "node:assert/strict";
import { connect } from "node:http2";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { batchOfValues } from "../arrow/plain-values.js";
import { field, int64 } from "../arrow/schema.js";
import type { Batch } from "../arrow/batch.js";
import type { FlightDataParts } from "../drivers/flight/flight-data.js";
import { SqlInfo } from "../drivers/flight/sql-info.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import { serve } from "./index.js";
import { receiveWindow } from "./receive-window.js";
import { codeOf, RawClient, withServer } from "./raw-client.test.js";
import { sendBatches } from "./send.js";

const log = () => undefined;
const schema = { fields: [field("i", int64)] };
const batch = batchOfValues(schema, [[1n]]);
const ingest = packAny("CommandStatementIngest", {
  tableDefinitionOptions: { ifNotExist: 1, ifExists: 2 },
  table: "t",
});

async function inFolder(body: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "flightsync-server-"));
  try {
    await body(join(folder, "data.duckdb"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("read only", () => {
  const refused = [
    "INSERT INTO t VALUES (1)",
    "CREATE TABLE x (i INTEGER)",
    "DROP TABLE t",
    "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
    "COPY t TO 'never.csv'",
    "ATTACH ':memory:' AS m",
    "SET threads = 1",
    "SELECT 1; DROP TABLE t",
    "SELECT nextval('s')",
  ];
  async function check(client: RawClient): Promise<void> {
    assert.deepEqual((await client.query("FROM t")).columns, [[7n]]);
    await client.query("EXPLAIN FROM t");
    for (const sql of refused) {
      const isRefused = (error: unknown) =>
        codeOf(error) === Status.PERMISSION_DENIED;
      await assert.rejects(client.query(sql), isRefused, sql);
      await assert.rejects(client.update(sql), isRefused, sql);
    }
    await assert.rejects(
      client.ingest(ingest, schema, [batch]),
      (error) => codeOf(error) === Status.PERMISSION_DENIED,
    );
    const transaction = await client.begin();
    assert.deepEqual((await client.query("FROM t", transaction)).columns, [
      [7n],
    ]);
    await client.end(transaction, 1);
    const info = await client.run(
      packAny("CommandGetSqlInfo", {
        info: [SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY],
      }),
    );
    assert.deepEqual(info.columns[1], [{ typeId: 1, value: true }]);
    assert.deepEqual((await client.query("FROM t")).columns, [[7n]]);
  }
  const initSql = "CREATE TABLE t AS SELECT 7 AS i; CREATE SEQUENCE s";

  it("refuses what writes to a database in memory, but for its owner", async () => {
    await withServer({ readOnly: true, initSql }, async (client, server) => {
      await check(client);
      await server.run("INSERT INTO t VALUES (8)");
      assert.deepEqual((await client.query("SELECT count(*) FROM t")).columns, [
        [2n],
      ]);
    });
  });

  it("refuses what writes to a file", async () => {
    await inFolder(async (database) => {
      await withServer({ database, initSql }, () => Promise.resolve());
      await withServer({ database, readOnly: true }, check);
    });
  });
});

test("a file keeps what was loaded", async () => {
  await inFolder(async (database) => {
    await withServer({ database }, async (client) => {
      assert.equal(await client.ingest(ingest, schema, [batch, batch]), 2n);
    });
    await withServer({ database }, async (client) => {
      assert.deepEqual((await client.query("FROM t")).columns, [[1n, 1n]]);
    });
  });
});

test("settings of one call reach no other", async () => {
  await withServer({}, async (client) => {
    await client.update("SET TimeZone = 'Pacific/Chatham'; SELECT 1");
    const { columns } = await client.query(
      "SELECT current_setting('TimeZone')",
    );
    assert.notEqual(columns[0]?.[0], "Pacific/Chatham");
  });
});

test("what cannot be served is a failure of the configuration", async () => {
  const isConfig = (error: unknown) =>
    error instanceof Failure && error.code === "invalid_config";
  await using server = await serve({ port: 0, log });
  await assert.rejects(serve({ port: server.port, log }), isConfig);
  await assert.rejects(
    serve({ port: 0, log, database: "/no/such/folder/x.duckdb" }),
    isConfig,
  );
  await assert.rejects(
    serve({ port: 0, log, initSql: "selec" }),
    /Parser Error/,
  );
});

test("a password is wanted, or a warning given, beyond this machine", async () => {
  const warnings: string[] = [];
  const server = await serve({
    host: "0.0.0.0",
    port: 0,
    log: (level, text) => {
      if (level === "warn") warnings.push(text);
    },
  });
  await server[Symbol.asyncDispose]();
  assert.match(warnings.join(), /no password/);
});

test("closing twice is closing once", async () => {
  const server = await serve({ port: 0, log });
  await Promise.all([
    server[Symbol.asyncDispose](),
    server[Symbol.asyncDispose](),
  ]);
  const client = new RawClient(server);
  await assert.rejects(
    client.query("SELECT 1"),
    (error) => codeOf(error) === Status.UNAVAILABLE,
  );
  client.close();
});

test("clients may send 16 MiB ahead, per stream and per connection", async () => {
  await using server = await serve({ port: 0, log });
  const session = connect(`http://127.0.0.1:${String(server.port)}`);
  await new Promise<void>((resolve) => {
    session.on("remoteSettings", ({ initialWindowSize }) => {
      if (initialWindowSize === receiveWindow) resolve();
    });
  });
  // The WINDOW_UPDATE of the connection came before the second SETTINGS or comes with it.
  await new Promise((resolve) => session.ping(resolve));
  assert.equal(session.state.remoteWindowSize, receiveWindow);
  session.destroy();
});

test("a client that does not read stops the rows from being made", async () => {
  const gone = new AbortController();
  let made = 0;
  async function* batches(): AsyncGenerator<Batch> {
    for (;;) {
      made++;
      yield await Promise.resolve(batch);
    }
  }
  const waiting: (() => void)[] = [];
  const stream = {
    write: (_: FlightDataParts, taken: () => void) => {
      waiting.push(taken);
      return true;
    },
  } as Parameters<typeof sendBatches>[0];
  const caller = {
    user: "",
    sessionId: { id: "", isKept: false },
    onDisconnect: () => () => undefined,
    session: "",
    readOnly: false,
    output: { batchSize: {}, compression: undefined },
    record: { rows: 0, bytes: 0 },
    signal: gone.signal,
  };
  const options = { keep: false };
  const sent = sendBatches(stream, schema, batches(), caller, options);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  // The schema and two batches.
  assert.equal(waiting.length, 3);
  assert.equal(made, 2);
  waiting.shift()?.();
  await settle();
  assert.equal(made, 3);
  gone.abort();
  await assert.rejects(
    sent,
    (error) => error instanceof Failure && error.code === "cancelled",
  );
});

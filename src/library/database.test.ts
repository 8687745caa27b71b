import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { after, before, describe, test } from "node:test";
import { Table, tableFromArrays, vectorFromArray, Int32 } from "apache-arrow";
import type { RecordBatch } from "apache-arrow";
import { serve } from "../server/index.js";
import type { Server } from "../server/index.js";
import { connect } from "./database.js";
import type { Database } from "./database.js";

const rows = new Table({
  id: vectorFromArray([1, 2, 3], new Int32()),
  name: vectorFromArray(["one", null, "three"]),
});

/** Values as they are told, column by column. */
function columnsOf(table: Table): Record<string, unknown[]> {
  return Object.fromEntries(
    table.schema.fields.map(({ name }) => [
      name,
      [...(table.getChild(name) ?? [])] as unknown[],
    ]),
  );
}

describe("connect", { timeout: 120_000 }, () => {
  let server: Server;
  let db: Database;

  before(async () => {
    server = await serve({ port: 0, log: () => undefined });
    db = await connect(server.url);
  });
  after(async () => {
    await db.close();
    await server[Symbol.asyncDispose]();
  });

  async function all(sql: string): Promise<Record<string, unknown[]>> {
    return columnsOf(await (await db.query(sql)).table());
  }

  test("a query is an iterable of record batches with a schema", async () => {
    const result = await db.query(
      "SELECT i AS n, i::VARCHAR AS t, [i, NULL] AS l FROM range(100000) r(i)",
    );
    assert.deepEqual(
      result.schema.fields.map(({ name, type }) => `${name} ${String(type)}`),
      ["n Int64", "t Utf8", "l List<Int64>"],
    );
    let next = 0n;
    let batches = 0;
    for await (const batch of result) {
      batches++;
      for (const n of batch.getChildAt(0) ?? []) assert.equal(n, next++);
      assert.equal(batch.getChild("t")?.get(0), String(batch.get(0)?.["n"]));
    }
    assert.equal(next, 100_000n);
    assert.ok(batches > 1);
  });

  test("a URL that is none is refused with what to write, also for callers without types", async () => {
    const untyped: (url: unknown) => Promise<Database> = connect as never;
    for (const url of [undefined, { url: server.url }, 5])
      await assert.rejects(untyped(url), {
        code: "invalid_config",
        message: /takes the URL first/,
      });
    await assert.rejects(connect("nonsense"), { code: "invalid_config" });
  });

  test("a result without rows has its columns; one is read only once", async () => {
    const result = await db.query("SELECT 1 AS a WHERE false");
    const table = await result.table();
    assert.equal(table.numRows, 0);
    assert.equal(table.schema.fields[0]?.name, "a");
    await assert.rejects(result.table(), /only once/);
  });

  test("an error of the query is told with the server's text", async () => {
    await assert.rejects(
      db.query("SELECT * FROM nowhere"),
      /nowhere does not exist/,
    );
  });

  test("a loop that is left ends the call, and so does `await using`", async () => {
    for await (const batch of await db.query("SELECT * FROM range(10000000)")) {
      assert.ok(batch.numRows > 0);
      break;
    }
    {
      await using unread = await db.query("SELECT * FROM range(10000000)");
      assert.equal(unread.schema.fields.length, 1);
    }
    assert.deepEqual(await all("SELECT 1 AS a"), { a: [1] });
  });

  test("an AbortSignal ends a query while it is read", async () => {
    const abort = new AbortController();
    const result = await db.query("SELECT * FROM range(1000000000000)", {
      signal: abort.signal,
    });
    await assert.rejects(
      async () => {
        for await (const batch of result) {
          assert.ok(batch.numRows > 0);
          abort.abort();
        }
      },
      { name: "Failure", code: "cancelled" },
    );
  });

  test("ingest: each mode does what it says", async () => {
    assert.equal(await db.ingest("modes", rows), 3);
    await assert.rejects(db.ingest("modes", rows), /exist/);
    assert.equal(await db.ingest("modes", rows, { mode: "append" }), 3);
    await assert.rejects(
      db.ingest("missing", rows, { mode: "append" }),
      /missing/,
    );
    assert.deepEqual(await all("SELECT count(*) AS n FROM modes"), { n: [6n] });
    await db.ingest("modes", rows, { mode: "replace" });
    assert.deepEqual(await all("SELECT id, name FROM modes ORDER BY id"), {
      id: [1, 2, 3],
      name: ["one", null, "three"],
    });
    await db.ingest("modes", rows, { mode: "create_append" });
    assert.deepEqual(await all("SELECT count(*) AS n FROM modes"), { n: [6n] });
  });

  test("ingest: from iterables of tables and record batches, sync and async", async () => {
    const [batch] = rows.batches;
    assert.ok(batch);
    await db.ingest("iterables", batch);
    await db.ingest("iterables", [batch, rows], { mode: "append" });
    async function* source(): AsyncGenerator<Table | RecordBatch> {
      yield await Promise.resolve(rows.slice(1, 3));
      yield rows;
    }
    assert.equal(await db.ingest("iterables", source(), { mode: "append" }), 5);
    const count = "SELECT count(*) AS n, count(name) AS t FROM iterables";
    assert.deepEqual(await all(count), { n: [14n], t: [9n] });
  });

  test("ingest: from a result of another query, rows as they come", async () => {
    const source = await db.query("SELECT i FROM range(50000) r(i)");
    assert.equal(await db.ingest("copied", source), 50_000);
  });

  test("ingest: what cannot be one table is refused, and nothing is loaded", async () => {
    await assert.rejects(db.ingest("none", []), { code: "invalid_input" });
    const other = tableFromArrays({ id: ["text"] });
    await assert.rejects(db.ingest("none", [rows, other]), {
      code: "invalid_input",
    });
    async function* failing(): AsyncGenerator<Table> {
      yield await Promise.resolve(rows);
      throw new Error("the source broke");
    }
    await assert.rejects(db.ingest("none", failing()), /the source broke/);
    await assert.rejects(db.query("SELECT * FROM none"), /does not exist/);
  });

  test("transactions: committed, rolled back, and by themselves", async () => {
    await db.update("CREATE TABLE kept (id INTEGER, name VARCHAR)");
    const returned = await db.transaction(async (tx) => {
      await tx.ingest("kept", rows, { mode: "append" });
      assert.equal(await tx.update("DELETE FROM kept WHERE id = 3"), 1);
      const seen = await (await tx.query("SELECT id FROM kept")).table();
      return seen.numRows;
    });
    assert.equal(returned, 2);
    await assert.rejects(
      db.transaction(async (tx) => {
        await tx.ingest("kept", rows, { mode: "append" });
        await tx.update("DELETE FROM kept WHERE id = 1");
        throw new Error("thought again");
      }),
      /thought again/,
    );
    {
      await using tx = await db.begin();
      await tx.update("DELETE FROM kept");
    }
    const tx = await db.begin();
    await tx.update("INSERT INTO kept VALUES (9, 'nine')");
    await tx.commit();
    await assert.rejects(tx.update("DELETE FROM kept"), { code: "usage" });
    assert.deepEqual(await all("SELECT id FROM kept ORDER BY id"), {
      id: [1, 2, 9],
    });
  });

  test("parameters are bound, not written into the SQL: one row and many", async () => {
    await db.update(
      "CREATE TABLE bound (n BIGINT, t VARCHAR, d DOUBLE, b BOOLEAN, x BLOB, m TIMESTAMPTZ)",
    );
    const insert = "INSERT INTO bound VALUES (?, ?, ?, ?, ?, ?)";
    const moment = new Date("2024-02-29T12:34:56.789Z");
    const bytes = Uint8Array.of(0, 255);
    const quote = "it's; DROP TABLE bound --";
    assert.equal(
      await db.update(insert, {
        params: [2n ** 62n, quote, 0.5, true, bytes, moment],
      }),
      1,
    );
    assert.equal(
      await db.update(insert, { params: [1, null, 2, false, null, null] }),
      1,
    );
    const sql =
      "SELECT * EXCLUDE m, epoch_ms(m) AS m FROM bound WHERE n >= ? ORDER BY n";
    const found = await (await db.query(sql, { params: [1n] })).table();
    assert.deepEqual(columnsOf(found), {
      n: [1n, 2n ** 62n],
      t: [null, quote],
      d: [2, 0.5],
      b: [false, true],
      x: [null, bytes],
      m: [null, BigInt(moment.getTime())],
    });
    await db.update("CREATE TABLE many (id INTEGER, name VARCHAR)");
    await using statement = await db.prepare("INSERT INTO many VALUES (?, ?)");
    assert.equal(await statement.update({ params: rows }), 3);
    assert.deepEqual(await all("SELECT name FROM many ORDER BY id"), {
      name: ["one", null, "three"],
    });
  });

  test("a wrong number of parameters is refused", async () => {
    await assert.rejects(db.query("SELECT ?::INTEGER", { params: [1, 2] }));
    assert.deepEqual(await all("SELECT 1 AS a"), { a: [1] });
  });

  test("a prepared statement tells its schema and runs again with other values", async () => {
    await using statement = await db.prepare("SELECT ?::BIGINT + 1 AS next");
    assert.equal(statement.schema?.fields[0]?.name, "next");
    assert.equal(statement.isUpdate, false);
    for (const n of [1n, 41n]) {
      const result = await statement.query({ params: [n] });
      assert.deepEqual(columnsOf(await result.table()), { next: [n + 1n] });
    }
  });

  test("an incremental query tells how far it is and gives the same rows", async () => {
    const told: (number | undefined)[] = [];
    const result = await db.query("SELECT sum(i) AS s FROM range(1000) r(i)", {
      incremental: true,
      onProgress: (progress) => told.push(progress),
    });
    const { numRows } = await result.table();
    assert.equal(numRows, 1);
    assert.ok(told.length > 0);
  });

  test("a schema without running the query, and a query that is cancelled", async () => {
    const schema = await db.executeSchema("SELECT 1 AS a, 'x' AS b");
    assert.deepEqual(
      schema.fields.map(({ name }) => name),
      ["a", "b"],
    );
    // Often, since it depends on where the server is: between two batches it must not seem to have come to the end.
    for (let i = 0; i < 30; i++) {
      await using result = await db.query("SELECT * FROM range(1000000000000)");
      assert.equal(await result.cancel(), "cancelled");
      await assert.rejects(result.table(), { code: "cancelled" });
    }
  });

  test("a signal that outlives queries is left alone by those that were read", async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 3; i++) {
      const result = await db.query("SELECT 1", { signal });
      assert.equal((await result.table()).numRows, 1);
    }
    await assert.rejects(
      async () =>
        (await db.query("SELECT error('no rows')", { signal })).table(),
      /no rows/,
    );
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });

  test("session options hold for the statements of a connection, and for it alone", async () => {
    await db.update("CREATE SCHEMA other");
    await db.update("CREATE TABLE other.only_there (a INTEGER)");
    await using session = await connect(server.url, {
      sessionOptions: { schema: "other" },
    });
    assert.equal((await session.getSessionOptions()).get("schema"), "other");
    const found = await (await session.query("FROM only_there")).table();
    assert.equal(found.numRows, 0);
    await assert.rejects(db.query("FROM only_there"), /does not exist/);
    await assert.rejects(session.setSessionOptions({ nonsense: "x" }), {
      code: "invalid_config",
      message: /nonsense: INVALID_NAME/,
    });
  });

  test("metadata tells tables, columns and keys", async () => {
    await db.update(
      "CREATE TABLE main.keyed (b INTEGER, a INTEGER, PRIMARY KEY (a, b))",
    );
    const [found] = await db.tables({
      tablePattern: "keyed",
      includeSchema: true,
    });
    assert.equal(found?.table, "keyed");
    assert.deepEqual(
      found.schema?.fields.map(({ name }) => name),
      ["b", "a"],
    );
    assert.deepEqual(await db.primaryKeys("keyed"), ["a", "b"]);
    assert.ok((await db.catalogs()).includes("memory"));
    assert.ok((await db.dbSchemas()).includes("main"));
    assert.ok((await db.sqlInfo()).size > 3);
  });
});

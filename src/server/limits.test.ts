import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { packAny } from "../drivers/flight/sql-messages.js";
import type { Server } from "./index.js";
import { codeOf, RawClient, ticketOf, withServer } from "./raw-client.test.js";

const endless = packAny("CommandStatementQuery", {
  query: "SELECT repeat('x', 1000) FROM range(1000000000)",
});
const one = packAny("CommandStatementQuery", { query: "SELECT 1" });

/** A query that runs for as long as its call is open, on a connection of its own. */
async function running(server: Server) {
  const client = new RawClient(server);
  const call = client.open(ticketOf(await client.info(endless)));
  call.on("error", () => undefined);
  await once(call, "data");
  call.pause();
  return {
    cancel: () => {
      call.cancel();
      client.close();
    },
  };
}

test("queries wait for a slot, and too many that wait are told when to come again", async () => {
  const limits = { maxQueries: 1, maxQueuedQueries: 1 };
  await withServer(limits, async (client, server) => {
    // Planning is a query as well.
    const tickets = [
      ticketOf(await client.info(one)),
      ticketOf(await client.info(one)),
    ] as const;
    const first = await running(server);
    const waits = client.get(tickets[0]);
    await assert.rejects(client.get(tickets[1]), (error) => {
      assert.equal(codeOf(error), Status.UNAVAILABLE);
      const { metadata, details } = error as ServiceError;
      assert.match(details, /busy/);
      // google.rpc.Status: code 14, the text, an Any with RetryInfo of Duration{seconds: 1}, as Google's own protobuf writes it.
      const [rich] = metadata.get("grpc-status-details-bin");
      const text = Buffer.from(details).toString("hex");
      const length = Buffer.from([details.length]).toString("hex");
      assert.equal(
        (rich as Buffer).toString("hex"),
        `080e12${length}${text}1a300a28${Buffer.from("type.googleapis.com/google.rpc.RetryInfo").toString("hex")}12040a020801`,
      );
      return true;
    });
    // What is no query needs no slot, and a refused ticket is still good.
    await client.act(
      "BeginTransaction",
      packAny("ActionBeginTransactionRequest", {}),
    );
    first.cancel();
    assert.deepEqual((await waits).columns, [[1n]]);
    assert.deepEqual((await client.get(tickets[1])).columns, [[1n]]);
  });
});

test("a query that is given up while it waits leaves its place", async () => {
  const limits = { maxQueries: 1, maxQueuedQueries: 1 };
  await withServer(limits, async (client, server) => {
    const tickets = [
      ticketOf(await client.info(one)),
      ticketOf(await client.info(one)),
    ] as const;
    const first = await running(server);
    const given = client.open(tickets[0]);
    const failed = once(given, "error");
    // Calls of a connection reach the server in order.
    await client.begin();
    given.cancel();
    await failed;
    await client.begin();
    const waits = client.get(tickets[1]);
    first.cancel();
    assert.deepEqual((await waits).columns, [[1n]]);
  });
});

test("a message beyond the limit is refused, and the server goes on", async () => {
  await withServer({ maxMessageBytes: 10_000 }, async (client) => {
    const sql = `SELECT '${"x".repeat(20_000)}'`;
    await assert.rejects(client.query(sql), {
      code: Status.RESOURCE_EXHAUSTED,
    });
    await assert.rejects(client.update(sql), {
      code: Status.RESOURCE_EXHAUSTED,
    });
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
  });
});

test("a transaction that nobody uses is rolled back", async () => {
  const said = new EventEmitter();
  const warned = once(said, "warn");
  const log = (level: string, text: string) => {
    said.emit(level, text);
  };
  const options = { idleTransactionSeconds: 1, log };
  await withServer(options, async (client, server) => {
    await server.run("CREATE TABLE t (i INTEGER)");
    const transaction = await client.begin();
    await client.update("INSERT INTO t VALUES (1)", transaction);
    assert.match(String(await warned), /rolled back after 1 s/);
    await assert.rejects(client.query("FROM t", transaction), {
      code: Status.NOT_FOUND,
    });
    assert.deepEqual((await client.query("FROM t")).columns, []);
  });
});

test("a session that nobody uses is closed", async () => {
  const said = new EventEmitter();
  const warned = once(said, "warn");
  const log = (level: string, text: string) => {
    said.emit(level, text);
  };
  await withServer({ idleSessionSeconds: 1, log }, async (client) => {
    await client.query("SELECT 1");
    client.keepCookie();
    await client.update("CREATE TEMP TABLE kept AS SELECT 42 AS i");
    assert.match(String(await warned), /session was closed after 1 s/);
    await assert.rejects(client.query("FROM kept"), {
      code: Status.NOT_FOUND,
    });
  });
});

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { batchOfValues } from "../arrow/plain-values.js";
import { field, int32 } from "../arrow/schema.js";
import { DescriptorType } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import type { Server } from "./index.js";
import {
  codeOf,
  ingestMessages,
  prepare,
  RawClient,
  ticketOf,
  withServer,
} from "./raw-client.test.js";

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
    const answers = tickets.map((ticket) => client.get(ticket));
    // Which of the two came first is not known, only that it waits and the other one is refused.
    const refused = await Promise.any(
      answers.map(async (answer, i) => {
        const error: unknown = await answer.then(
          () => assert.fail("a query ran beside another"),
          (reason: unknown) => reason,
        );
        return { error, ticket: tickets[i] as Uint8Array, other: 1 - i };
      }),
    );
    const { metadata, details, code } = refused.error as ServiceError;
    assert.equal(code, Status.UNAVAILABLE);
    assert.match(details, /busy/);
    // google.rpc.Status: code 14, the text, an Any with RetryInfo of Duration{seconds: 1}, as Google's own protobuf writes it.
    const [rich] = metadata.get("grpc-status-details-bin");
    const text = Buffer.from(details).toString("hex");
    const length = Buffer.from([details.length]).toString("hex");
    assert.equal(
      (rich as Buffer).toString("hex"),
      `080e12${length}${text}1a300a28${Buffer.from("type.googleapis.com/google.rpc.RetryInfo").toString("hex")}12040a020801`,
    );
    // What is no query needs no slot, and a refused ticket is still good.
    await client.begin();
    first.cancel();
    assert.deepEqual((await answers[refused.other])?.columns, [[1n]]);
    assert.deepEqual((await client.get(refused.ticket)).columns, [[1n]]);
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

/** Takes the only slot of a server where nobody may wait: of two rivals one is refused, so the other has it. */
async function occupied(server: Server) {
  const never =
    "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1";
  const cmd = packAny("CommandStatementUpdate", { query: never });
  const client = new RawClient(server);
  const rivals = [client.openPut(), client.openPut()];
  const ends = rivals.map((call) => {
    call.end({ descriptor: { type: DescriptorType.CMD, cmd } });
    return once(call, "error");
  });
  await Promise.race(ends);
  return {
    cancel: async () => {
      for (const call of rivals) call.cancel();
      await Promise.all(ends);
      const isFree = () =>
        client.update("SELECT 1").then(
          () => true,
          () => false,
        );
      while (!(await isFree()));
      client.close();
    },
  };
}

test("whatever runs a query takes a slot, with whatever call it comes", async () => {
  const limits = { maxQueries: 1, maxQueuedQueries: 0, endpoints: 2 };
  await withServer(limits, async (client, server) => {
    await server.run("CREATE TABLE t (i INTEGER)");
    const schema = { fields: [field("i", int32)] };
    const rows = batchOfValues(schema, [[1n, 2n]]);
    const bound = await prepare(client, "SELECT ?::INTEGER AS i");
    const insert = await prepare(client, "INSERT INTO t VALUES (?)");
    await client.bind(ingestMessages(bound.query, schema, [rows]));
    const ingest = packAny("CommandStatementIngest", {
      tableDefinitionOptions: { ifNotExist: 2, ifExists: 2 },
      table: "t",
    });
    const tables = packAny("CommandGetTables", { includeSchema: true });
    const sent = {
      "a SELECT for several endpoints": () => client.info(one),
      "DDL in GetFlightInfo": () => client.query("CREATE TABLE u (i INTEGER)"),
      "several statements": () => client.query("SELECT 1; SELECT 2"),
      "DML in DoPut": () => client.update("INSERT INTO t VALUES (3)"),
      "a SELECT with parameters": () => client.info(bound.query),
      "DML with parameters": () =>
        client.put(ingestMessages(insert.update, schema, [rows])),
      "an ingest": () => client.ingest(ingest, schema, [rows]),
      "a metadata command": () => client.get(tables),
      PollFlightInfo: () => client.poll({ type: DescriptorType.CMD, cmd: one }),
    };
    const other = await occupied(server);
    const isBusy = (error: unknown) => codeOf(error) === Status.UNAVAILABLE;
    for (const [what, send] of Object.entries(sent))
      await assert.rejects(send(), isBusy, what);
    // What runs nothing: to prepare, to bind, to tell a schema, to begin.
    await prepare(client, "SELECT 1");
    await client.bind(ingestMessages(bound.query, schema, [rows]));
    await client.schema(one);
    await client.end(await client.begin(), 2);
    await other.cancel();
    for (const send of Object.values(sent)) await send();
  });
});

test("a slow reader's own transaction goes on, whatever the number of slots", async () => {
  await withServer({ maxQueries: 1 }, async (client, server) => {
    await server.run("CREATE TABLE t (i INTEGER)");
    const transactionId = await client.begin();
    const query = packAny("CommandStatementQuery", {
      query: "SELECT repeat('x', 1000) FROM range(20000)",
      transactionId,
    });
    const reader = new RawClient(server);
    const call = reader.open(ticketOf(await client.info(query)));
    await once(call, "data");
    call.pause();
    assert.equal(
      await client.update("INSERT INTO t VALUES (1)", transactionId),
      1n,
    );
    call.resume();
    await once(call, "end");
    await client.end(transactionId, 1);
    reader.close();
  });
});

test("rows that cannot be kept do not make way for another call, and none is lost", async () => {
  await withServer({ maxStoredBytes: 100_000 }, async (client) => {
    const transactionId = await client.begin();
    const query = packAny("CommandStatementQuery", {
      query: "SELECT range AS i, repeat('x', 1000) FROM range(20000)",
      transactionId,
    });
    const table = client.run(query);
    const update = client.update("SELECT 1", transactionId);
    const { columns } = await table;
    assert.equal(new Set(columns[0]).size, 20_000);
    await update;
    // Nothing of it counts any more.
    await client.info(
      packAny("CommandStatementQuery", {
        query: "SELECT 1; SELECT repeat('x', 90000)",
      }),
    );
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

test("a transaction whose client has gone is rolled back at once, and is in nobody's way", async () => {
  const said = new EventEmitter();
  const warned = once(said, "warn");
  const log = (level: string, text: string) => {
    said.emit(level, text);
  };
  await withServer({ maxTransactions: 1, log }, async (client, server) => {
    await server.run("CREATE TABLE t (i INTEGER)");
    const transaction = await client.begin();
    await client.update("DROP TABLE t", transaction);
    client.close();
    assert.match(String(await warned), /rolled back as its client has gone/);
    const next = new RawClient(server);
    await next.end(await next.begin(), 2);
    await next.update("DROP TABLE t");
    next.close();
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

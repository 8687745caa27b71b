import assert from "node:assert/strict";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { batchOfValues } from "../arrow/plain-values.js";
import { field, int64, utf8 } from "../arrow/schema.js";
import { CancelFlightInfoRequest } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import {
  ingestMessages,
  prepare,
  RawClient,
  ticketOf,
  withServer,
} from "./raw-client.test.js";

const isFull = {
  code: Status.RESOURCE_EXHAUSTED,
  details:
    /no more than 1000000 bytes .* for all clients together \(--max-stored-bytes\)/,
};

/** About 600 KB of rows. */
const large = packAny("CommandStatementQuery", {
  query: "SELECT range AS i FROM range(75000)",
});

const tooLarge = packAny("CommandStatementQuery", {
  query: "SELECT range AS i FROM range(150000)",
});

test("results that wait to be fetched are bounded in sum over all clients", async () => {
  const users = ["ann", "bob"].map((name) => ({ name, password: name }));
  const options = { maxStoredBytes: 1_000_000, endpoints: 2, users };
  await withServer(options, async (ann, server) => {
    ann.authorize(`Basic ${btoa("ann:ann")}`);
    const bob = new RawClient(server).authorize(`Basic ${btoa("bob:bob")}`);
    const first = await ann.info(large);
    await assert.rejects(bob.info(large), isFull);
    await ann.act(
      "CancelFlightInfo",
      CancelFlightInfoRequest.encode({ info: first }),
    );
    // What was refused holds nothing.
    await assert.rejects(bob.info(tooLarge), isFull);
    const second = await bob.info(large);
    await assert.rejects(ann.info(large), isFull);
    // What was read to its end may be read again, but makes room.
    for (const { ticket } of second.endpoint)
      await bob.get(ticket?.ticket ?? new Uint8Array(0));
    await bob.get(ticketOf(second));
    await ann.info(large);
    await assert.rejects(bob.get(ticketOf(second)), { code: Status.NOT_FOUND });
    bob.close();
  });
});

test("a result that is good for one fetch makes room once it is fetched", async () => {
  await withServer({ maxStoredBytes: 1_000_000 }, async (client) => {
    const two = packAny("CommandStatementQuery", {
      query: "SELECT 1; SELECT range AS i FROM range(75000)",
    });
    const info = await client.info(two);
    await assert.rejects(client.info(two), isFull);
    assert.equal((await client.get(ticketOf(info))).columns[0]?.length, 75_000);
    await client.info(two);
  });
});

test("bound parameters and prepared texts count as long as they are kept", async () => {
  await withServer({ maxStoredBytes: 1_000_000 }, async (client) => {
    const schema = { fields: [field("i", int64)] };
    const values = Array.from({ length: 75_000 }, (_, i) => BigInt(i));
    const rows = batchOfValues(schema, [values]);
    const first = await prepare(client, "SELECT ?::BIGINT");
    const second = await prepare(client, "SELECT ?::BIGINT");
    const bind = ({ query }: typeof first) =>
      client.bind(ingestMessages(query, schema, [rows]));
    await bind(first);
    await assert.rejects(bind(second), isFull);
    // Others take the place of what was bound before.
    const few = batchOfValues(schema, [[1n]]);
    await client.bind(ingestMessages(first.query, schema, [few]));
    await bind(second);
    await second.close();
    await bind(first);
    await first.close();
    const long = await prepare(client, `SELECT '${"x".repeat(600_000)}'`);
    await assert.rejects(
      prepare(client, `SELECT '${"y".repeat(600_000)}'`),
      isFull,
    );
    await long.close();
    await prepare(client, `SELECT '${"y".repeat(600_000)}'`);
  });
});

test("parameters of an update hold nothing behind it", async () => {
  await withServer({ maxStoredBytes: 1_000_000 }, async (client, server) => {
    await server.run("CREATE TABLE t (s VARCHAR)");
    const schema = { fields: [field("s", utf8)] };
    const rows = batchOfValues(schema, [["x".repeat(600_000)]]);
    const insert = await prepare(client, "INSERT INTO t VALUES (?)");
    const wrong = await prepare(client, "INSERT INTO t SELECT ?::INTEGER");
    for (let i = 0; i < 3; i++) {
      await client.put(ingestMessages(insert.update, schema, [rows]));
      await assert.rejects(
        client.put(ingestMessages(wrong.update, schema, [rows])),
        { code: Status.INVALID_ARGUMENT },
      );
    }
  });
});

test("metadata is bounded too, and gives its room back", async () => {
  await withServer({ maxStoredBytes: 10_000 }, async (client) => {
    const types = packAny("CommandGetTableTypes", {});
    for (let i = 0; i < 500; i++) await client.run(types);
    await assert.rejects(client.run(packAny("CommandGetSqlInfo", {})), {
      code: Status.RESOURCE_EXHAUSTED,
    });
  });
});

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { inspect } from "node:util";
import { status as Status } from "@grpc/grpc-js";
import { DescriptorType } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { RawClient, ticketOf, withServer } from "./raw-client.test.js";

/** Would run for hours. */
const endless =
  "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1";
const endlessRows = "SELECT repeat('x', 1000) FROM range(1000000000000)";

const isOver = {
  code: Status.DEADLINE_EXCEEDED,
  details: /^the statement was stopped after 0\.25 s.*--query-timeout/,
};

test("a statement that runs for too long is stopped, with whatever call it came", async () => {
  // One slot: what was not stopped would leave none for the next.
  const options = { querySeconds: 0.25, maxQueries: 1 };
  await withServer(options, async (client, server) => {
    await assert.rejects(client.query(endless), isOver);
    await assert.rejects(client.update(endless), isOver);
    await assert.rejects(client.query(`SELECT 1; ${endless}`), isOver);
    const transaction = await client.begin();
    await assert.rejects(client.query(endless, transaction), isOver);
    await client.end(transaction, 2);
    const cmd = packAny("CommandStatementQuery", { query: endless });
    await assert.rejects(async () => {
      let polled = await client.poll({ type: DescriptorType.CMD, cmd });
      while (polled.flightDescriptor !== undefined)
        polled = await client.poll(polled.flightDescriptor);
    }, isOver);
    // A result that is read too slowly runs all the while.
    const query = packAny("CommandStatementQuery", { query: endlessRows });
    const reader = new RawClient(server);
    const call = reader.open(ticketOf(await client.info(query)));
    await once(call, "data");
    call.pause();
    const failed = once(call, "error");
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    call.resume();
    const [error] = (await failed) as [{ code: Status; details: string }];
    assert.equal(error.code, isOver.code);
    assert.match(error.details, isOver.details);
    reader.close();
  });
});

test("clients are told how long that is", async () => {
  const told = async (client: RawClient) => {
    const info = packAny("CommandGetSqlInfo", { info: [100] });
    return inspect((await client.run(info)).columns[1], { depth: 5 });
  };
  await withServer({ querySeconds: 90 }, async (client) => {
    assert.match(await told(client), /value: 90000n/);
  });
  await withServer({}, async (client) => {
    assert.doesNotMatch(await told(client), /value: 90000n/);
  });
});

test("a client's own deadline stops its query on the server", async () => {
  const said = new EventEmitter();
  // The client cancels when its time is up, which may reach the server a moment before it sees that itself.
  const log = (_: string, text: string) => {
    if (/^Do(Get|Put) (DEADLINE_EXCEEDED|CANCELLED)/.test(text))
      said.emit("stopped");
  };
  await withServer({ maxQueries: 1, log }, async (client, server) => {
    const waits = new RawClient(server);
    const cmd = packAny("CommandStatementQuery", { query: endless });
    const ticket = ticketOf(await client.info(cmd));
    for (const send of [
      () => client.get(ticket),
      () => client.update(endless),
    ]) {
      const told = once(said, "stopped");
      client.options = { deadline: Date.now() + 1000 };
      await assert.rejects(send(), { code: Status.DEADLINE_EXCEEDED });
      await told;
      assert.deepEqual((await waits.query("SELECT 1")).columns, [[1n]]);
    }
    waits.close();
  });
});

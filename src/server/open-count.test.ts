import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import {
  CancelFlightInfoRequest,
  DescriptorType,
} from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { RawClient, withServer } from "./raw-client.test.js";

const users = [
  { name: "ann", password: "a" },
  { name: "bob", password: "b" },
];
const tooMany = (flag: string) => ({
  code: Status.RESOURCE_EXHAUSTED,
  details: new RegExp(`have no more \\(--${flag}\\)`),
});
const transactions = tooMany("max-transactions");
const polls = tooMany("max-polls");

const basic = (name: string, password: string) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;

test("a user has so many transactions, however many logins", async () => {
  const limits = { users, maxTransactions: 2 };
  await withServer(limits, async (client, server) => {
    const login = async (name: string, password: string) => {
      const one = new RawClient(server).authorize(basic(name, password));
      return one.authorize(`Bearer ${await one.handshake()}`);
    };
    const ann = await login("ann", "a");
    const again = await login("ann", "a");
    const bob = await login("bob", "b");
    const first = await ann.begin();
    await again.begin();
    for (const one of [ann, again, client.authorize(basic("ann", "a"))])
      await assert.rejects(one.begin(), transactions);
    await bob.begin();
    // Of the two that end it at once one finds nothing more to end, and it counts once.
    await Promise.allSettled([ann.end(first, 1), ann.end(first, 2)]);
    await ann.begin();
    await assert.rejects(ann.begin(), transactions);
    for (const one of [ann, again, bob]) one.close();
  });
});

test("transactions that begin at the same time are counted", async () => {
  await withServer({ maxTransactions: 3 }, async (client) => {
    const begun = await Promise.allSettled(
      Array.from({ length: 20 }, () => client.begin()),
    );
    const ids = begun.filter(({ status }) => status === "fulfilled");
    assert.equal(ids.length, 3);
  });
});

test("a transaction that nobody used does not count any more", async () => {
  const said = new EventEmitter();
  const warned = once(said, "warn");
  const limits = {
    maxTransactions: 1,
    idleTransactionSeconds: 1,
    log: (level: string, text: string) => {
      said.emit(level, text);
    },
  };
  await withServer(limits, async (client) => {
    await client.begin();
    await assert.rejects(client.begin(), transactions);
    await warned;
    await client.begin();
  });
});

test("a user has so many statements of PollFlightInfo until they end, fail or are cancelled", async () => {
  await withServer({ users, maxPolls: 2 }, async (client, server) => {
    client.authorize(basic("ann", "a"));
    const bob = new RawClient(server).authorize(basic("bob", "b"));
    const start = (query: string, one = client) =>
      one.poll({
        type: DescriptorType.CMD,
        cmd: packAny("CommandStatementQuery", { query }),
      });
    // Those that end at once, and those that cannot begin.
    for (let i = 0; i < 3; i++) {
      assert.equal((await start("SELECT 1")).flightDescriptor, undefined);
      await assert.rejects(start("FROM nowhere"), { code: Status.NOT_FOUND });
    }
    const endless =
      "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1";
    await start(endless);
    for (let i = 0; i < 2; i++) {
      const { info, flightDescriptor } = await start(endless);
      assert.ok(info !== undefined && flightDescriptor !== undefined);
      await assert.rejects(start("SELECT 1"), polls);
      // Other calls do not count, nor do other users, nor the next poll of the same.
      assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
      await start("SELECT 1", bob);
      // It ends for the poll that waits as well, and counts once.
      const waits = client.poll(flightDescriptor);
      const ended = assert.rejects(waits, { code: Status.CANCELLED });
      const request = CancelFlightInfoRequest.encode({ info });
      await client.act("CancelFlightInfo", request);
      await ended;
    }
    await start("SELECT 1");
    bob.close();
  });
});

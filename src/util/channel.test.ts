import assert from "node:assert/strict";
import { test } from "node:test";

import { Channel } from "./channel.js";

test("values come out in order, and send waits while the channel is full", async () => {
  const channel = new Channel<number>(2);
  const sent: number[] = [];
  const producer = (async () => {
    for (let value = 0; value < 10; value++) {
      await channel.send(value);
      sent.push(value);
    }
    channel.close();
  })();
  const received: number[] = [];
  let mostAhead = 0;
  for await (const value of channel) {
    received.push(value);
    mostAhead = Math.max(mostAhead, sent.length - received.length);
  }
  await producer;
  assert.deepEqual(received, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(mostAhead <= 2, `the producer was ${String(mostAhead)} ahead`);
});

test("a reason given to close is thrown to the consumer, and senders are told", async () => {
  const channel = new Channel<number>(1);
  assert.equal(await channel.send(1), true);
  const blocked = channel.send(2);
  channel.close({ reason: new Error("gone") });
  assert.equal(await blocked, false);
  await assert.rejects(async () => {
    for await (const value of channel) assert.fail(String(value));
  }, /gone/);
});

test("values sent before a plain close are still received", async () => {
  const channel = new Channel<number>(3);
  await channel.send(1);
  await channel.send(2);
  channel.close();
  const received: number[] = [];
  for await (const value of channel) received.push(value);
  assert.deepEqual(received, [1, 2]);
});

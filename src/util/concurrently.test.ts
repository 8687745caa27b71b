import assert from "node:assert/strict";
import { test } from "node:test";

import PQueue from "p-queue";

import { concurrently } from "./concurrently.js";

const never = new AbortController().signal;

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Resolves when the signal aborts, at once when it has. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}

test("everything arrives, with at most as many running as the queue allows", async () => {
  let running = 0;
  let most = 0;
  const run = async function* (item: number) {
    running++;
    most = Math.max(most, running);
    await Promise.resolve();
    yield item * 10;
    await Promise.resolve();
    yield item * 10 + 1;
    running--;
  };
  const queue = new PQueue({ concurrency: 2 });
  const all = await collect(concurrently(queue, [1, 2, 3, 4], never, run));
  assert.deepEqual(
    all.sort((a, b) => a - b),
    [10, 11, 20, 21, 30, 31, 40, 41],
  );
  assert.equal(most, 2);
});

test("the first error ends the others, even while they wait", async () => {
  const ended: number[] = [];
  const run = async function* (item: number, signal: AbortSignal) {
    try {
      yield item;
      if (item === 1) throw new Error("first");
      await aborted(signal);
    } finally {
      ended.push(item);
    }
  };
  const queue = new PQueue({ concurrency: 3 });
  await assert.rejects(
    collect(concurrently(queue, [1, 2, 3], never, run)),
    /first/,
  );
  assert.deepEqual(ended.sort(), [1, 2, 3]);
});

test("leaving the loop early closes every source", async () => {
  const closed: number[] = [];
  const run = async function* (item: number, signal: AbortSignal) {
    try {
      yield item;
      await aborted(signal);
    } finally {
      closed.push(item);
    }
  };
  const queue = new PQueue({ concurrency: 2 });
  for await (const value of concurrently(queue, [1, 2], never, run)) {
    assert.ok(value > 0);
    break;
  }
  assert.deepEqual(closed.sort(), [1, 2]);
});

test("an abort of the caller is thrown with its reason", async () => {
  const abort = new AbortController();
  const run = async function* () {
    yield 1;
    abort.abort(new Error("stop now"));
    await Promise.resolve();
    yield 2;
  };
  const queue = new PQueue({ concurrency: 1 });
  await assert.rejects(
    collect(concurrently(queue, [1], abort.signal, run)),
    /stop now/,
  );
});

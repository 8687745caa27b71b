import assert from "node:assert/strict";
import { test } from "node:test";

import { Budget } from "./budget.js";

const never = new AbortController().signal;

test("bytes are granted in order of asking, up to the limit", async () => {
  const budget = new Budget(100);
  const granted: string[] = [];
  const take = async (name: string, bytes: number) => {
    await budget.take(bytes, never);
    granted.push(name);
  };
  await take("a", 60);
  const b = take("b", 50);
  // Small enough to fit, but b asked first.
  const c = take("c", 10);
  assert.deepEqual(granted, ["a"]);
  budget.give(60);
  await Promise.all([b, c]);
  assert.deepEqual(granted, ["a", "b", "c"]);
});

test("one holder may exceed the whole budget, alone", async () => {
  const budget = new Budget(100);
  await budget.take(1_000, never);
  let second = false;
  const waiting = budget.take(1, never).then(() => {
    second = true;
  });
  assert.equal(second, false);
  budget.give(1_000);
  await waiting;
  assert.equal(second, true);
});

test("an abort ends the wait and frees the place in the line", async () => {
  const budget = new Budget(100);
  await budget.take(100, never);
  const abort = new AbortController();
  const refused = budget.take(50, abort.signal);
  const next = budget.take(100, never);
  abort.abort(new Error("given up"));
  await assert.rejects(refused, /given up/);
  budget.give(100);
  await next;
});

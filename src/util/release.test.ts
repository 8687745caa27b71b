import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ownMemory, release } from "./release.js";

test("what is released has no bytes any more, and its memory is free before any garbage collection", async () => {
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  const bytes = new Uint8Array(64 << 20);
  release([bytes.buffer]);
  assert.equal(bytes.byteLength, 0);
  // Ends with the test's own timeout where it is not.
  while (held() - before >= 64 << 20) await setImmediate();
});

test("only memory that a view has to itself is its own", () => {
  const alone = new Uint8Array(1 << 16);
  assert.equal(ownMemory(alone), alone.buffer);
  assert.equal(ownMemory(alone.subarray(1)), undefined);
  assert.equal(ownMemory(Buffer.allocUnsafe(100)), undefined);
  const shared = new Uint8Array(new SharedArrayBuffer(1 << 16));
  assert.equal(ownMemory(shared), undefined);
});

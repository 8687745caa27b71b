import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { HeldSignal } from "./held-signal.js";

test("a signal aborts with its parent, and with the parent's reason", () => {
  const parent = new AbortController();
  const { signal } = new HeldSignal(parent.signal, 1000);
  assert.equal(signal.aborted, false);
  parent.abort("why");
  assert.equal(signal.reason, "why");
  assert.ok(new HeldSignal(parent.signal, 1000).signal.aborted);
});

test("what holds it comes to its end first, also when it fails", async () => {
  for (const fails of [false, true]) {
    const parent = new AbortController();
    const held = new HeldSignal(parent.signal, 1000);
    const body = held.hold(async () => {
      parent.abort();
      await Promise.resolve();
      assert.equal(held.signal.aborted, false);
      if (fails) throw new Error("no");
      return 1;
    });
    if (fails) await assert.rejects(body, /no/);
    else assert.equal(await body, 1);
    assert.ok(held.signal.aborted);
  }
});

test("its patience ends", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const parent = new AbortController();
  const held = new HeldSignal(parent.signal, 1000);
  const body = held.hold(
    () =>
      new Promise<void>((resolve) => {
        held.signal.addEventListener("abort", () => {
          resolve();
        });
      }),
  );
  parent.abort();
  mock.timers.tick(999);
  assert.equal(held.signal.aborted, false);
  mock.timers.tick(1);
  assert.ok(held.signal.aborted);
  await body;
  mock.timers.reset();
});

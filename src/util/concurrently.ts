import type PQueue from "p-queue";

import { Channel } from "./channel.js";

/**
 * Runs `run` over all items, as many side by side as the queue allows, and yields what they give in order of
 * arrival. The first error ends the others and is thrown; so does leaving the loop early.
 *
 * @param queue may be shared: its concurrency then bounds all callers together.
 */
export async function* concurrently<T, R>(
  queue: PQueue,
  items: readonly T[],
  parent: AbortSignal,
  run: (item: T, signal: AbortSignal) => AsyncIterable<R>,
): AsyncGenerator<R, void, undefined> {
  const abort = new AbortController();
  const signal = AbortSignal.any([parent, abort.signal]);
  // One value waits; whatever else is in flight is the producers' affair and the byte budget's.
  const channel = new Channel<R>(1);
  const close = () => {
    channel.close({ reason: signal.reason });
  };
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();

  const pump = async (item: T): Promise<void> => {
    if (signal.aborted) return;
    try {
      for await (const value of run(item, signal))
        if (!(await channel.send(value))) break;
    } catch (error) {
      abort.abort(error);
    }
  };
  const done = queue.addAll(items.map((item) => () => pump(item))).then(() => {
    channel.close();
  });
  try {
    yield* channel;
  } finally {
    signal.removeEventListener("abort", close);
    abort.abort();
    channel.close();
    await done;
  }
}

import { Channel } from "./channel.js";

/** Values of one item that are made before its turn. */
const valuesAhead = 2;

/**
 * Runs `run` over all items, `width` of them side by side, and yields what they give item by item: those behind the
 * one whose turn it is get a few values ahead and wait. The first error is thrown when its turn comes; it ends the
 * others, and so does leaving the loop early.
 */
export async function* ahead<T, R>(
  width: number,
  items: readonly T[],
  parent: AbortSignal,
  run: (item: T, signal: AbortSignal) => AsyncIterable<R>,
): AsyncGenerator<R, void, undefined> {
  const abort = new AbortController();
  const signal = AbortSignal.any([parent, abort.signal]);
  const lanes: Channel<R>[] = [];
  const pumps: Promise<void>[] = [];
  const pump = async (item: T, lane: Channel<R>): Promise<void> => {
    try {
      for await (const value of run(item, signal))
        if (!(await lane.send(value))) break;
      lane.close();
    } catch (reason) {
      lane.close({ reason });
    }
  };
  const waiting = [...items];
  const start = (count: number) => {
    for (const item of waiting.splice(0, count)) {
      const lane = new Channel<R>(valuesAhead);
      lanes.push(lane);
      pumps.push(pump(item, lane));
    }
  };
  start(width);
  try {
    for (let lane = lanes[0]; lane !== undefined; lane = lanes[0]) {
      yield* lane;
      lanes.shift();
      start(1);
    }
  } finally {
    abort.abort();
    for (const lane of lanes) lane.close();
    await Promise.all(pumps);
  }
}

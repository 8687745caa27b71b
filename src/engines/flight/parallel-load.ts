import PQueue from "p-queue";

import type { Batch } from "../../arrow/batch.js";
import { Failure } from "../../failure.js";
import { concurrently } from "../../util/concurrently.js";

/**
 * Loads batches by up to `width` calls side by side, each of which takes the next batch when it has room for it. The
 * first that fails ends the others unfinished, and is thrown when none is running any more.
 * @param load one call; its batches end by an error when it is to be given up.
 * @returns rows that the server says it took, or -1n when it does not say so of all.
 */
export async function loadInParallel(
  width: number,
  batches: AsyncIterator<Batch, unknown>,
  parent: AbortSignal,
  load: (batches: AsyncIterable<Batch>) => Promise<bigint>,
): Promise<bigint> {
  const shared = new SharedBatches(batches);
  const lanes = Array.from({ length: width }, (_, lane) => lane);
  const queue = new PQueue({ concurrency: width });
  const counts = concurrently(
    queue,
    lanes,
    parent,
    async function* (_, signal) {
      const first = await shared.next(signal);
      // No call for a lane that has nothing to load.
      if (first !== undefined) yield await load(shared.lane(first, signal));
    },
  );
  try {
    let sum = 0n;
    for await (const count of counts)
      sum = sum < 0n || count < 0n ? -1n : sum + count;
    return sum;
  } finally {
    // Not waited for: a source that hangs must not keep the error back. Nor can it add to that.
    batches.return?.().catch(() => undefined);
  }
}

/** Batches that several readers take turns at. */
class SharedBatches {
  readonly #source: AsyncIterator<Batch, unknown>;
  /** An iterator that has thrown says that it is done from then on: no reader may take that for the end. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(source: AsyncIterator<Batch, unknown>) {
    this.#source = source;
  }

  /** The next batch; undefined when there is none. Throws the signal's reason when it aborts first. */
  async next(signal: AbortSignal): Promise<Batch | undefined> {
    const next = await unlessAborted(this.#pull(), signal);
    return next.done === true ? undefined : next.value;
  }

  /** A reader that has taken its first batch already. */
  async *lane(
    first: Batch,
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void, undefined> {
    let batch: Batch | undefined = first;
    for (; batch !== undefined; batch = await this.next(signal)) yield batch;
  }

  async #pull(): Promise<IteratorResult<Batch, unknown>> {
    let next: IteratorResult<Batch, unknown>;
    try {
      next = await this.#source.next();
    } catch (reason) {
      this.#failure ??= { reason };
      throw reason;
    }
    if (this.#failure !== undefined) throw Failure.from(this.#failure.reason);
    return next;
  }
}

function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(Failure.from(signal.reason));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", onAbort);
    });
  });
}

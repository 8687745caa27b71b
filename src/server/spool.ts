import type { Batch } from "../arrow/batch.js";
import type { StoredBytes } from "./stored-bytes.js";

interface Ready {
  readonly batch: Batch;
  /** Whether it counts as stored. */
  readonly isCounted: boolean;
}

/**
 * A result on its way to a client. Its rows are computed as the client reads them, until another call wants the
 * connection: then the rest is computed into memory, so that a client that reads one result slowly can do
 * something else in the same transaction. When no more can be stored the other call waits after all.
 */
export class Spool implements AsyncIterable<Batch> {
  /** Resolves when every row is computed, rejects when computing them failed. */
  readonly ended: Promise<void>;
  readonly #source: AsyncIterator<Batch, unknown>;
  readonly #wanted: AbortSignal;
  readonly #stored: StoredBytes;
  readonly #ready: Ready[] = [];
  #hasEnded = false;
  #pulling: Promise<void> | undefined;
  #finish!: () => void;
  #fail!: (error: unknown) => void;

  constructor(
    source: AsyncIterable<Batch>,
    wanted: AbortSignal,
    stored: StoredBytes,
  ) {
    this.#source = source[Symbol.asyncIterator]();
    this.#wanted = wanted;
    this.#stored = stored;
    this.ended = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // Whoever reads the rows meets the error as well.
    this.ended.catch(() => undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const drain = () => {
      void this.#drain();
    };
    this.#wanted.addEventListener("abort", drain, { once: true });
    if (this.#wanted.aborted) drain();
    try {
      for (;;) {
        const ready = this.#ready.shift();
        if (ready !== undefined) {
          this.#uncount(ready);
          yield ready.batch;
          if (this.#wanted.aborted) drain();
        } else if (this.#hasEnded) {
          await this.ended;
          return;
        } else await this.#pull();
      }
    } finally {
      this.#wanted.removeEventListener("abort", drain);
      this.#hasEnded = true;
      await this.#source.return?.();
      for (const ready of this.#ready.splice(0)) this.#uncount(ready);
    }
  }

  async #drain(): Promise<void> {
    while (!this.#hasEnded && this.#ready.every(({ isCounted }) => isCounted))
      await this.#pull();
  }

  #uncount({ batch, isCounted }: Ready): void {
    if (isCounted) this.#stored.give(batch.byteLength);
  }

  /** Takes the next batch from the source; everybody who needs one waits for the same. */
  #pull(): Promise<void> {
    return (this.#pulling ??= this.#take().finally(() => {
      this.#pulling = undefined;
    }));
  }

  async #take(): Promise<void> {
    try {
      const next = await this.#source.next();
      if (next.done === true) {
        this.#hasEnded = true;
        this.#finish();
      } else {
        const batch = next.value;
        const isCounted =
          this.#wanted.aborted && this.#stored.tryTake(batch.byteLength);
        this.#ready.push({ batch, isCounted });
      }
    } catch (error) {
      this.#hasEnded = true;
      this.#fail(error);
    }
  }
}

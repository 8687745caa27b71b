import type { Batch } from "../arrow/batch.js";

/** What a result may take up in memory for the sake of a call that waits for its connection. */
const spooledBytesMax = 1 << 30;

/**
 * A result on its way to a client. Its rows are computed as the client reads them, until another call wants the
 * connection: then the rest is computed into memory, so that a client that reads one result slowly can do
 * something else in the same transaction. Beyond 1 GiB the other call waits after all.
 */
export class Spool implements AsyncIterable<Batch> {
  /** Resolves when every row is computed, rejects when computing them failed. */
  readonly ended: Promise<void>;
  readonly #source: AsyncIterator<Batch, unknown>;
  readonly #wanted: AbortSignal;
  readonly #ready: Batch[] = [];
  #bytes = 0;
  #hasEnded = false;
  #pulling: Promise<void> | undefined;
  #finish!: () => void;
  #fail!: (error: unknown) => void;

  constructor(source: AsyncIterable<Batch>, wanted: AbortSignal) {
    this.#source = source[Symbol.asyncIterator]();
    this.#wanted = wanted;
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
        const batch = this.#ready.shift();
        if (batch !== undefined) {
          this.#bytes -= batch.byteLength;
          yield batch;
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
    }
  }

  async #drain(): Promise<void> {
    while (!this.#hasEnded && this.#bytes < spooledBytesMax) await this.#pull();
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
        this.#ready.push(next.value);
        this.#bytes += next.value.byteLength;
      }
    } catch (error) {
      this.#hasEnded = true;
      this.#fail(error);
    }
  }
}

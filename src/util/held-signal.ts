/**
 * A signal that aborts when its parent does, but not in the middle of what must come to its end: then behind it, or
 * when the patience is over.
 */
export class HeldSignal {
  readonly #parent: AbortSignal;
  readonly #patience: number;
  readonly #own = new AbortController();
  #held = 0;

  /** @param patience milliseconds that are waited for what holds it. */
  constructor(parent: AbortSignal, patience: number) {
    this.#parent = parent;
    this.#patience = patience;
    const onAbort = () => {
      this.#parentAborted();
    };
    if (parent.aborted) onAbort();
    else parent.addEventListener("abort", onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  async hold<T>(body: () => Promise<T>): Promise<T> {
    this.#held++;
    try {
      return await body();
    } finally {
      this.#held--;
      if (this.#parent.aborted && this.#held === 0) this.#abort();
    }
  }

  #parentAborted(): void {
    if (this.#held === 0) this.#abort();
    else
      setTimeout(() => {
        this.#abort();
      }, this.#patience).unref();
  }

  #abort(): void {
    this.#own.abort(this.#parent.reason);
  }
}

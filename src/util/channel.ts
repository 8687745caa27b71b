/** A bounded queue between producers and one consumer; `send` waits while it is full. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #values: T[] = [];
  readonly #senders: (() => void)[] = [];
  #receiver: (() => void) | undefined;
  #closed = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Resolves to false when the channel was closed and the value was not taken. */
  async send(value: T): Promise<boolean> {
    while (!this.#closed && this.#values.length >= this.#capacity)
      await new Promise<void>((resolve) => this.#senders.push(resolve));
    if (this.#closed) return false;
    this.#values.push(value);
    this.#receiver?.();
    return true;
  }

  /** Ends the channel. Values already in it are still received, unless a reason is given: that is thrown first. */
  close(failure?: { readonly reason: unknown }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failure = failure;
    if (failure !== undefined) this.#values.length = 0;
    for (const wake of this.#senders.splice(0)) wake();
    this.#receiver?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) {
        this.#senders.shift()?.();
        yield value;
      } else if (this.#failure !== undefined) {
        throw this.#failure.reason;
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#receiver = resolve));
        this.#receiver = undefined;
      }
    }
  }
}

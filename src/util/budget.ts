/**
 * A number of bytes shared by everyone who holds batches. Whoever asks waits in line until enough is
 * free; one holder alone may exceed the whole budget, since a batch cannot be split.
 */
export class Budget {
  readonly #bytesMax: number;
  #held = 0;
  readonly #waiting: { readonly bytes: number; readonly grant: () => void }[] =
    [];

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @throws the signal's reason when it aborts while the caller waits. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#held += bytes;
      return;
    }
    const { promise, grant, refuse } = waiter();
    const place = { bytes, grant };
    const leave = () => {
      const index = this.#waiting.indexOf(place);
      if (index >= 0) this.#waiting.splice(index, 1);
      refuse(signal.reason);
    };
    this.#waiting.push(place);
    signal.addEventListener("abort", leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  give(bytes: number): void {
    this.#held -= bytes;
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || !this.#fits(next.bytes)) return;
      this.#waiting.shift();
      this.#held += next.bytes;
      next.grant();
    }
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#bytesMax;
  }
}

function waiter() {
  let grant!: () => void;
  let refuse!: (reason: unknown) => void;
  const promise = new Promise<void>((resolve, reject) => {
    grant = resolve;
    refuse = reject;
  });
  return { promise, grant, refuse };
}

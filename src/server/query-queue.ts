import { Failure } from "../failure.js";

/** How many queries there may be, and for how long. */
export interface QueryLimits {
  /** That run, whatever call they came with, a result that is being computed for its reader included. @default 64 */
  readonly maxQueries?: number | undefined;
  /** That wait for one of them to end. @default 256 */
  readonly maxQueuedQueries?: number | undefined;
}

/** Lets so many queries run at a time, in the order in which they came, and so many wait. */
export class QueryQueue {
  readonly #waitingMax: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ maxQueries = 64, maxQueuedQueries = 256 }: QueryLimits) {
    this.#free = maxQueries;
    this.#waitingMax = maxQueuedQueries;
  }

  /**
   * Waits for a slot, and works while it has it. Whoever has a connection that others wait for comes with it: a
   * result that makes way for them, as `Spool` does, gives its slot up for them as well.
   * @throws Failure(unavailable) at once when too many wait already, Failure(cancelled) when the caller's signal
   * aborts.
   */
  async run<T>(
    { signal }: { readonly signal: AbortSignal },
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax)
      throw new Failure(
        "unavailable",
        "the server is busy: too many queries wait already; try again later",
      );
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new Failure("cancelled", "the query was cancelled"));
      };
      this.#waiting.push(enter);
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
    });
  }
}

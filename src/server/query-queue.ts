import { Failure } from "../failure.js";

/** How many queries there may be. */
export interface QueryLimits {
  /** That run, a result that is being read included. @default 64 */
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
   * Waits for a slot, and works while it has it.
   * @throws Failure(unavailable) at once when too many wait already, Failure(cancelled) when the signal aborts.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
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

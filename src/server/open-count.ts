import { Failure } from "../failure.js";

/** Counts what users have open, and lets each have so many. */
export class OpenCount {
  readonly #max: number;
  readonly #what: string;
  readonly #flag: string;
  readonly #counts = new Map<string, number>();

  /**
   * @param what as errors name it, such as "transactions".
   * @param flag that sets `max`.
   */
  constructor(max: number, what: string, flag: string) {
    this.#max = max;
    this.#what = what;
    this.#flag = flag;
  }

  /**
   * @returns what gives it up; a second time it does nothing
   * @throws Failure(exhausted) for a user that has as many already.
   */
  open(user: string): () => void {
    const count = this.#counts.get(user) ?? 0;
    if (count >= this.#max)
      throw new Failure(
        "exhausted",
        `${user} has ${String(count)} ${this.#what} open, and may have no more (--${this.#flag}); end some first`,
      );
    this.#counts.set(user, count + 1);
    let isOpen = true;
    return () => {
      if (isOpen) this.#close(user);
      isOpen = false;
    };
  }

  #close(user: string): void {
    const count = this.#counts.get(user) ?? 0;
    if (count > 1) this.#counts.set(user, count - 1);
    else this.#counts.delete(user);
  }
}

/** The longest delay that timers know (Node.js, `setTimeout`). */
const delayMax = 2_147_483_647;

/** Sees to it that no state waits too long, wherever it waits. */
export class StateWait {
  readonly #milliseconds: number;
  readonly #isWaiting: () => boolean;
  /** When a state was first seen to wait, since the last time that none did. */
  #since: number | undefined;

  constructor(milliseconds: number, isWaiting: () => boolean) {
    this.#milliseconds = milliseconds;
    this.#isWaiting = isWaiting;
  }

  /**
   * The step; undefined when a state has waited too long before, which wins even over a step that is there
   * already: an input that never pauses must not hold states back.
   */
  async before<T>(step: Promise<T>): Promise<T | undefined> {
    if (!this.#isWaiting()) {
      this.#since = undefined;
      return step;
    }
    this.#since ??= Date.now();
    const left = this.#since + this.#milliseconds - Date.now();
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<undefined>((resolve) => {
      if (left <= 0) resolve(undefined);
      else timer = setTimeout(resolve, Math.min(left, delayMax), undefined);
    });
    const first = await Promise.race([overdue, step]);
    clearTimeout(timer);
    if (first === undefined) this.#since = undefined;
    return first;
  }
}

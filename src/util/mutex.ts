/** Runs bodies one after the other, in the order of the calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(body: () => Promise<T>): Promise<T> {
    const result = this.#last.then(body);
    // The next one starts whatever became of this one; its caller hears of it.
    this.#last = result.catch(() => undefined);
    return result;
  }
}

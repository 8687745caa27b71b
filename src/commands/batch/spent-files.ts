import { rmSync } from "node:fs";

import { Failure } from "../../failure.js";
import type { InputState } from "../../message.js";

/** Files whose rows were taken, to be deleted once those are durable: then nobody needs them again. */
export class SpentFiles {
  readonly #paths: string[] = [];
  /** How many files came before a state that has not come out yet. */
  readonly #before = new Map<InputState, number>();
  #deleted = 0;

  add(paths: readonly string[]): void {
    this.#paths.push(...paths);
  }

  /** A state behind all files so far. */
  mark(state: InputState): void {
    if (this.#deleted < this.#paths.length)
      this.#before.set(state, this.#paths.length);
  }

  /** Rows before this state are durable. A state of a single stream tells nothing of files of others. */
  committed(state: InputState): void {
    const count = this.#before.get(state);
    if (count === undefined) return;
    for (const [other, before] of this.#before)
      if (before <= count) this.#before.delete(other);
    this.#delete(count);
  }

  /** Every row of the run is durable. */
  finish(): void {
    this.#delete(this.#paths.length);
  }

  #delete(count: number): void {
    for (const path of this.#paths.slice(this.#deleted, count))
      try {
        rmSync(path, { force: true });
      } catch (error) {
        throw new Failure(
          "exhausted",
          `${Failure.from(error).message}: its rows are loaded; clean_up_batch_files false leaves such files alone`,
          { cause: error },
        );
      }
    this.#deleted = Math.max(this.#deleted, count);
  }
}

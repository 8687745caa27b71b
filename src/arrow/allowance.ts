import { Failure } from "../failure.js";

/**
 * Bytes that may still be made of one message. Dictionaries, runs and views let a few bytes on the wire
 * stand for any number of values, so expanding them is bounded.
 */
export class Allowance {
  readonly #bytesMax: number;
  #left: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#left = bytesMax;
  }

  /** @throws Failure(exhausted) when more is spent than there is. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new Failure(
      "exhausted",
      `a record batch, or the dictionaries of its stream, expand to more than ${String(this.#bytesMax)} bytes; let the server send smaller batches`,
    );
  }
}

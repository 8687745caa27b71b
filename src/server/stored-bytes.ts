import { Failure } from "../failure.js";

/** @default 1 GiB */
const defaultMax = 1 << 30;

/**
 * Bytes that the server keeps in memory for later, of all callers together: results that wait to be fetched,
 * parameters that are bound, texts that are prepared. What the rows of a running query take on their way to
 * their reader is not among them.
 */
export class StoredBytes {
  readonly #max: number;
  #used = 0;
  #makeRoom: (bytes: number) => void = () => undefined;

  constructor(max = defaultMax) {
    this.#max = max;
  }

  /** @param makeRoom gives back what nobody will miss, when there is no room for so many bytes. */
  onFull(makeRoom: (bytes: number) => void): void {
    this.#makeRoom = makeRoom;
  }

  /** Counts what is kept from now on. @throws Failure(exhausted) when it is too much. */
  take(bytes: number): void {
    if (this.tryTake(bytes)) return;
    throw new Failure(
      "exhausted",
      `the server keeps no more than ${String(this.#max)} bytes of results, parameters and prepared statements for all clients together (--max-stored-bytes); ask for less at a time, fetch or cancel the results that wait (CancelFlightInfo), and close prepared statements`,
    );
  }

  /** @returns whether there was room */
  tryTake(bytes: number): boolean {
    if (this.#lack(bytes) > 0) this.#makeRoom(this.#lack(bytes));
    if (this.#lack(bytes) > 0) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }

  /** Takes bytes bit by bit while it works, and gives them back unless the work succeeds. */
  async taking<T>(
    work: (take: (bytes: number) => void) => Promise<T>,
  ): Promise<T> {
    let taken = 0;
    try {
      return await work((bytes) => {
        this.take(bytes);
        taken += bytes;
      });
    } catch (error) {
      this.give(taken);
      throw error;
    }
  }

  #lack(bytes: number): number {
    return this.#used + bytes - this.#max;
  }
}

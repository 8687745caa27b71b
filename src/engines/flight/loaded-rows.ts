import { displayName, type TableName } from "../../catalog.js";
import { Failure } from "../../failure.js";

/** Counts rows that are committed piece by piece, so that a failure can tell what is there already. */
export class LoadedRows {
  readonly #table: TableName;
  #count = 0n;

  constructor(table: TableName) {
    this.#table = table;
  }

  get count(): bigint {
    return this.#count;
  }

  /**
   * @param rows that `run` loads.
   * @param run resolves to the number of rows that the server says it took, or -1n.
   */
  async add(rows: number, run: () => Promise<bigint>): Promise<void> {
    let counted: bigint;
    try {
      counted = await run();
    } catch (error) {
      const failure = Failure.from(error);
      if (this.#count === 0n) throw failure;
      throw new Failure(
        failure.code,
        `${failure.message}; ${String(this.#count)} rows of this load are in ${displayName(this.#table)} already`,
        { cause: error },
      );
    }
    if (counted >= 0n && counted !== BigInt(rows))
      throw new Failure(
        "invalid_data",
        `the server took ${String(counted)} of ${String(rows)} rows that were sent to ${displayName(this.#table)} at once, and ${String(this.#count)} before them; check the table before loading again`,
      );
    this.#count += BigInt(rows);
  }
}

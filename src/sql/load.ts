import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { displayName, type TableName } from "../catalog.js";
import { Failure } from "../failure.js";
import { Channel } from "../util/channel.js";
import type { LoadOptions, SqlSession } from "./session.js";

/** Batches waiting for the server before `append` waits too. */
const batchesWaiting = 2;

/** One running load into a table: batches go in as they come, `finish` makes them durable. */
export class Load {
  readonly #table: TableName;
  readonly #channel = new Channel<Batch>(batchesWaiting);
  readonly #done: Promise<bigint>;
  #rows = 0n;

  constructor(
    session: SqlSession,
    table: TableName,
    schema: Schema,
    options: LoadOptions,
  ) {
    this.#table = table;
    this.#done = session
      .load(table, schema, this.#channel, options)
      .finally(() => {
        this.#channel.close();
      });
    // Seen by append or finish, whichever comes first; never unhandled in between.
    this.#done.catch(() => undefined);
  }

  async append(batch: Batch): Promise<void> {
    if (!(await this.#channel.send(batch))) {
      await this.#done;
      throw new Failure(
        "internal",
        `the server ended the load of ${displayName(this.#table)} before its last row`,
      );
    }
    this.#rows += BigInt(batch.length);
  }

  /** @throws Failure when the load failed, or when the server counted other rows than were sent. */
  async finish(): Promise<void> {
    this.#channel.close();
    const counted = await this.#done;
    if (counted >= 0n && counted !== this.#rows)
      throw new Failure(
        "invalid_data",
        `the server took ${String(counted)} of ${String(this.#rows)} rows for ${displayName(this.#table)}; check the table before loading again`,
      );
  }

  /** Ends the load so that the server rolls it back. */
  async abort(): Promise<void> {
    this.#channel.close({
      reason: new Failure("cancelled", "the load was given up"),
    });
    await this.#done.catch(() => undefined);
  }
}

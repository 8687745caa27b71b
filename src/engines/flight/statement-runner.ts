import type { Batch } from "../../arrow/batch.js";
import { kindOf } from "../../arrow/kind.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import { integerAt } from "../../drivers/flight/columns.js";
import { Failure } from "../../failure.js";
import type { Transaction } from "../../sql/session.js";

/** How a statement that is not a query travels: CommandStatementUpdate, or CommandStatementQuery read to its end. */
export type StatementVia = "update" | "query";

/**
 * Runs statements by the one of two commands that the server has. Dremio, Doris, Sail and others have no
 * CommandStatementUpdate, and run INSERT and CREATE as queries.
 */
export class StatementRunner {
  readonly #client: FlightClient;
  #via: StatementVia | undefined;

  /** @param via undefined finds out. */
  constructor(client: FlightClient, via: StatementVia | undefined) {
    this.#client = client;
    this.#via = via;
  }

  /** Undefined until the first statement has run. */
  get via(): StatementVia | undefined {
    return this.#via;
  }

  /** @returns rows that the statement changed, or -1n when the server does not say. */
  async run(sql: string, transaction?: Transaction): Promise<bigint> {
    if (this.#via === "query") return this.#query(sql, transaction);
    try {
      const count = await this.#client.update(sql, { transaction });
      this.#via ??= "update";
      return count;
    } catch (error) {
      // A feature of SQL may be unimplemented as well: only before the first statement it can be the command.
      if (this.#via !== undefined || Failure.from(error).code !== "unsupported")
        throw error;
    }
    const count = await this.#query(sql, transaction);
    this.#via = "query";
    return count;
  }

  /** Some servers run a statement only when its result is read, and all of it is. */
  async #query(sql: string, transaction?: Transaction): Promise<bigint> {
    const { batches } = await this.#client.rows(sql, { transaction });
    return countIn(batches);
  }
}

/** The one integer of a result: rows that were changed. Anything else says nothing of it. */
function countIn(batches: readonly Batch[]): bigint {
  const [batch, more] = batches;
  const [vector, second] = batch?.vectors ?? [];
  if (
    batch?.length !== 1 ||
    more !== undefined ||
    vector === undefined ||
    second !== undefined
  )
    return -1n;
  const kind = kindOf(vector.type);
  return kind === "int" || kind === "uint64"
    ? BigInt(integerAt(vector, 0) ?? -1)
    : -1n;
}

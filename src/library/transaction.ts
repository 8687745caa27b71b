import type { FlightClient } from "../drivers/flight/client.js";
import type {
  SavepointEnd,
  TransactionEnd,
} from "../drivers/flight/transactions.js";
import { Failure } from "../failure.js";
import { Statements } from "./statements.js";

/** A place in a transaction to go back to. */
export interface Savepoint {
  /** Undoes what was done since. */
  rollback(): Promise<void>;
  /** Forgets the savepoint; what was done since stays part of the transaction. */
  release(): Promise<void>;
}

/** A transaction: end it by `commit` or `rollback`. An `await using` block that ends before is rolled back. */
export class Transaction extends Statements implements AsyncDisposable {
  readonly #id: Uint8Array;
  #hasEnded = false;

  private constructor(client: FlightClient, id: Uint8Array) {
    super(client);
    this.#id = id;
  }

  /** @throws Failure(unsupported) by servers without transactions. */
  static async begin(client: FlightClient): Promise<Transaction> {
    return new Transaction(client, await client.beginTransaction());
  }

  protected override get transactionId(): Readonly<Uint8Array> {
    if (this.#hasEnded)
      throw new Failure("usage", "the transaction has ended already");
    return this.#id;
  }

  /** Whether it was committed or rolled back. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  commit(): Promise<void> {
    return this.#end("commit");
  }

  rollback(): Promise<void> {
    return this.#end("rollback");
  }

  /** @throws Failure(unsupported) by servers without savepoints, which are most. */
  async savepoint(name: string): Promise<Savepoint> {
    const { client } = this;
    const id = await client.beginSavepoint(this.transactionId, name);
    const end = (how: SavepointEnd) => client.endSavepoint(id, how);
    return {
      rollback: () => end("rollback"),
      release: () => end("release"),
    };
  }

  /** Rolls back what has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) await this.rollback();
  }

  async #end(how: TransactionEnd): Promise<void> {
    const id = this.transactionId;
    this.#hasEnded = true;
    await this.client.endTransaction(id, how);
  }
}

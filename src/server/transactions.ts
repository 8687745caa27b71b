import { randomUUID } from "node:crypto";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import type { Database } from "./database.js";
import type { DuckConnection } from "./duckdb/connection.js";

/** Who uses a transaction, or a connection for one call. */
type Client = Pick<Caller, "session" | "readOnly">;

interface Transaction {
  readonly connection: DuckConnection;
  readonly session: string;
  /** Ends when the calls that use the connection have. */
  queue: Promise<void>;
  /** Calls that use the connection or wait for it. */
  users: number;
  /** Why it can only be rolled back. */
  broken: string | undefined;
  timer: NodeJS.Timeout;
}

/**
 * Open transactions, each on a connection of its own. The calls of one transaction run one after another, in
 * the order in which they came; a result that is being read counts until it is read.
 */
export class Transactions {
  readonly #database: Database;
  readonly #idleSeconds: number;
  readonly #warn: (text: string) => void;
  readonly #open = new Map<string, Transaction>();

  /** @param idleSeconds a transaction that nobody has used for so long is rolled back: its client is gone. */
  constructor(
    database: Database,
    idleSeconds: number,
    warn: (text: string) => void,
  ) {
    this.#database = database;
    this.#idleSeconds = idleSeconds;
    this.#warn = warn;
  }

  async begin({ session, readOnly }: Client): Promise<Uint8Array> {
    const connection = await this.#database.connect(readOnly);
    await connection.run(`BEGIN TRANSACTION${readOnly ? " READ ONLY" : ""}`);
    const id = randomUUID();
    this.#open.set(id, {
      connection,
      session,
      queue: Promise.resolve(),
      users: 0,
      broken: undefined,
      timer: this.#startTimer(id),
    });
    return Buffer.from(id);
  }

  /**
   * Runs work on the transaction's connection, or on a fresh one that is closed behind it.
   * @throws Failure(not_found) when there is no such transaction (any more) in the session.
   */
  async use<T>(
    id: Uint8Array | undefined,
    { session, readOnly }: Client,
    work: (connection: DuckConnection) => Promise<T>,
  ): Promise<T> {
    if (id !== undefined && id.byteLength > 0) {
      const transaction = this.#find(id, session);
      if (transaction.broken !== undefined)
        throw new Failure("invalid_input", transaction.broken);
      return this.#queue(id, transaction, work);
    }
    const connection = await this.#database.connectClient(readOnly);
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  }

  /** Whether a call would have to wait for another one of the transaction. */
  isBusy(id: Uint8Array | undefined, session: string): boolean {
    if (id === undefined || id.byteLength === 0) return false;
    return this.#find(id, session).users > 0;
  }

  /** Nothing but a rollback can follow: DuckDB has no savepoints, so half of a load cannot be undone. */
  breakOff(id: Uint8Array, session: string, why: string): void {
    this.#find(id, session).broken = why;
  }

  /** @throws Failure(not_found); DuckDB's own error when a commit fails, and the transaction is over then too. */
  async end(
    id: Uint8Array,
    session: string,
    end: "commit" | "rollback",
  ): Promise<void> {
    const transaction = this.#find(id, session);
    if (end === "commit" && transaction.broken !== undefined)
      throw new Failure("invalid_input", transaction.broken);
    await this.#queue(id, transaction, async (connection) => {
      this.#open.delete(nameOf(id));
      clearTimeout(transaction.timer);
      try {
        await connection.run(end === "commit" ? "COMMIT" : "ROLLBACK");
      } finally {
        connection.close();
      }
    });
  }

  /** Rolls everything back, once the calls that are under way have ended. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { timer, queue, connection } of open) {
      clearTimeout(timer);
      await queue;
      connection.close();
    }
  }

  #find(id: Uint8Array, session: string): Transaction {
    const transaction = this.#open.get(nameOf(id));
    if (transaction?.session === session) return transaction;
    throw new Failure(
      "not_found",
      "no such transaction in this session: it was ended, or rolled back after a long time without use",
    );
  }

  async #queue<T>(
    id: Uint8Array,
    transaction: Transaction,
    work: (connection: DuckConnection) => Promise<T>,
  ): Promise<T> {
    const turn = transaction.queue.then(() => work(transaction.connection));
    transaction.queue = turn.then(
      () => undefined,
      () => undefined,
    );
    transaction.users++;
    clearTimeout(transaction.timer);
    try {
      return await turn;
    } finally {
      transaction.users--;
      if (transaction.users === 0 && this.#open.has(nameOf(id)))
        transaction.timer = this.#startTimer(nameOf(id));
    }
  }

  #startTimer(id: string): NodeJS.Timeout {
    return setTimeout(() => {
      const transaction = this.#open.get(id);
      this.#open.delete(id);
      transaction?.connection.close();
      this.#warn(
        `a transaction was rolled back after ${String(this.#idleSeconds)} s without use`,
      );
    }, this.#idleSeconds * 1000).unref();
  }
}

function nameOf(id: Uint8Array): string {
  return Buffer.from(id).toString("latin1");
}

import { randomUUID } from "node:crypto";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import type { Database } from "./database.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { Lane } from "./lane.js";
import type { Turn } from "./lane.js";
import { OpenCount } from "./open-count.js";
import { lasting } from "./sessions.js";
import type { Sessions } from "./sessions.js";

export interface TransactionLimits {
  /** A transaction that nobody has used for so long is rolled back: its client is gone. */
  readonly idleSeconds: number;
  /** That one user has open. */
  readonly max: number;
}

/** Who uses a transaction, or a connection for one call. */
type Client = Pick<Caller, "session" | "sessionId" | "readOnly">;

interface Transaction {
  readonly lane: Lane;
  readonly session: string;
  readonly uncount: () => void;
  /** Why it can only be rolled back. */
  broken: string | undefined;
  timer: NodeJS.Timeout;
  /** Ends the wait for the end of its client's connection. */
  readonly forget: () => void;
}

/**
 * Open transactions, each on a connection of its own; one whose client has gone is rolled back, as what it has locked
 * would be in the way of others, the client's next run among them. The calls of one transaction run one after another, in
 * the order in which they came; a result that is being read makes way by the rule of `Spool`.
 */
export class Transactions {
  readonly #database: Database;
  readonly #sessions: Sessions;
  readonly #idleSeconds: number;
  readonly #count: OpenCount;
  readonly #warn: (text: string) => void;
  readonly #open = new Map<string, Transaction>();

  constructor(
    database: Database,
    sessions: Sessions,
    { idleSeconds, max }: TransactionLimits,
    warn: (text: string) => void,
  ) {
    this.#database = database;
    this.#sessions = sessions;
    this.#idleSeconds = idleSeconds;
    this.#count = new OpenCount(max, "transactions", "max-transactions");
    this.#warn = warn;
  }

  /** @throws Failure(exhausted) for a user that has too many open. */
  async begin({
    user,
    session,
    readOnly,
    onDisconnect,
  }: Caller): Promise<Uint8Array> {
    const uncount = this.#count.open(user);
    const connection = await this.#connect(readOnly).catch((error: unknown) => {
      uncount();
      throw error;
    });
    const id = randomUUID();
    const forget = onDisconnect(() => {
      this.#giveUp(id, "as its client has gone");
    });
    this.#open.set(id, {
      lane: new Lane(connection),
      session,
      uncount,
      broken: undefined,
      timer: this.#startTimer(id),
      forget,
    });
    return Buffer.from(id);
  }

  /**
   * Runs work on the transaction's connection, else on that of the client's session when it has one, else on a
   * fresh one that is closed behind it.
   * @throws Failure(not_found) when there is no such transaction (any more) in the session.
   */
  async use<T>(
    id: Uint8Array | undefined,
    { session, sessionId, readOnly }: Client,
    work: (turn: Turn) => Promise<T>,
  ): Promise<T> {
    if (id !== undefined && id.byteLength > 0) {
      const transaction = this.#find(id, session);
      if (transaction.broken !== undefined)
        throw new Failure("invalid_input", transaction.broken);
      return this.#queue(id, transaction, work);
    }
    if (this.#sessions.isOpen(sessionId))
      return this.#sessions.use(sessionId, readOnly, work);
    const connection = await this.#database.connectClient(readOnly);
    try {
      return await work({ connection, wanted: never });
    } finally {
      connection.close();
    }
  }

  /**
   * Begins the client's session unless it has one.
   * @param what lasts as long, as errors name it.
   * @throws Failure(invalid_input) for a client that would not find the session again.
   */
  async openSession(
    { sessionId, readOnly }: Client,
    what: string,
  ): Promise<void> {
    const session = lasting(sessionId, what);
    await this.#sessions.use(session, readOnly, () => Promise.resolve());
  }

  /**
   * Runs work of which all must count, or nothing: in a transaction of its own, or within the client's. There
   * nothing but a rollback can follow when it fails: DuckDB has no savepoints, so half of it cannot be undone.
   * @param what as errors name it, such as `an ingest into t`.
   */
  async atomically<T>(
    id: Uint8Array | undefined,
    { session }: Client,
    connection: DuckConnection,
    what: string,
    work: () => Promise<T>,
  ): Promise<T> {
    if (id === undefined || id.byteLength === 0)
      return connection.inTransaction(work);
    try {
      return await work();
    } catch (error) {
      const reason = Failure.from(error).message;
      this.#find(id, session).broken =
        `${what} failed, so that the transaction can only be rolled back: ${reason}`;
      throw error;
    }
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
    await this.#queue(id, transaction, async ({ connection }) => {
      // It may have been given up while others had their turn.
      this.#find(id, session);
      this.#close(nameOf(id), transaction);
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
    for (const { timer, forget, lane } of open) {
      clearTimeout(timer);
      forget();
      await lane.close();
    }
  }

  async #connect(readOnly: boolean): Promise<DuckConnection> {
    const connection = await this.#database.connect(readOnly);
    await connection.run(`BEGIN TRANSACTION${readOnly ? " READ ONLY" : ""}`);
    return connection;
  }

  #find(id: Uint8Array, session: string): Transaction {
    const transaction = this.#open.get(nameOf(id));
    if (transaction?.session === session) return transaction;
    throw new Failure(
      "not_found",
      "no such transaction in this session: it was ended, or rolled back after a long time without use or the end of its connection",
    );
  }

  async #queue<T>(
    id: Uint8Array,
    transaction: Transaction,
    work: (turn: Turn) => Promise<T>,
  ): Promise<T> {
    clearTimeout(transaction.timer);
    try {
      return await transaction.lane.run(work);
    } finally {
      if (!transaction.lane.isBusy && this.#open.has(nameOf(id)))
        transaction.timer = this.#startTimer(nameOf(id));
    }
  }

  #startTimer(id: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#giveUp(id, `after ${String(this.#idleSeconds)} s without use`);
    }, this.#idleSeconds * 1000).unref();
  }

  #giveUp(id: string, why: string): void {
    const transaction = this.#open.get(id);
    if (transaction === undefined) return;
    this.#close(id, transaction);
    void transaction.lane.close();
    this.#warn(`a transaction was rolled back ${why}`);
  }

  #close(id: string, { uncount, timer, forget }: Transaction): void {
    this.#open.delete(id);
    uncount();
    clearTimeout(timer);
    forget();
  }
}

/** Nobody waits for a connection that one call has for itself. */
const never = new AbortController().signal;

function nameOf(id: Uint8Array): string {
  return Buffer.from(id).toString("latin1");
}

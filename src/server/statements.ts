import type { Schema } from "../arrow/schema.js";
import type { Caller } from "./caller.js";
import type { Database } from "./database.js";
import type { DuckConnection } from "./duckdb/connection.js";
import type { Turn } from "./lane.js";
import { each, sendBatches } from "./send.js";
import type { DataStream } from "./send.js";
import { executeEach } from "./execute-each.js";
import { collectAll, describe, open, rowsFor, withLast } from "./execution.js";
import type { QueryQueue } from "./query-queue.js";
import type { QueryTimeout } from "./query-timeout.js";
import { Spool } from "./spool.js";
import { runsOf, sessionEffect } from "./statement.js";
import type { Description, Statement } from "./statement.js";
import type { StoredBytes } from "./stored-bytes.js";
import { bytesOf, split } from "./stored-result.js";
import type { StoredResult } from "./stored-result.js";
import type { Tickets } from "./tickets.js";
import type { Transactions } from "./transactions.js";

/** How the result of a statement is fetched: its parts in order, each an endpoint. */
export interface Plan {
  readonly schema: Schema;
  /** Undefined when they are computed while they are fetched. */
  readonly rows: number | undefined;
  readonly parts: readonly {
    readonly handle: Uint8Array;
    /** Undefined for what is good for one fetch, whenever that comes. */
    readonly expiry: Date | undefined;
  }[];
}

export interface StatementParts {
  readonly database: Database;
  readonly transactions: Transactions;
  readonly tickets: Tickets;
  readonly queue: QueryQueue;
  readonly timeout: QueryTimeout;
  readonly stored: StoredBytes;
  /** Endpoints that a result is split into. */
  readonly endpoints: number;
}

/** Runs what clients send: any SQL that DuckDB takes. */
export class Statements {
  readonly #parts: StatementParts;

  constructor(parts: StatementParts) {
    this.#parts = parts;
  }

  /**
   * GetFlightInfo. A query runs while it is fetched. What has parameters runs now, as only that tells its exact
   * types, and so does everything that is not a mere query, as clients do not fetch what they expect no rows of:
   * INSERT, DDL, several statements.
   */
  async plan(statement: Statement, caller: Caller): Promise<Plan> {
    const { endpoints, tickets } = this.#parts;
    caller.record.subject = statement.query;
    await this.#openSessionFor(statement, caller);
    return this.#use(statement, caller, async ({ connection }) => {
      const known = await this.#describe(connection, statement);
      if (
        endpoints === 1 &&
        known?.isQuery === true &&
        known.schema !== undefined &&
        statement.parameters === undefined
      ) {
        const planned = { kind: "planned", statement } as const;
        const handle = tickets.add(planned, caller.session);
        const parts = [{ handle, expiry: undefined }];
        return { schema: known.schema, rows: undefined, parts };
      }
      return this.#store(
        connection,
        statement,
        known,
        known?.isQuery === true ? endpoints : 1,
        known?.isQuery === true && endpoints > 1,
        caller,
      );
    });
  }

  /**
   * PollFlightInfo: runs whatever it is now, and keeps its rows until they expire.
   * @param started tells the connection on which it runs, for its progress.
   */
  run(
    statement: Statement,
    caller: Caller,
    started: (connection: DuckConnection) => void,
  ): Promise<Plan> {
    caller.record.subject = statement.query;
    return this.#use(statement, caller, async ({ connection }) => {
      await connection.trackProgress();
      started(connection);
      const known = await this.#describe(connection, statement);
      const { endpoints } = this.#parts;
      return this.#store(connection, statement, known, endpoints, true, caller);
    });
  }

  /** Undefined for several statements: they cannot be bound before those in front have run. */
  describe(
    statement: Statement,
    caller: Caller,
  ): Promise<Description | undefined> {
    caller.record.subject = statement.query;
    return this.#use(statement, caller, ({ connection }) =>
      this.#describe(connection, statement),
    );
  }

  /** DoGet: runs a planned query and sends its rows as they are computed, or sends what is stored. */
  async send(
    handle: Uint8Array,
    stream: DataStream,
    caller: Caller,
  ): Promise<void> {
    const { tickets } = this.#parts;
    await tickets.redeem(handle, caller, (what, redeeming) => {
      const reader = { ...caller, signal: redeeming.signal };
      if (what.kind === "planned")
        return this.#stream(what.statement, stream, reader, redeeming.begin);
      redeeming.begin();
      const { schema, batches } = what.result;
      return sendBatches(stream, schema, each(batches), reader, { keep: true });
    });
  }

  /** Runs statements to their end, the last one once per row of parameters. @returns rows that it changed */
  async update(statement: Statement, caller: Caller): Promise<number> {
    const { database } = this.#parts;
    const { record } = caller;
    record.subject = statement.query;
    await this.#openSessionFor(statement, caller);
    return this.#use(statement, caller, ({ connection }) =>
      this.#execute(caller, ({ signal }) =>
        withLast(
          database,
          connection,
          statement.query,
          signal,
          async (last) => {
            const rows = rowsFor(connection, last, statement);
            record.rows = await this.#atomically(
              connection,
              statement,
              caller,
              () => executeEach(connection, statement, last, rows, signal),
            );
            return record.rows;
          },
        ),
      ),
    );
  }

  /** Runs what takes a slot, for as long as it may. */
  #execute<T>(
    caller: Caller,
    work: (limited: Caller) => Promise<T>,
  ): Promise<T> {
    const { queue, timeout } = this.#parts;
    return queue.run(caller, () => timeout.run(caller, work));
  }

  /** One statement whose effect would be lost with its connection opens the client's session. */
  async #openSessionFor(statement: Statement, caller: Caller): Promise<void> {
    const { transactionId = [] } = statement;
    const effect = sessionEffect(statement);
    if (effect === undefined || transactionId.length > 0) return;
    if ((await this.describe(statement, caller)) === undefined) return;
    await this.#parts.transactions.openSession(caller, effect);
  }

  #use<T>(
    { transactionId }: Statement,
    caller: Caller,
    work: (turn: Turn) => Promise<T>,
  ): Promise<T> {
    return this.#parts.transactions.use(transactionId, caller, work);
  }

  #describe(connection: DuckConnection, { query }: Statement) {
    return describe(this.#parts.database, connection, query);
  }

  async #stream(
    statement: Statement,
    stream: DataStream,
    caller: Caller,
    begin: () => void,
  ): Promise<void> {
    const { database, stored } = this.#parts;
    const { query } = statement;
    caller.record.subject = query;
    let sending = Promise.resolve();
    await this.#use(statement, caller, ({ connection, wanted }) =>
      this.#execute(caller, (limited) => {
        begin();
        const { signal } = limited;
        return withLast(database, connection, query, signal, async (last) => {
          const opened = await open(connection, last, [], limited);
          const spool = new Spool(opened.batches, wanted, stored);
          sending = sendBatches(stream, opened.schema, spool, limited, {
            keep: false,
          });
          // The connection is free for others as soon as the rows are computed.
          await Promise.race([sending, spool.ended]);
        });
      }),
    );
    await sending;
  }

  /** Runs a statement and keeps its result, in so many parts. */
  #store(
    connection: DuckConnection,
    statement: Statement,
    known: Description | undefined,
    count: number,
    expires: boolean,
    caller: Caller,
  ): Promise<Plan> {
    return this.#execute(caller, (limited) =>
      this.#parts.stored.taking(async (take) => {
        const result = await this.#collect(
          connection,
          statement,
          known,
          limited,
          take,
        );
        return this.#plan(split(result, count), expires, result, caller);
      }),
    );
  }

  #collect(
    connection: DuckConnection,
    statement: Statement,
    known: Description | undefined,
    caller: Caller,
    take: (bytes: number) => void,
  ): Promise<StoredResult> {
    const { database } = this.#parts;
    const { query } = statement;
    return withLast(
      database,
      connection,
      query,
      caller.signal,
      async (last) => {
        const work = () =>
          collectAll(connection, last, statement, caller, take);
        const result =
          known?.isQuery === true
            ? await work()
            : await this.#atomically(connection, statement, caller, work);
        return (
          result ?? { schema: known?.schema ?? { fields: [] }, batches: [] }
        );
      },
    );
  }

  /** Several rows of parameters are one execution: all of them count, or none. */
  #atomically<T>(
    connection: DuckConnection,
    statement: Statement,
    caller: Caller,
    work: () => Promise<T>,
  ): Promise<T> {
    if (caller.readOnly || runsOf(statement) <= 1) return work();
    return this.#parts.transactions.atomically(
      statement.transactionId,
      caller,
      connection,
      "a statement with several rows of parameters",
      work,
    );
  }

  #plan(
    results: readonly StoredResult[],
    expires: boolean,
    { schema, batches }: StoredResult,
    { session }: Caller,
  ): Plan {
    const { tickets } = this.#parts;
    const parts = results.map((result) => {
      const bytes = bytesOf(result.batches);
      const stored = { kind: "stored", result, bytes, expires } as const;
      const handle = tickets.add(stored, session);
      return { handle, expiry: tickets.expiryOf(handle, session) };
    });
    const rows = batches.reduce((sum, { length }) => sum + length, 0);
    return { schema, rows, parts };
  }
}

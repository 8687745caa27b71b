import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import type { Caller } from "./caller.js";
import type { Database } from "./database.js";
import type { DuckConnection, Script } from "./duckdb/connection.js";
import {
  readBatches,
  resultColumns,
  schemaOf,
} from "./duckdb/read/batch-reader.js";
import { sendBatches } from "./send.js";
import type { DataStream } from "./send.js";
import type { PlannedStatement, Tickets } from "./tickets.js";
import type { Transactions } from "./transactions.js";

/** What CommandStatementQuery and CommandStatementUpdate say. */
export interface StatementCommand {
  readonly query: string;
  readonly transactionId: Uint8Array | undefined;
}

export interface Plan {
  /** Undefined where it shows only when the statement runs. */
  readonly schema: Schema | undefined;
  readonly handle: Uint8Array;
}

interface BoundStatement {
  readonly schema: Schema;
  /** Whether it is there for what it does rather than for its rows. */
  readonly changes: boolean;
}

/** CommandStatementQuery and CommandStatementUpdate: any SQL that DuckDB takes, one statement or several. */
export class Statements {
  readonly #database: Database;
  readonly #transactions: Transactions;
  readonly #tickets: Tickets;

  constructor(
    database: Database,
    transactions: Transactions,
    tickets: Tickets,
  ) {
    this.#database = database;
    this.#transactions = transactions;
    this.#tickets = tickets;
  }

  /**
   * Binds the query and keeps it for its ticket; nothing runs yet, whatever kind of statement it is. What it
   * tells no schema of has to be read to know one: so a client that waits for a schema does not go on before a
   * statement that changes something has run.
   */
  async plan(command: StatementCommand, caller: Caller): Promise<Plan> {
    const { query: sql, transactionId: transaction } = command;
    const { session, record } = caller;
    record.subject = sql;
    const bound = await this.#bindOnly(command, caller);
    return {
      schema: bound?.changes === false ? bound.schema : undefined,
      handle: this.#tickets.add({ sql, transaction, session }),
    };
  }

  /**
   * The schema of a query's result. It is not known before several statements have run, and a transaction
   * whose result is being read just now can bind nothing.
   */
  async schema(
    command: StatementCommand,
    caller: Caller,
  ): Promise<Schema | undefined> {
    return (await this.#bindOnly(command, caller))?.schema;
  }

  async #bindOnly(
    { query: sql, transactionId }: StatementCommand,
    caller: Caller,
  ): Promise<BoundStatement | undefined> {
    if (this.#transactions.isBusy(transactionId, caller.session))
      return undefined;
    return this.#transactions.use(transactionId, caller, async (connection) => {
      const script = await connection.parse(sql);
      if (script.count > 1) return undefined;
      const statement = await this.#bind(connection, script, 0, sql);
      try {
        return {
          schema: connection.schemaOf(statement),
          changes: this.#database.changes(statement),
        };
      } finally {
        connection.duckdb.destroy_prepare_sync(statement);
      }
    });
  }

  /** Runs a planned query and sends its rows as they are computed. */
  async send(
    handle: Uint8Array,
    stream: DataStream,
    caller: Caller,
  ): Promise<void> {
    const { session, signal } = caller;
    await this.#tickets.redeem(handle, session, signal, (statement, stop) =>
      this.#transactions.use(statement.transaction, caller, (connection) =>
        this.#stream(connection, statement, stream, {
          ...caller,
          signal: stop,
        }),
      ),
    );
  }

  /** Runs statements to their end. @returns rows that the last one changed */
  update(
    { query: sql, transactionId }: StatementCommand,
    caller: Caller,
  ): Promise<number> {
    const { record, signal } = caller;
    record.subject = sql;
    return this.#transactions.use(transactionId, caller, async (connection) => {
      const script = await connection.parse(sql);
      await this.#runAllButLast(connection, script, sql, signal);
      const last = await this.#bind(connection, script, script.count - 1, sql);
      record.rows = await connection.execute(last, signal);
      return record.rows;
    });
  }

  async #stream(
    connection: DuckConnection,
    { sql }: PlannedStatement,
    stream: DataStream,
    caller: Caller,
  ): Promise<void> {
    const { output, record, signal } = caller;
    record.subject = sql;
    const { duckdb } = connection;
    const script = await connection.parse(sql);
    await this.#runAllButLast(connection, script, sql, signal);
    const last = await this.#bind(connection, script, script.count - 1, sql);
    const result = await connection.stream(last, signal);
    const schema = schemaOf(duckdb, resultColumns(duckdb, result));
    const batches: AsyncIterable<Batch> = readBatches(
      duckdb,
      result,
      output.batchSize,
      () => connection.interruptible(signal, () => duckdb.fetch_chunk(result)),
    );
    await sendBatches(stream, schema, batches, caller);
  }

  async #runAllButLast(
    connection: DuckConnection,
    script: Script,
    sql: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (let i = 0; i < script.count - 1; i++) {
      const statement = await this.#bind(connection, script, i, sql);
      await connection.execute(statement, signal);
    }
  }

  async #bind(
    connection: DuckConnection,
    script: Script,
    index: number,
    sql: string,
  ) {
    const statement = await connection.prepare(script, index);
    try {
      this.#database.admit(connection, statement, sql);
    } catch (error) {
      connection.duckdb.destroy_prepare_sync(statement);
      throw error;
    }
    return statement;
  }
}

import type { PreparedStatement } from "@duckdb/node-bindings";
import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import type { Database } from "./database.js";
import type { DuckConnection } from "./duckdb/connection.js";
import {
  readBatches,
  resultColumns,
  schemaOf,
} from "./duckdb/read/batch-reader.js";
import { parameterOrder, parameterRows } from "./duckdb/write/parameters.js";
import type { ParameterRow } from "./duckdb/write/parameters.js";
import type { Turn } from "./lane.js";
import { each, sendBatches } from "./send.js";
import type { DataStream } from "./send.js";
import { executeEach } from "./execute-each.js";
import { Spool } from "./spool.js";
import { collect, split } from "./stored-result.js";
import type { StoredResult } from "./stored-result.js";
import type { Tickets } from "./tickets.js";
import type { Transactions } from "./transactions.js";

/** Parameters of a statement; it runs once per row. */
export interface Parameters {
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

/** SQL text, one statement or several, and where it is to run. */
export interface Statement {
  readonly query: string;
  readonly transactionId: Uint8Array | undefined;
  readonly parameters?: Parameters | undefined;
}

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

/** What can be told of a statement before it runs; nothing of several statements. */
export interface Description {
  /** Undefined where it depends on the types of the parameters. */
  readonly schema: Schema | undefined;
  readonly parameters: Schema;
  /** Whether it is there for what it does rather than for its rows. */
  readonly isUpdate: boolean;
  /** Whether it does nothing but give rows, so that it may run when they are fetched. */
  readonly isQuery: boolean;
}

export interface StatementParts {
  readonly database: Database;
  readonly transactions: Transactions;
  readonly tickets: Tickets;
  /** Endpoints that a result is split into. */
  readonly endpoints: number;
}

/** Runs what clients send: any SQL that DuckDB takes. */
export class Statements {
  readonly #database: Database;
  readonly #transactions: Transactions;
  readonly #tickets: Tickets;
  readonly #endpoints: number;

  constructor(parts: StatementParts) {
    this.#database = parts.database;
    this.#transactions = parts.transactions;
    this.#tickets = parts.tickets;
    this.#endpoints = parts.endpoints;
  }

  /**
   * GetFlightInfo. A query runs while it is fetched. What has parameters runs now, as only that tells its exact
   * types, and so does everything that is not a mere query, as clients do not fetch what they expect no rows of:
   * INSERT, DDL, several statements.
   */
  async plan(statement: Statement, caller: Caller): Promise<Plan> {
    caller.record.subject = statement.query;
    await this.#openSessionFor(statement, caller);
    return this.#use(statement, caller, async ({ connection }) => {
      const known = await this.#describe(connection, statement.query);
      if (
        this.#endpoints === 1 &&
        known?.isQuery === true &&
        known.schema !== undefined &&
        statement.parameters === undefined
      ) {
        const planned = { kind: "planned", statement } as const;
        const handle = this.#tickets.add(planned, caller.session);
        const parts = [{ handle, expiry: undefined }];
        return { schema: known.schema, rows: undefined, parts };
      }
      const result = await this.#collect(connection, statement, known, caller);
      const parts =
        known?.isQuery === true ? split(result, this.#endpoints) : [result];
      return this.#store(result.schema, parts, parts.length > 1, caller);
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
      const known = await this.#describe(connection, statement.query);
      const result = await this.#collect(connection, statement, known, caller);
      const parts = split(result, this.#endpoints);
      return this.#store(result.schema, parts, true, caller);
    });
  }

  /** Undefined for several statements: they cannot be bound before those in front have run. */
  describe(
    statement: Statement,
    caller: Caller,
  ): Promise<Description | undefined> {
    caller.record.subject = statement.query;
    return this.#use(statement, caller, ({ connection }) =>
      this.#describe(connection, statement.query),
    );
  }

  /** DoGet: runs a planned query and sends its rows as they are computed, or sends what is stored. */
  async send(
    handle: Uint8Array,
    stream: DataStream,
    caller: Caller,
  ): Promise<void> {
    const { session, signal } = caller;
    await this.#tickets.redeem(handle, session, signal, (what, stop) => {
      const reader = { ...caller, signal: stop };
      if (what.kind === "planned")
        return this.#stream(what.statement, stream, reader);
      const { schema, batches } = what.result;
      return sendBatches(stream, schema, each(batches), reader);
    });
  }

  /** Runs statements to their end, the last one once per row of parameters. @returns rows that it changed */
  async update(statement: Statement, caller: Caller): Promise<number> {
    const { record, signal } = caller;
    record.subject = statement.query;
    await this.#openSessionFor(statement, caller);
    return this.#use(statement, caller, async ({ connection }) => {
      const last = await this.#bindLast(connection, statement.query, signal);
      try {
        const rows = this.#parameterRows(connection, last, statement);
        const work = () =>
          executeEach(connection, statement, last, rows, signal);
        record.rows = await this.#atomically(
          connection,
          statement,
          caller,
          work,
        );
        return record.rows;
      } finally {
        connection.duckdb.destroy_prepare_sync(last);
      }
    });
  }

  /** One statement whose effect would be lost with its connection opens the client's session. */
  async #openSessionFor(statement: Statement, caller: Caller): Promise<void> {
    const { query, transactionId = [] } = statement;
    const [word] = ofSession.exec(query)?.slice(1) ?? [];
    if (word === undefined || transactionId.length > 0) return;
    if ((await this.describe(statement, caller)) === undefined) return;
    const what = `what ${word.toUpperCase()} does`;
    await this.#transactions.openSession(caller, what);
  }

  #use<T>(
    { transactionId }: Statement,
    caller: Caller,
    work: (turn: Turn) => Promise<T>,
  ): Promise<T> {
    return this.#transactions.use(transactionId, caller, work);
  }

  async #describe(
    connection: DuckConnection,
    sql: string,
  ): Promise<Description | undefined> {
    const script = await connection.parse(sql);
    if (script.count > 1) return undefined;
    const statement = await connection.prepare(script, 0);
    try {
      this.#database.admit(connection, statement, sql);
      const schema = connection.schemaOf(statement);
      return {
        schema,
        parameters: connection.parameterSchema(statement),
        isUpdate: this.#database.changes(statement) && isOutcome(schema),
        isQuery: this.#database.isQuery(statement),
      };
    } finally {
      connection.duckdb.destroy_prepare_sync(statement);
    }
  }

  /** Runs all statements but the last, and binds that. */
  async #bindLast(
    connection: DuckConnection,
    sql: string,
    signal: AbortSignal,
  ): Promise<PreparedStatement> {
    const script = await connection.parse(sql);
    for (let i = 0; ; i++) {
      const statement = await connection.prepare(script, i);
      try {
        this.#database.admit(connection, statement, sql);
      } catch (error) {
        connection.duckdb.destroy_prepare_sync(statement);
        throw error;
      }
      if (i === script.count - 1) return statement;
      await connection.execute(statement, signal);
    }
  }

  *#parameterRows(
    connection: DuckConnection,
    statement: PreparedStatement,
    { parameters }: Statement,
  ): Generator<ParameterRow> {
    const names = connection.parameterNames(statement);
    if (parameters === undefined) {
      if (names.length > 0)
        throw new Failure(
          "invalid_input",
          `the statement has ${String(names.length)} parameters and none were given: prepare it and bind them`,
        );
      yield [];
      return;
    }
    const order = parameterOrder(names, parameters.schema);
    for (const batch of parameters.batches)
      yield* parameterRows(connection.duckdb, batch, order);
  }

  async #stream(
    statement: Statement,
    stream: DataStream,
    caller: Caller,
  ): Promise<void> {
    const { record, signal } = caller;
    record.subject = statement.query;
    let sending = Promise.resolve();
    await this.#use(statement, caller, async ({ connection, wanted }) => {
      const last = await this.#bindLast(connection, statement.query, signal);
      try {
        const opened = await this.#open(connection, last, [], caller);
        const spool = new Spool(opened.batches, wanted);
        sending = sendBatches(stream, opened.schema, spool, caller);
        // The connection is free for others as soon as the rows are computed.
        await Promise.race([sending, spool.ended]);
      } finally {
        connection.duckdb.destroy_prepare_sync(last);
      }
    });
    await sending;
  }

  async #open(
    connection: DuckConnection,
    statement: PreparedStatement,
    row: ParameterRow,
    { output, signal }: Caller,
  ) {
    const { duckdb } = connection;
    const result = await connection.streamWith(statement, row, signal);
    return {
      schema: schemaOf(duckdb, resultColumns(duckdb, result)),
      batches: readBatches(duckdb, result, output.batchSize, () =>
        connection.interruptible(signal, () => duckdb.fetch_chunk(result)),
      ),
    };
  }

  async #collect(
    connection: DuckConnection,
    statement: Statement,
    known: Description | undefined,
    caller: Caller,
  ): Promise<StoredResult> {
    const { signal } = caller;
    const last = await this.#bindLast(connection, statement.query, signal);
    const work = async () => {
      let schema: Schema | undefined;
      const batches: Batch[] = [];
      for (const row of this.#parameterRows(connection, last, statement)) {
        const opened = await this.#open(connection, last, row, caller);
        schema ??= opened.schema;
        if (batches.length > 0 && !isSame(schema, opened.schema))
          throw new Failure(
            "invalid_input",
            "the rows of parameters have different types, and so would the rows of the result",
          );
        await collect(opened.batches, batches);
      }
      return { schema: schema ?? known?.schema ?? { fields: [] }, batches };
    };
    try {
      return known?.isQuery === true
        ? await work()
        : await this.#atomically(connection, statement, caller, work);
    } finally {
      connection.duckdb.destroy_prepare_sync(last);
    }
  }

  /** Several rows of parameters are one execution: all of them count, or none. */
  #atomically<T>(
    connection: DuckConnection,
    { transactionId, parameters }: Statement,
    caller: Caller,
    work: () => Promise<T>,
  ): Promise<T> {
    if (caller.readOnly || rowsIn(parameters) <= 1) return work();
    const what = "a statement with several rows of parameters";
    return this.#transactions.atomically(
      transactionId,
      caller,
      connection,
      what,
      work,
    );
  }

  #store(
    schema: Schema,
    results: readonly StoredResult[],
    expires: boolean,
    { session }: Caller,
  ): Plan {
    const parts = results.map((result) => {
      const stored = { kind: "stored", result, expires } as const;
      const handle = this.#tickets.add(stored, session);
      return { handle, expiry: this.#tickets.expiryOf(handle, session) };
    });
    const batches = results.flatMap((result) => result.batches);
    const rows = batches.reduce((sum, { length }) => sum + length, 0);
    return { schema, rows, parts };
  }
}

/**
 * How statements begin that do something to their connection only: settings that are not for the whole database,
 * what is prepared in SQL, and what is temporary. Comments may stand in front.
 */
const ofSession =
  /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(set(?!\s+global\b)|reset(?!\s+global\b)|use|prepare|create\s+(?:or\s+replace\s+)?temp(?:orary)?)\b/i;

/** Without parameters a statement runs once. */
function rowsIn(parameters: Parameters | undefined): number {
  if (parameters === undefined) return 1;
  return parameters.batches.reduce((sum, { length }) => sum + length, 0);
}

/** Whether the columns tell only what the statement did: DuckDB calls them so. */
function isOutcome(schema: Schema | undefined): boolean {
  const [first, ...others] = schema?.fields ?? [];
  return (
    others.length === 0 &&
    (first === undefined || first.name === "Count" || first.name === "Success")
  );
}

function isSame(a: Schema, b: Schema): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

import type {
  Connection,
  Database,
  ExtractedStatements,
  PreparedStatement,
  Result,
} from "@duckdb/node-bindings";
import type { Schema } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import type { DuckDB } from "./binding.js";
import { schemaOf } from "./read/batch-reader.js";

/** How often an interrupt is repeated: one that comes before DuckDB has begun a statement is lost. */
const interruptMillis = 20;

/** SQL text, parsed but not bound. */
export interface Script {
  readonly statements: ExtractedStatements;
  readonly count: number;
}

/**
 * One DuckDB connection: one statement at a time, one transaction. Every wait ends when its signal aborts,
 * with Failure(cancelled). Errors of DuckDB come as they are.
 */
export class DuckConnection {
  readonly duckdb: DuckDB;
  readonly handle: Connection;
  /** For a client that may only read. */
  readonly readOnly: boolean;
  #isOpen = true;

  constructor(duckdb: DuckDB, handle: Connection, readOnly: boolean) {
    this.duckdb = duckdb;
    this.handle = handle;
    this.readOnly = readOnly;
  }

  static async open(
    duckdb: DuckDB,
    database: Database,
    readOnly = false,
  ): Promise<DuckConnection> {
    return new DuckConnection(duckdb, await duckdb.connect(database), readOnly);
  }

  /** Parses without running anything. @throws DuckDB's Parser Error; Failure(invalid_input) for no statement. */
  async parse(sql: string): Promise<Script> {
    const { extracted_statements: statements, statement_count: count } =
      await this.duckdb.extract_statements(this.handle, sql);
    if (count > 0) return { statements, count };
    throw this.#parserError(statements);
  }

  #parserError(statements: ExtractedStatements): Error {
    try {
      return new Error(this.duckdb.extract_statements_error(statements));
    } catch {
      // There is no error to be told of a text without statements, and the binding does not expect that.
      return new Failure("invalid_input", "the SQL text holds no statement");
    }
  }

  /** Binds one statement of a script; those before it must have run. */
  prepare(script: Script, index: number): Promise<PreparedStatement> {
    return this.duckdb.prepare_extracted_statement(
      this.handle,
      script.statements,
      index,
    );
  }

  /** Schema of what a bound statement gives. @throws Failure(unsupported) for types without an Arrow form. */
  schemaOf(statement: PreparedStatement): Schema {
    const { duckdb } = this;
    const count = duckdb.prepared_statement_column_count(statement);
    return schemaOf(
      duckdb,
      Array.from({ length: count }, (_, i) => ({
        name: duckdb.prepared_statement_column_name(statement, i),
        type: duckdb.prepared_statement_column_logical_type(statement, i),
      })),
    );
  }

  /** Runs every statement to its end. @returns rows that the last one changed */
  async run(sql: string, signal?: AbortSignal): Promise<number> {
    const script = await this.parse(sql);
    let changed = 0;
    for (let i = 0; i < script.count; i++) {
      const statement = await this.prepare(script, i);
      changed = await this.execute(statement, signal);
    }
    return changed;
  }

  /** Runs a bound statement to its end. @returns rows that it changed */
  async execute(
    statement: PreparedStatement,
    signal?: AbortSignal,
  ): Promise<number> {
    const { duckdb } = this;
    try {
      const result = await this.interruptible(signal, () =>
        duckdb.execute_prepared(statement),
      );
      return await this.#changedBy(result);
    } finally {
      duckdb.destroy_prepare_sync(statement);
    }
  }

  /** CREATE TABLE … AS tells its count as a row only. */
  async #changedBy(result: Result): Promise<number> {
    const { duckdb } = this;
    const changed = duckdb.rows_changed(result);
    const { CREATE } = duckdb.StatementType;
    if (changed > 0 || duckdb.result_statement_type(result) !== CREATE)
      return changed;
    const chunk = await duckdb.fetch_chunk(result);
    if (chunk === null || duckdb.data_chunk_get_size(chunk) !== 1) return 0;
    const count = duckdb.data_chunk_get_vector(chunk, 0);
    const bytes = Uint8Array.from(duckdb.vector_get_data(count, 8));
    return Number(new BigInt64Array(bytes.buffer)[0]);
  }

  /** Starts a bound statement; its rows are computed as they are fetched. */
  async stream(
    statement: PreparedStatement,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { duckdb } = this;
    try {
      return await this.interruptible(signal, () =>
        duckdb.execute_prepared_streaming(statement),
      );
    } finally {
      duckdb.destroy_prepare_sync(statement);
    }
  }

  /** Starts one statement with `$1`, `$2`, … bound to texts and NULLs. */
  async select(
    sql: string,
    parameters: readonly (string | undefined)[] = [],
    signal?: AbortSignal,
  ): Promise<Result> {
    const { duckdb } = this;
    const statement = await duckdb.prepare(this.handle, sql);
    parameters.forEach((value, i) => {
      if (value === undefined) duckdb.bind_null(statement, i + 1);
      else duckdb.bind_varchar(statement, i + 1, value);
    });
    return this.stream(statement, signal);
  }

  /** Waits for work of this connection and interrupts it when the signal aborts. */
  async interruptible<T>(
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (signal === undefined) return work();
    const cancelled = () =>
      new Failure("cancelled", "the statement was cancelled");
    if (signal.aborted) throw cancelled();
    let timer: NodeJS.Timeout | undefined;
    const interrupt = () => {
      this.duckdb.interrupt(this.handle);
    };
    const onAbort = () => {
      interrupt();
      timer = setInterval(interrupt, interruptMillis);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await work();
    } catch (error) {
      throw (signal.aborted as boolean) ? cancelled() : error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      clearInterval(timer);
    }
  }

  /** Gives the connection up, an open transaction is rolled back. No call may be under way. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.duckdb.disconnect_sync(this.handle);
  }
}

import type {
  Connection,
  DataChunk,
  Database,
  ExtractedStatements,
  PreparedStatement,
  Result,
} from "@duckdb/node-bindings";
import { field } from "../../arrow/schema.js";
import type { Field, Schema } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import type { DuckDB } from "./binding.js";
import { schemaOf } from "./read/batch-reader.js";
import type { ParameterRow } from "./write/parameters.js";

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

  /** How much of the statement that runs is done, in percent; -1 when DuckDB does not know. */
  get progress(): number {
    return this.duckdb.query_progress(this.handle).percentage;
  }

  /** Lets `progress` be known: DuckDB counts only for a progress bar, which is not to be drawn. */
  async trackProgress(): Promise<void> {
    await this.run(
      "SET enable_progress_bar_print = false; SET enable_progress_bar = true",
    );
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

  /**
   * Schema of what a bound statement gives, undefined when it depends on the types of its parameters.
   * @throws Failure(unsupported) for types without an Arrow form.
   */
  schemaOf(statement: PreparedStatement): Schema | undefined {
    const { duckdb } = this;
    const count = duckdb.prepared_statement_column_count(statement);
    const columns = Array.from({ length: count }, (_, i) => ({
      name: duckdb.prepared_statement_column_name(statement, i),
      type: duckdb.prepared_statement_column_logical_type(statement, i),
    }));
    const isOpen = columns.some(
      ({ type }) => duckdb.get_type_id(type) === duckdb.Type.INVALID,
    );
    return isOpen ? undefined : schemaOf(duckdb, columns);
  }

  /** Names of the parameters in their order: of `$name` the name, of `?` and `$1` the number. */
  parameterNames(statement: PreparedStatement): string[] {
    const { duckdb } = this;
    return Array.from({ length: duckdb.nparams(statement) }, (_, i) =>
      duckdb.parameter_name(statement, i + 1),
    );
  }

  /** What the statement takes; of the type null where it would take anything. */
  parameterSchema(statement: PreparedStatement): Schema {
    const { duckdb } = this;
    return {
      fields: this.parameterNames(statement).map((name, i) => {
        if (duckdb.param_type(statement, i + 1) === duckdb.Type.INVALID)
          return field(name, { type: "null" });
        const type = duckdb.param_logical_type(statement, i + 1);
        const [known] = schemaOf(duckdb, [{ name, type }]).fields;
        return known as Field;
      }),
    };
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

  /** Runs a bound statement to its end, and gives it up. @returns rows that it changed */
  async execute(
    statement: PreparedStatement,
    signal?: AbortSignal,
  ): Promise<number> {
    try {
      return await this.executeWith(statement, [], signal);
    } finally {
      this.duckdb.destroy_prepare_sync(statement);
    }
  }

  /** Runs a bound statement with a row of parameters to its end. @returns rows that it changed */
  async executeWith(
    statement: PreparedStatement,
    row: ParameterRow,
    signal?: AbortSignal,
  ): Promise<number> {
    this.#setParameters(statement, row);
    const result = await this.interruptible(signal, () =>
      this.duckdb.execute_prepared(statement),
    );
    return this.#changedBy(result);
  }

  #setParameters(statement: PreparedStatement, row: ParameterRow): void {
    this.duckdb.clear_bindings(statement);
    row.forEach((value, i) => {
      this.duckdb.bind_value(statement, i + 1, value);
    });
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

  /** Starts a bound statement with a row of parameters; its rows are computed as they are fetched. */
  streamWith(
    statement: PreparedStatement,
    row: ParameterRow,
    signal?: AbortSignal,
  ): Promise<Result> {
    this.#setParameters(statement, row);
    return this.interruptible(signal, () =>
      this.duckdb.execute_prepared_streaming(statement),
    );
  }

  /**
   * Computes the next chunk of a result that was started here; null or an empty one ends it. A result that is
   * interrupted between two chunks ends as if there were no more rows, without an error.
   */
  fetch(result: Result, signal: AbortSignal): Promise<DataChunk | null> {
    return this.interruptible(signal, async () => {
      const chunk = await this.duckdb.fetch_chunk(result);
      if (signal.aborted) throw cancelled();
      return chunk;
    });
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
    try {
      return await this.interruptible(signal, () =>
        duckdb.execute_prepared_streaming(statement),
      );
    } finally {
      duckdb.destroy_prepare_sync(statement);
    }
  }

  /** Runs work in a transaction of its own: all of it counts, or nothing. */
  async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run("BEGIN TRANSACTION");
    try {
      const result = await work();
      await this.run("COMMIT");
      return result;
    } catch (error) {
      // A commit that failed has rolled back by itself; the first error is the one to tell.
      await this.run("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  /** Waits for work of this connection and interrupts it when the signal aborts. */
  async interruptible<T>(
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (signal === undefined) return work();
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

function cancelled(): Failure {
  return new Failure("cancelled", "the statement was cancelled");
}

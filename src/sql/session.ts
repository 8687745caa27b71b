import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import type { Stream, TableName } from "../catalog.js";
import type { Partition } from "../engine.js";

/** An open transaction of a session; what is inside is the driver's. */
export type Transaction = Readonly<Uint8Array>;

/**
 * How staged rows take the place of a table: in a transaction that readers see whole or not at all, by one
 * `INSERT OVERWRITE`, or by two renames with a moment between them in which the table is not there.
 */
export type Swap = "transaction" | "insert_overwrite" | "rename";

export interface LoadOptions {
  /**
   * Nobody sees the table before it is merged or swapped in, and it is dropped when the load fails: its rows may be
   * committed in any order, and some of them before a failure.
   */
  readonly staged: boolean;
}

/**
 * What a driver must be able to do for `SqlConnection` to make a whole engine of it. All else is SQL text.
 * Every call ends with a Failure when the session's signal aborts.
 */
export interface SqlSession extends AsyncDisposable {
  readonly swap: Swap;
  /** Nothing can be loaded. */
  readonly readOnly: boolean;
  /** Tables and views with their columns and keys; all, or those asked for that exist. */
  reflect(only?: readonly TableName[]): AsyncIterable<Stream>;
  /** Names of the tables in the schema of `table` that start with `prefix`. */
  tablesStartingWith(
    table: TableName,
    prefix: string,
  ): Promise<readonly TableName[]>;
  /** Starts a query. `schema` is undefined when the server tells it only with the rows, and seldom exact. */
  query(sql: string): Promise<{
    readonly schema: Schema | undefined;
    readonly partitions: readonly Partition[];
  }>;
  /**
   * Begins to read a partition, for `read` to go on with.
   * @returns the schema that its rows have; undefined when the server ended it without any.
   */
  open(partition: Partition): Promise<Schema | undefined>;
  read(partition: Partition, signal: AbortSignal): AsyncIterable<Batch>;
  /** Runs a statement; resolves to the rows it changed, -1n when the server does not say. */
  update(sql: string, transaction?: Transaction): Promise<bigint>;
  /**
   * Adds rows to a table that exists, columns by name. Resolves when they are committed, to their number or
   * -1n when the server does not say. Where rows are committed piece by piece, a failure says how many are.
   */
  load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
    options: LoadOptions,
  ): Promise<bigint>;
  /**
   * Runs `body` in a transaction: commits when it resolves, rolls back when it throws, and begins anew when another
   * transaction was in its way. Undefined: the server has none, and every statement is committed by itself.
   */
  transaction<T>(
    body: (transaction: Transaction | undefined) => Promise<T>,
  ): Promise<T>;
}

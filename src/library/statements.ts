import type { FlightClient } from "../drivers/flight/client.js";
import type { IngestMode } from "../drivers/flight/ingest.js";
import type { StatementOptions } from "../drivers/flight/options.js";
import type { Statement } from "../drivers/flight/statement.js";
import { rowsOf } from "./arrow-input.js";
import type { ArrowInput } from "./arrow-input.js";
import type { ParameterInput } from "./parameters.js";
import { Prepared } from "./prepared.js";
import { Result } from "./result.js";
import { rowCount, tableName } from "./tables.js";
import type { TableRef } from "./tables.js";

/** What belongs to one execution of a statement. */
export interface ExecuteOptions extends Omit<StatementOptions, "transaction"> {
  /** Values for the placeholders: `?` or `$1`, as the server writes them. */
  readonly params?: ParameterInput | undefined;
  /** Endpoints of the result that are read side by side, where it has several. @default 4 */
  readonly concurrency?: number | undefined;
}

/** What belongs to one ingest. */
export interface IngestOptions {
  /**
   * What happens when the table is there, or is not: `create` makes it and fails if it is there, `append` fails if
   * it is not, `replace` and `create_append` take either. @default "create"
   */
  readonly mode?: IngestMode | undefined;
  /** A table of the session. @default false */
  readonly temporary?: boolean | undefined;
  /** What only this server knows. */
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Statements, SQL or Substrait plans, run in a transaction or each by itself. */
export abstract class Statements {
  protected readonly client: FlightClient;

  /** @internal */
  constructor(client: FlightClient) {
    this.client = client;
  }

  /** The transaction that statements run in. @throws Failure(usage) when it has ended. */
  protected abstract get transactionId(): Readonly<Uint8Array> | undefined;

  /**
   * Runs a query.
   * @throws Failure when the server refuses it, at the latest while it is read.
   */
  async query(
    statement: Statement,
    { params, ...options }: ExecuteOptions = {},
  ): Promise<Result> {
    const { client, transactionId: transaction } = this;
    if (params === undefined) {
      const result = await client.query(statement, { ...options, transaction });
      const { signal, concurrency } = options;
      return Result.open({ client, result, signal, concurrency });
    }
    const prepared = await this.prepare(statement, options);
    // The rows are what was asked for: a statement that cannot be closed now ends with its session.
    const onEnd = () => prepared.close().catch(() => undefined);
    try {
      return (await prepared.query({ params, ...options })).andThen(onEnd);
    } catch (error) {
      await onEnd();
      throw error;
    }
  }

  /** Runs a statement without a result. @returns rows that it changed, undefined when the server does not say. */
  async update(
    statement: Statement,
    { params, ...options }: ExecuteOptions = {},
  ): Promise<number | undefined> {
    const { client, transactionId: transaction } = this;
    if (params === undefined)
      return rowCount(
        await client.update(statement, { ...options, transaction }),
      );
    await using prepared = await this.prepare(statement, options);
    return await prepared.update({ params, ...options });
  }

  /** Lets the server keep a statement, to be run often. */
  async prepare(
    statement: Statement,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Prepared> {
    const { client, transactionId: transaction } = this;
    const prepared = await client.prepare(statement, { transaction, signal });
    return new Prepared(client, prepared);
  }

  /**
   * Loads rows into a table with Flight SQL's bulk ingest. An abort, and an error of an iterable, end it
   * unfinished, and the server undoes it.
   * @returns rows that were loaded, undefined when the server does not say.
   * @throws Failure(unsupported) by servers without bulk ingest.
   */
  async ingest(
    table: TableRef,
    rows: ArrowInput,
    { mode = "create", temporary, options, signal }: IngestOptions = {},
  ): Promise<number | undefined> {
    const { catalog, namespace: dbSchema, name } = tableName(table);
    const transaction = this.transactionId;
    const { schema, batches } = await rowsOf(rows);
    const target = {
      catalog,
      dbSchema,
      table: name,
      mode,
      temporary,
      transaction,
      options,
    };
    return rowCount(await this.client.ingest(target, schema, batches, signal));
  }
}

import type { Batch } from "../../arrow/batch.js";
import { batchOf } from "../../arrow/batch.js";
import { decodeSchema } from "../../arrow/ipc-schema.js";
import type { Schema } from "../../arrow/schema.js";
import type { FlightCalls } from "./calls.js";
import { commandDescriptor } from "./ingest.js";
import {
  bindResult,
  putBatches,
  recordCount,
  replacedHandle,
  updateResult,
} from "./put.js";
import type { Put, PutAnswer } from "./put.js";
import type { QueryResult } from "./query-result.js";
import { onlyResult } from "./results.js";
import { packAny, unpackAs } from "./sql-messages.js";
import { prepareAction } from "./statement.js";
import type { Statement } from "./statement.js";
import type { StatementOptions } from "./options.js";

/** Values for a statement's placeholders: a column for each, in their order, and a row for each execution. */
export interface Parameters {
  readonly schema: Schema;
  readonly batches: AsyncIterable<Batch>;
}

/** How a prepared statement is run. Its transaction is the one that it was prepared in. */
export interface ExecuteOptions extends Omit<StatementOptions, "transaction"> {
  /** Not given, the statement runs with those that it had before, or with none. */
  readonly parameters?: Parameters | undefined;
}

type PreparedCommand =
  "CommandPreparedStatementQuery" | "CommandPreparedStatementUpdate";

/** Plans or runs a command, by polling or not. */
export type RunQuery = (
  command: Uint8Array,
  options: StatementOptions,
) => Promise<QueryResult>;

/**
 * A statement that the server keeps until it is closed. Executions must not overlap: parameters belong to the
 * statement, not to one run of it.
 */
export class PreparedStatement implements AsyncDisposable {
  readonly #calls: FlightCalls;
  readonly #run: RunQuery;
  #handle: Uint8Array;
  /** Of the result; undefined when the server does not tell it, and for an update. */
  readonly datasetSchema: Schema | undefined;
  /** Of the placeholders; undefined when the server does not tell it. It may be inexact (FlightSql.proto). */
  readonly parameterSchema: Schema | undefined;
  /** Whether the statement is to be run by `update`; undefined when the server does not say, as most do not. */
  readonly isUpdate: boolean | undefined;

  private constructor(calls: FlightCalls, run: RunQuery, created: Uint8Array) {
    const result = unpackAs("ActionCreatePreparedStatementResult", created);
    this.#calls = calls;
    this.#run = run;
    this.#handle = result.preparedStatementHandle;
    this.datasetSchema = schemaOf(result.datasetSchema);
    this.parameterSchema = schemaOf(result.parameterSchema);
    this.isUpdate = result.isUpdate;
  }

  static async create(
    calls: FlightCalls,
    run: RunQuery,
    statement: Statement,
    { transaction, signal }: StatementOptions,
  ): Promise<PreparedStatement> {
    const { type, body } = prepareAction(statement, transaction);
    const results = await calls.doAction(type, body, { signal });
    return new PreparedStatement(calls, run, onlyResult(results, type));
  }

  /** Starts the query. Servers run it once for every row of parameters, or take only one row. */
  async query({
    parameters,
    ...options
  }: ExecuteOptions = {}): Promise<QueryResult> {
    const name = "CommandPreparedStatementQuery";
    if (parameters !== undefined) {
      const put = await this.#calls.doPut(bindResult, options.signal);
      const answer = await this.#put(put, name, parameters);
      this.#handle = replacedHandle(answer) ?? this.#handle;
    }
    return this.#run(this.#command(name), options);
  }

  /** Runs the statement once for every row of parameters. @returns rows that it changed, or -1n. */
  async update({ parameters, signal }: ExecuteOptions = {}): Promise<bigint> {
    const put = await this.#calls.doPut(updateResult, signal);
    const name = "CommandPreparedStatementUpdate";
    return recordCount(await this.#put(put, name, parameters ?? nothing()));
  }

  /** The schema of the query's result, without running it. */
  executeSchema(signal?: AbortSignal): Promise<Schema> {
    const command = this.#command("CommandPreparedStatementQuery");
    return this.#calls.getSchema(command, signal);
  }

  async close(): Promise<void> {
    const request = { preparedStatementHandle: this.#handle };
    const body = packAny("ActionClosePreparedStatementRequest", request);
    await this.#calls.doAction("ClosePreparedStatement", body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #command(name: PreparedCommand): Uint8Array {
    return packAny(name, { preparedStatementHandle: this.#handle });
  }

  #put<Result>(
    put: Put<Result>,
    name: PreparedCommand,
    { schema, batches }: Parameters,
  ): Promise<PutAnswer<Result>> {
    const descriptor = commandDescriptor(this.#command(name));
    return putBatches(put, descriptor, schema, batches);
  }
}

/** No parameters: an empty schema and a batch without rows, as arrow-go's client sends them. */
function nothing(): Parameters {
  const schema: Schema = { fields: [] };
  async function* batches(): AsyncGenerator<Batch, void, undefined> {
    yield await Promise.resolve(batchOf(schema, [], 0));
  }
  return { schema, batches: batches() };
}

function schemaOf(bytes: Uint8Array): Schema | undefined {
  return bytes.byteLength === 0 ? undefined : decodeSchema(bytes);
}

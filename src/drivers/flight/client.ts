import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import { FlightCalls } from "./calls.js";
import type { ActionType } from "./calls.js";
import { cancelFlightInfo, renewFlightEndpoint } from "./cancel.js";
import type { CancelStatus } from "./cancel.js";
import { connect } from "./connect.js";
import type { FlightConnection } from "./connect.js";
import type { FlightStream } from "./flight-stream.js";
import { commandDescriptor, ingestDescriptor } from "./ingest.js";
import type { IngestTarget } from "./ingest.js";
import type { FlightEndpoint } from "./messages.js";
import { MetadataClient } from "./metadata-client.js";
import type { FlightOptions, StatementOptions } from "./options.js";
import { pollUntilComplete } from "./poll.js";
import { PreparedStatement } from "./prepared.js";
import { putBatches, putCommand, recordCount, updateResult } from "./put.js";
import { resultOf } from "./query-result.js";
import type { QueryResult } from "./query-result.js";
import {
  closeSession,
  getSessionOptions,
  setSessionOptions,
} from "./sessions.js";
import type {
  CloseSessionStatus,
  SessionOption,
  SessionOptions,
} from "./sessions.js";
import { queryCommand, updateCommand } from "./statement.js";
import type { Statement } from "./statement.js";
import {
  beginSavepoint,
  beginTransaction,
  endSavepoint,
  endTransaction,
} from "./transactions.js";
import type { SavepointEnd, TransactionEnd } from "./transactions.js";

/** Milliseconds that the end of a session may take; the server forgets sessions in time by itself. */
const closeSessionMax = 5_000;

/**
 * A Flight SQL client over one connection. Calls may run side by side. Every call ends with
 * Failure(cancelled) when its signal or the context's aborts, and with Failure(timeout) at its deadline.
 */
export class FlightClient extends MetadataClient implements AsyncDisposable {
  readonly #connection: FlightConnection;
  readonly #context: Context;
  readonly #incremental: boolean;
  #hasSession = false;

  private constructor(
    connection: FlightConnection,
    options: FlightOptions,
    context: Context,
  ) {
    super(new FlightCalls(connection));
    this.#connection = connection;
    this.#context = context;
    this.#incremental = options.incremental ?? false;
  }

  /**
   * Connects and logs in: a user name is exchanged for a bearer token by Handshake, or sent with every call
   * where the server has no Handshake; a token is sent as it is; without either nothing is called.
   * @throws Failure(invalid_config | unavailable | timeout | unauthenticated | …)
   */
  static async connect(
    options: FlightOptions,
    context: Context,
  ): Promise<FlightClient> {
    const connection = await connect(options, context);
    const client = new FlightClient(connection, options, context);
    if (options.sessionOptions === undefined) return client;
    try {
      await client.setSessionOptions(options.sessionOptions);
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
    return client;
  }

  /** Calls that have not ended: 0 when nothing is left behind. */
  get openCalls(): number {
    return this.#connection.openCalls();
  }

  /** Makes again what the server has undone because another transaction was in its way, as often as calls are retried. */
  despiteConflicts<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const task = { what, replay: "conflict", deadline: Infinity } as const;
    return this.#connection.rpc.retry(task, attempt);
  }

  /** Starts a query; some servers run it now, some when its endpoints are read. */
  async query(
    statement: Statement,
    options: StatementOptions = {},
  ): Promise<QueryResult> {
    return this.#run(queryCommand(statement, options.transaction), options);
  }

  /** The schema that a query's result has, without running it. */
  executeSchema(
    statement: Statement,
    { transaction, signal }: StatementOptions = {},
  ): Promise<Schema> {
    return this.calls.getSchema(queryCommand(statement, transaction), signal);
  }

  /** Lets the server keep a statement, to be run with parameters. Close it. */
  prepare(
    statement: Statement,
    options: StatementOptions = {},
  ): Promise<PreparedStatement> {
    const run = this.#run.bind(this);
    return PreparedStatement.create(this.calls, run, statement, options);
  }

  /**
   * Opens the stream of one endpoint and waits for its schema. Read its batches or cancel it.
   * @throws Failure(invalid_config) when it lies where this connection does not go.
   */
  open(endpoint: FlightEndpoint, signal?: AbortSignal): Promise<FlightStream> {
    return this.calls.doGet(endpoint, { signal });
  }

  /** Batches of one endpoint, those without rows left out. */
  async *read(
    endpoint: FlightEndpoint,
    signal?: AbortSignal,
  ): AsyncGenerator<Batch, void, undefined> {
    yield* await this.open(endpoint, signal);
  }

  /** Reads a whole small result into memory. */
  async rows(
    sql: string,
    options: StatementOptions = {},
  ): Promise<{
    readonly schema: Schema | undefined;
    readonly batches: readonly Batch[];
  }> {
    const result = await this.query(sql, options);
    let { schema } = result;
    const batches: Batch[] = [];
    for (const endpoint of result.endpoints) {
      const stream = await this.calls.doGet(endpoint, {
        replay: "once",
        ...options,
      });
      schema = stream.schema ?? schema;
      for await (const batch of stream) batches.push(batch);
    }
    return { schema, batches };
  }

  /** Runs a statement without a result. @returns rows that it changed, or -1n when the server does not say. */
  async update(
    statement: Statement,
    { transaction, signal }: StatementOptions = {},
  ): Promise<bigint> {
    const command = updateCommand(statement, transaction);
    const put = await this.calls.doPut(updateResult, signal);
    return recordCount(await putCommand(put, commandDescriptor(command)));
  }

  /**
   * Loads rows into a table. An abort or an error of `batches` ends the call unfinished, which servers undo.
   * @returns rows that were loaded, or -1n when the server does not say.
   */
  async ingest(
    target: IngestTarget,
    schema: Schema,
    batches: AsyncIterable<Batch>,
    signal?: AbortSignal,
  ): Promise<bigint> {
    const descriptor = ingestDescriptor(target);
    const put = await this.calls.doPut(updateResult, signal);
    return recordCount(await putBatches(put, descriptor, schema, batches));
  }

  /** @returns the transaction's id, for statements and `endTransaction`. */
  beginTransaction(): Promise<Uint8Array> {
    return beginTransaction(this.calls);
  }

  endTransaction(id: Readonly<Uint8Array>, end: TransactionEnd): Promise<void> {
    return endTransaction(this.calls, id, end);
  }

  /** @returns the savepoint's id, for `endSavepoint`. */
  beginSavepoint(
    transaction: Readonly<Uint8Array>,
    name: string,
  ): Promise<Uint8Array> {
    return beginSavepoint(this.calls, transaction, name);
  }

  endSavepoint(id: Readonly<Uint8Array>, end: SavepointEnd): Promise<void> {
    return endSavepoint(this.calls, id, end);
  }

  /** Asks the server to stop a query. Leaving or aborting the read of its endpoints ends only those calls. */
  cancel({ info }: QueryResult): Promise<CancelStatus> {
    return cancelFlightInfo(this.calls, info);
  }

  /** Asks for more time to read an endpoint. @returns the endpoint to read in its place. */
  renew(endpoint: FlightEndpoint): Promise<FlightEndpoint> {
    return renewFlightEndpoint(this.calls, endpoint);
  }

  /** What the server's DoAction knows. */
  listActions(): Promise<ActionType[]> {
    return this.calls.listActions();
  }

  /**
   * Sets options of the server's session; undefined unsets one.
   * @throws Failure(invalid_config) with every option that the server refused.
   */
  async setSessionOptions(options: SessionOptions): Promise<void> {
    await setSessionOptions(this.calls, options);
    this.#hasSession = true;
  }

  /** Options of the server's session. */
  getSessionOptions(): Promise<ReadonlyMap<string, SessionOption>> {
    return getSessionOptions(this.calls);
  }

  /** Ends the server's session; closing the client does it too. */
  async closeSession(): Promise<CloseSessionStatus> {
    const status = await closeSession(this.calls);
    this.#hasSession = false;
    return status;
  }

  /** Ends the session if the server has one, cancels open calls and closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { identity } = this.#connection;
    const { signal } = this.#context;
    if ((this.#hasSession || identity.hasSession) && !signal.aborted) {
      const deadline = Date.now() + closeSessionMax;
      // Servers without the action end their sessions by time, and so do those that cannot be reached.
      await closeSession(this.calls, { deadline }).catch(() => undefined);
    }
    this.#connection.close();
  }

  async #run(
    command: Uint8Array,
    { incremental, onProgress, signal, replay = "once" }: StatementOptions,
  ): Promise<QueryResult> {
    if (!(incremental ?? this.#incremental))
      return resultOf(await this.calls.getFlightInfo(command, replay, signal));
    const options = { signal, onProgress: onProgress ?? this.#logProgress };
    const { signal: closing } = this.#context;
    try {
      return resultOf(
        await pollUntilComplete(this.calls, command, options, closing),
      );
    } catch (error) {
      const { code, message } = Failure.from(error);
      if (code !== "unsupported") throw error;
      this.#context.log("info", `no PollFlightInfo, asked at once: ${message}`);
    }
    return resultOf(await this.calls.getFlightInfo(command, replay, signal));
  }

  readonly #logProgress = (progress: number | undefined): void => {
    if (progress === undefined) return;
    const percent = String(Math.round(100 * progress));
    this.#context.log("info", `the query is ${percent} % done`);
  };
}

import type { Batch } from "../../arrow/batch.js";
import { decodeSchema } from "../../arrow/ipc-schema.js";
import type { Schema } from "../../arrow/schema.js";
import type { TableName } from "../../catalog.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import { requiredTextAt } from "./columns.js";
import { connect } from "./connect.js";
import type { FlightConnection } from "./connect.js";
import { openStream } from "./flight-stream.js";
import type { FlightStream } from "./flight-stream.js";
import {
  commandDescriptor,
  ingestDescriptor,
  putBatches,
  putCommand,
} from "./ingest.js";
import type { IngestTarget } from "./ingest.js";
import { checkLocation } from "./locations.js";
import type { FlightEndpoint } from "./messages.js";
import { PrimaryKey, readTables } from "./metadata.js";
import type { FoundTable, TableFilter } from "./metadata.js";
import type { FlightOptions, StatementOptions } from "./options.js";
import type { QueryResult } from "./query-result.js";
import { flightService } from "./service.js";
import { readSqlInfo } from "./sql-info-value.js";
import type { SqlInfoValue } from "./sql-info-value.js";
import { EndTransaction, packAny, unpackAs } from "./sql-messages.js";
import { displayAddress } from "./url.js";

/**
 * A Flight SQL client over one connection. Calls may run side by side. Every call ends with
 * Failure(cancelled) when its signal or the context's aborts, and with Failure(timeout) at its deadline.
 */
export class FlightClient implements AsyncDisposable {
  readonly #connection: FlightConnection;

  private constructor(connection: FlightConnection) {
    this.#connection = connection;
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
    return new FlightClient(await connect(options, context));
  }

  /** Calls that have not ended: 0 when nothing is left behind. */
  get openCalls(): number {
    return this.#connection.rpc.openCalls;
  }

  /** Facts about the server by their ids (`SqlInfo`); all that it tells when none are given. */
  async sqlInfo(
    ids: readonly number[] = [],
  ): Promise<ReadonlyMap<number, SqlInfoValue>> {
    const values = new Map<number, SqlInfoValue>();
    for await (const batch of this.#ask(
      packAny("CommandGetSqlInfo", { info: ids }),
    ))
      readSqlInfo(batch, values);
    return values;
  }

  async catalogs(): Promise<string[]> {
    return this.#texts(packAny("CommandGetCatalogs", {}), "catalog_name");
  }

  /** Names of database schemas; `catalog` is exact, `pattern` a LIKE pattern. */
  async dbSchemas(
    filter: { catalog?: string; pattern?: string } = {},
  ): Promise<string[]> {
    const { catalog, pattern: dbSchemaFilterPattern } = filter;
    const command = packAny("CommandGetDbSchemas", {
      catalog,
      dbSchemaFilterPattern,
    });
    return this.#texts(command, "db_schema_name");
  }

  /** Tables and views, with their columns when `includeSchema` is set and the server tells them. */
  async *tables(
    filter: TableFilter,
    includeSchema: boolean,
  ): AsyncGenerator<FoundTable, void, undefined> {
    const command = packAny("CommandGetTables", {
      catalog: filter.catalog,
      dbSchemaFilterPattern: filter.dbSchemaPattern,
      tableNameFilterPattern: filter.tablePattern,
      tableTypes: filter.tableTypes,
      includeSchema,
    });
    for await (const batch of this.#ask(command)) yield* readTables(batch);
  }

  /** Column names in key order; empty when there is no key, or the server does not tell keys. */
  async primaryKeys(table: TableName): Promise<readonly string[]> {
    const { catalog, namespace: dbSchema, name } = table;
    const key = new PrimaryKey(table);
    try {
      const command = packAny("CommandGetPrimaryKeys", {
        catalog,
        dbSchema,
        table: name,
      });
      for await (const batch of this.#ask(command)) key.add(batch);
    } catch (error) {
      if (Failure.from(error).code === "unsupported") return [];
      throw error;
    }
    return key.columns();
  }

  /** Starts a query; some servers run it now, some when its endpoints are read. */
  async query(
    sql: string,
    options: StatementOptions = {},
  ): Promise<QueryResult> {
    const { transaction: transactionId, signal } = options;
    return this.#result(
      packAny("CommandStatementQuery", { query: sql, transactionId }),
      signal,
    );
  }

  /**
   * Opens the stream of one endpoint and waits for its schema. Read its batches or cancel it.
   * @throws Failure(unsupported) when the endpoint lies on another server.
   */
  async open(
    endpoint: FlightEndpoint,
    signal?: AbortSignal,
  ): Promise<FlightStream> {
    const { rpc, address } = this.#connection;
    checkLocation(endpoint, address);
    const ticket = endpoint.ticket ?? {};
    const call = await rpc.request(flightService.DoGet, ticket, "fetch", {
      signal,
    });
    return openStream(call, `server ${displayAddress(address)}, call DoGet`);
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
      const stream = await this.open(endpoint, options.signal);
      schema = stream.schema ?? schema;
      for await (const batch of stream) batches.push(batch);
    }
    return { schema, batches };
  }

  /** Runs a statement without a result. @returns rows that it changed, or -1n when the server does not say. */
  async update(sql: string, options: StatementOptions = {}): Promise<bigint> {
    const { transaction: transactionId, signal } = options;
    const command = packAny("CommandStatementUpdate", {
      query: sql,
      transactionId,
    });
    const put = this.#connection.rpc.open(flightService.DoPut, "update", {
      signal,
    });
    return await putCommand(put, commandDescriptor(command));
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
    const { rpc } = this.#connection;
    const put = rpc.open(flightService.DoPut, "update", { signal });
    return await putBatches(put, descriptor, schema, batches);
  }

  /** @returns the transaction's id, for statements and `endTransaction`. */
  async beginTransaction(): Promise<Uint8Array> {
    const results = await this.#act(
      "BeginTransaction",
      packAny("ActionBeginTransactionRequest", {}),
    );
    const [body] = results;
    if (body === undefined)
      throw new Failure(
        "invalid_data",
        "the server answered BeginTransaction without a transaction",
      );
    return unpackAs("ActionBeginTransactionResult", body).transactionId;
  }

  async endTransaction(
    id: Readonly<Uint8Array>,
    end: "commit" | "rollback",
  ): Promise<void> {
    const action =
      end === "commit"
        ? EndTransaction.END_TRANSACTION_COMMIT
        : EndTransaction.END_TRANSACTION_ROLLBACK;
    await this.#act(
      "EndTransaction",
      packAny("ActionEndTransactionRequest", { transactionId: id, action }),
    );
  }

  /** Cancels open calls and closes the connection. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#connection.rpc.close();
    return Promise.resolve();
  }

  async #result(
    command: Uint8Array,
    signal?: AbortSignal,
  ): Promise<QueryResult> {
    const descriptor = commandDescriptor(command);
    const { rpc } = this.#connection;
    const call = await rpc.request(
      flightService.GetFlightInfo,
      descriptor,
      "query",
      { signal },
    );
    const {
      schema,
      endpoint: endpoints,
      ordered,
      totalRecords,
    } = await call.only();
    return {
      schema: schema.byteLength === 0 ? undefined : decodeSchema(schema),
      endpoints,
      ordered,
      totalRecords,
    };
  }

  /** Batches of a metadata command's answer. */
  async *#ask(command: Uint8Array): AsyncGenerator<Batch, void, undefined> {
    const { endpoints } = await this.#result(command);
    for (const endpoint of endpoints) yield* this.read(endpoint);
  }

  async #texts(command: Uint8Array, name: string): Promise<string[]> {
    const texts: string[] = [];
    for await (const batch of this.#ask(command))
      for (let row = 0; row < batch.length; row++)
        texts.push(requiredTextAt(batch, name, row));
    return texts;
  }

  async #act(type: string, body: Uint8Array): Promise<Uint8Array[]> {
    const { rpc } = this.#connection;
    const call = await rpc.request(
      flightService.DoAction,
      { type, body },
      "update",
    );
    const bodies: Uint8Array[] = [];
    for await (const result of call.messages()) bodies.push(result.body);
    return bodies;
  }
}

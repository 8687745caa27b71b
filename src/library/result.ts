import PQueue from "p-queue";
import type { RecordBatch, Schema as ApacheSchema, Table } from "apache-arrow";
import type { Batch } from "../arrow/batch.js";
import { haveSameTypes } from "../arrow/same-types.js";
import type { Schema } from "../arrow/schema.js";
import {
  toApacheSchema,
  toRecordBatch,
  toTable,
} from "../arrow/to-record-batch.js";
import type { CancelStatus } from "../drivers/flight/cancel.js";
import type { FlightClient } from "../drivers/flight/client.js";
import { EndpointReading } from "../drivers/flight/endpoint-reading.js";
import type { QueryResult } from "../drivers/flight/query-result.js";
import { abortFailure } from "../drivers/flight/abort-links.js";
import { Failure } from "../failure.js";
import { ahead } from "../util/ahead.js";
import { concurrently } from "../util/concurrently.js";

/** Endpoints that are read side by side when the caller does not say. */
const defaultConcurrency = 4;

const never = new AbortController().signal;

/** What a result needs. */
interface Source {
  readonly client: FlightClient;
  readonly result: QueryResult;
  readonly signal: AbortSignal | undefined;
  /** Endpoints that are read side by side. @default 4 */
  readonly concurrency: number | undefined;
}

/**
 * The rows of a query, as record batches of apache-arrow. They are pulled: a reader that stops asking stops the
 * server. Several endpoints are read side by side, in the order in which their batches come, or in their own order
 * when the server says that it matters. Read it once, by `for await` or `table()`; leaving the loop early, an abort and the end of an
 * `await using` block end it. A result that is never read keeps a call open until it is disposed of.
 */
export class Result implements AsyncIterable<RecordBatch>, AsyncDisposable {
  readonly schema: ApacheSchema;
  /** Rows in all, as far as the server knows beforehand. */
  readonly totalRecords: number | undefined;
  readonly #source: Source;
  readonly #schema: Schema;
  /** The first is open: it told the schema. */
  readonly #endpoints: readonly EndpointReading[];
  #isTaken = false;
  #onEnd: (() => Promise<void>) | undefined;

  private constructor(
    source: Source,
    schema: Schema,
    endpoints: readonly EndpointReading[],
  ) {
    const { totalRecords } = source.result;
    this.schema = toApacheSchema(schema);
    this.totalRecords = totalRecords < 0n ? undefined : Number(totalRecords);
    this.#source = source;
    this.#schema = schema;
    this.#endpoints = endpoints;
  }

  /** Opens the first endpoint, as only the stream tells the schema for certain. */
  static async open(source: Source): Promise<Result> {
    const { client, result, signal } = source;
    const endpoints = result.endpoints.map(
      (endpoint) => new EndpointReading(client, endpoint),
    );
    const schema = (await endpoints[0]?.open(signal)) ?? result.schema;
    if (schema !== undefined) return new Result(source, schema, endpoints);
    endpoints[0]?.cancel();
    throw new Failure(
      "invalid_data",
      "the server answered a result without endpoints and without a schema; run statements that have no result by update",
    );
  }

  /** @internal The same result; `onEnd` runs once, when nothing of it will be read any more. */
  andThen(onEnd: () => Promise<void>): this {
    this.#onEnd = onEnd;
    return this;
  }

  /** @throws Failure of the server, Failure(cancelled) after an abort. */
  async *[Symbol.asyncIterator](): AsyncGenerator<
    RecordBatch,
    void,
    undefined
  > {
    if (this.#isTaken)
      throw new Failure(
        "usage",
        "a result can be read only once, and was read or disposed of: keep its table()",
      );
    this.#isTaken = true;
    const { signal } = this.#source;
    try {
      for await (const batch of this.#batches())
        yield toRecordBatch(this.#unified(batch));
    } catch (error) {
      throw signal?.aborted === true ? abortFailure(signal) : error;
    } finally {
      await this.#onEnd?.();
    }
  }

  /** Reads all rows into memory. */
  async table(): Promise<Table> {
    const batches: RecordBatch[] = [];
    for await (const batch of this) batches.push(batch);
    return toTable(this.schema, batches);
  }

  /** Asks the server to stop the query; what it answers depends on the server. */
  cancel(): Promise<CancelStatus> {
    return this.#source.client.cancel(this.#source.result);
  }

  /** Ends the read, if it is not over. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.#endpoints[0]?.cancel();
    await this.#onEnd?.();
  }

  #batches(): AsyncIterable<Batch> {
    const { signal = never, result, concurrency } = this.#source;
    const [only, ...more] = this.#endpoints;
    // Nothing between the stream and its reader that would cost every batch a turn.
    if (only !== undefined && more.length === 0) return only.read(signal);
    const width = concurrency ?? defaultConcurrency;
    const read = (endpoint: EndpointReading, end: AbortSignal) =>
      endpoint.read(end);
    return result.ordered
      ? ahead(width, this.#endpoints, signal, read)
      : concurrently(
          new PQueue({ concurrency: width }),
          this.#endpoints,
          signal,
          read,
        );
  }

  /** Endpoints may differ in what can be NULL and in metadata, but a Table wants one schema. */
  #unified(batch: Batch): Batch {
    const schema = this.#schema;
    if (batch.schema === schema) return batch;
    if (!haveSameTypes(batch.schema, schema))
      throw new Failure(
        "invalid_data",
        "the endpoints of the result have different columns",
      );
    const { length, byteLength, vectors } = batch;
    return { schema, length, byteLength, vectors };
  }
}

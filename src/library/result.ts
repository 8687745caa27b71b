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
import type { FlightStream } from "../drivers/flight/flight-stream.js";
import type { FlightEndpoint } from "../drivers/flight/messages.js";
import type { QueryResult } from "../drivers/flight/query-result.js";
import { Failure } from "../failure.js";

/** What a result needs. */
interface Source {
  readonly client: FlightClient;
  readonly result: QueryResult;
  readonly signal: AbortSignal | undefined;
}

/**
 * The rows of a query, as record batches of apache-arrow. They are pulled: a reader that stops asking stops the
 * server. Read it once, by `for await` or `table()`; leaving the loop early, an abort and the end of an
 * `await using` block end it. A result that is never read keeps a call open until it is disposed of.
 */
export class Result implements AsyncIterable<RecordBatch>, AsyncDisposable {
  readonly schema: ApacheSchema;
  /** Rows in all, as far as the server knows beforehand. */
  readonly totalRecords: number | undefined;
  readonly #source: Source;
  readonly #schema: Schema;
  /** The stream of the first endpoint, which told the schema. */
  readonly #first: FlightStream | undefined;
  readonly #rest: readonly FlightEndpoint[];
  #isTaken = false;
  #onEnd: (() => Promise<void>) | undefined;

  private constructor(
    source: Source,
    schema: Schema,
    first: FlightStream | undefined,
  ) {
    const { totalRecords, endpoints } = source.result;
    this.schema = toApacheSchema(schema);
    this.totalRecords = totalRecords < 0n ? undefined : Number(totalRecords);
    this.#source = source;
    this.#schema = schema;
    this.#first = first;
    this.#rest = endpoints.slice(1);
  }

  /** Opens the first endpoint, as only the stream tells the schema for certain. */
  static async open(source: Source): Promise<Result> {
    let first: FlightStream | undefined;
    try {
      const { client, result, signal } = source;
      const [endpoint] = result.endpoints;
      if (endpoint !== undefined) first = await client.open(endpoint, signal);
      const schema = first?.schema ?? result.schema;
      if (schema === undefined)
        throw new Failure(
          "invalid_data",
          "the server answered a result without endpoints and without a schema; run statements that have no result by update",
        );
      return new Result(source, schema, first);
    } catch (error) {
      first?.cancel();
      throw error;
    }
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
    const { client, signal } = this.#source;
    try {
      if (this.#first !== undefined) yield* this.#convert(this.#first);
      for (const endpoint of this.#rest)
        yield* this.#convert(await client.open(endpoint, signal));
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
    this.#first?.cancel();
    await this.#onEnd?.();
  }

  async *#convert(
    stream: FlightStream,
  ): AsyncGenerator<RecordBatch, void, undefined> {
    for await (const batch of stream) yield toRecordBatch(this.#unified(batch));
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

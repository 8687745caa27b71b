import { type Batch, releaseBatch } from "../../arrow/batch.js";
import { encodePieces } from "../../arrow/encode-pieces.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import type { Schema } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import type { FlightDataParts } from "./flight-data.js";
import type { FlightDescriptor } from "./messages.js";
import type { Decoded } from "./protobuf-fields.js";
import type { RpcCall } from "./rpc-call.js";
import { DoPutUpdateResult, putResultMessages } from "./sql-messages.js";

/** An open DoPut, and what its results say: `updateResult` or `bindResult`. */
export interface Put<Result> {
  readonly call: RpcCall<FlightDataParts, { readonly appMetadata: Uint8Array }>;
  readonly result: { decode(appMetadata: Uint8Array): Result };
}

/** Result of an update or an ingest, for `recordCount`. */
export const updateResult = DoPutUpdateResult;
/** Result of binding parameters to a query, for `replacedHandle`. */
export const bindResult = putResultMessages.DoPutPreparedStatementResult;

/** How a DoPut ended. */
export interface PutAnswer<Result> {
  /** The last one that was not empty; undefined when there was none. */
  readonly result: Result | undefined;
  /** Why the call did not end well. */
  readonly failure: { readonly reason: unknown } | undefined;
}

/**
 * Bytes of a message with rows: gRPC servers refuse more than 4 MiB unless they were told otherwise (the defaults of
 * grpc-go, tonic, grpc-java and grpc-js), and a message is a little more than its header and body.
 */
const messageBytesMax = 4 * 1024 * 1024 - 1024;

/** Number of rows when the server does not tell it. */
const unknownCount = -1n;

/**
 * Sends the schema and the batches, large ones in pieces, each when the transport has taken the one before it, and
 * reads the server's word on them. A batch is released when it was sent. A server may end the call before all is sent; its reason is told by the reading side.
 * @throws what `batches` throws, after the call was ended unfinished.
 */
export async function putBatches<Result>(
  put: Put<Result>,
  descriptor: FlightDescriptor,
  schema: Schema,
  batches: AsyncIterable<Batch>,
): Promise<PutAnswer<Result>> {
  const results = new PutResults(put);
  const source = batches[Symbol.asyncIterator]();
  try {
    let isOpen = await put.call.send({
      descriptor,
      header: encodeSchema(schema),
    });
    while (isOpen) {
      const batch = await results.unlessEnded(source.next());
      if (batch === undefined) break;
      const used = releasedAfter(batch);
      for (const piece of encodePieces(batch, messageBytesMax))
        isOpen &&= await put.call.send({ ...piece, copied: used.begin() });
      used.end();
    }
    put.call.end();
  } catch (error) {
    // The source failed or a batch could not be encoded: the server must not take what came for all.
    put.call.cancel();
    await results.settled;
    throw error;
  } finally {
    // Not waited for: a source that hangs must not keep the server's error back. Nor can it add to that.
    source.return?.().catch(() => undefined);
  }
  return results.answer();
}

/** Releases a batch once all of its pieces are encoded and copied; where one never is, nothing is released. */
function releasedAfter(batch: Batch) {
  let uses = 1;
  const end = () => {
    if (--uses === 0) releaseBatch(batch);
  };
  return {
    begin: () => {
      uses++;
      return end;
    },
    end,
  };
}

/** Sends a command without rows. */
export async function putCommand<Result>(
  put: Put<Result>,
  descriptor: FlightDescriptor,
): Promise<PutAnswer<Result>> {
  const results = new PutResults(put);
  await put.call.send({ descriptor });
  put.call.end();
  return results.answer();
}

/**
 * Rows that an update changed or an ingest loaded, or -1n.
 * @throws Failure of the server, with the number of rows it says are loaded nevertheless.
 */
export function recordCount({
  result,
  failure,
}: PutAnswer<Decoded<typeof updateResult>>): bigint {
  const count = result?.recordCount ?? unknownCount;
  if (failure === undefined) return count;
  const { reason } = failure;
  if (!(reason instanceof Failure) || count <= 0n) throw reason;
  throw new Failure(
    reason.code,
    `${reason.message}; ${String(count)} rows had been loaded before, says the server`,
    { cause: reason },
  );
}

/**
 * The handle that binding parameters gave a prepared statement in place of its old one; undefined when that one
 * stays good. Older servers send no result at all (apache/arrow issue 37720).
 * @throws Failure of the server.
 */
export function replacedHandle({
  result,
  failure,
}: PutAnswer<Decoded<typeof bindResult>>): Uint8Array | undefined {
  if (failure !== undefined) throw failure.reason;
  return result?.preparedStatementHandle;
}

/** Reads the answers of a DoPut while its messages are still being sent. */
class PutResults<Result> {
  /** Resolves when the call has ended, well or not. */
  readonly settled: Promise<void>;
  #result: Result | undefined;
  #ended = false;
  /** Wakes whoever waits for the source when the call ends. */
  #wake: (() => void) | undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(put: Put<Result>) {
    this.settled = this.#read(put);
  }

  /** The batch to come; undefined when there is none, or the call ends first. */
  unlessEnded(
    next: Promise<IteratorResult<Batch, unknown>>,
  ): Promise<Batch | undefined> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        resolve(undefined);
      };
      next.then(({ done, value }) => {
        resolve(done === true ? undefined : value);
      }, reject);
      if (this.#ended) resolve(undefined);
    });
  }

  async answer(): Promise<PutAnswer<Result>> {
    await this.settled;
    return { result: this.#result, failure: this.#failure };
  }

  async #read({ call, result }: Put<Result>): Promise<void> {
    try {
      for await (const { appMetadata } of call.messages())
        if (appMetadata.byteLength > 0)
          this.#result = result.decode(appMetadata);
    } catch (reason) {
      this.#failure = { reason };
    }
    this.#ended = true;
    this.#wake?.();
  }
}

import type { ServerWritableStream } from "@grpc/grpc-js";
import { type Batch, releaseBatch } from "../arrow/batch.js";
import { loadCompression } from "../arrow/compression.js";
import { encodeBatch } from "../arrow/encode-batch.js";
import { encodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import type { FlightDataParts } from "../drivers/flight/flight-data.js";
import { Failure } from "../failure.js";
import { release } from "../util/release.js";
import type { Caller } from "./caller.js";

/** The sending side of a DoGet. */
export type DataStream = Pick<
  ServerWritableStream<unknown, FlightDataParts>,
  "write"
>;

/**
 * Messages, and bytes of their bodies, that may wait for the client before the next batch is made. This and what
 * DuckDB computes ahead is what a stalled client holds.
 */
const waitingMax = 3;
const waitingBytesMax = 1 << 20;

/**
 * Sends an Arrow stream. A client that does not read stops the batches from being made.
 * @param keep whether the batches are needed afterwards; else they are released.
 * @throws Failure(cancelled) when the signal aborts
 */
export async function sendBatches(
  stream: DataStream,
  schema: Schema,
  batches: AsyncIterable<Batch>,
  { output, record, signal }: Caller,
  { keep }: { readonly keep: boolean },
): Promise<void> {
  const { compression } = output;
  if (compression !== undefined) await loadCompression(compression);
  const sender = new Sender(stream, signal);
  await sender.send({ header: encodeSchema(schema) }, 0);
  for await (const batch of batches) {
    const { header, body, bodyLength } = encodeBatch(batch, { compression });
    const copied = () => {
      if (!keep) releaseBatch(batch);
    };
    await sender.send({ header, body }, bodyLength, copied);
    record.rows += batch.length;
    record.bytes += bodyLength;
  }
}

/** What is there already, as a stream. */
export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** Node's streams would take 16 messages of any size before they ask to wait; this takes fewer. */
class Sender {
  readonly #stream: DataStream;
  readonly #signal: AbortSignal;
  #waiting = 0;
  #waitingBytes = 0;
  #wake: (() => void) | undefined;

  constructor(stream: DataStream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    signal.addEventListener("abort", () => {
      this.#wake?.();
    });
  }

  /** @param copied called when the message's parts are not needed any more. */
  async send(
    message: FlightDataParts,
    bytes: number,
    copied?: () => void,
  ): Promise<void> {
    this.#waiting++;
    this.#waitingBytes += bytes;
    let frame: ArrayBuffer | undefined;
    const onCopied = (memory: ArrayBuffer | undefined) => {
      frame = memory;
      copied?.();
    };
    this.#stream.write(
      { ...message, copied: onCopied },
      (error?: Error | null) => {
        // Where writing was broken off the transport may still read it.
        if (error == null && frame !== undefined) release([frame]);
        this.#waiting--;
        this.#waitingBytes -= bytes;
        this.#wake?.();
      },
    );
    while (this.#isFull && !this.#signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#signal.aborted)
      throw new Failure("cancelled", "the client ended the call");
  }

  get #isFull(): boolean {
    return this.#waiting >= waitingMax || this.#waitingBytes > waitingBytesMax;
  }
}

import type { ServerWritableStream } from "@grpc/grpc-js";
import type { Batch } from "../arrow/batch.js";
import { loadCompression } from "../arrow/compression.js";
import { encodeBatch } from "../arrow/encode-batch.js";
import { encodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import type { FlightDataParts } from "../drivers/flight/flight-data.js";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";

/** The sending side of a DoGet. */
export type DataStream = Pick<
  ServerWritableStream<unknown, FlightDataParts>,
  "write"
>;

/** Messages that may wait for the client; with batches of 2 MiB this bounds what a stalled one holds. */
const waitingMax = 3;

/**
 * Sends an Arrow stream. A client that does not read stops the batches from being made.
 * @throws Failure(cancelled) when the signal aborts
 */
export async function sendBatches(
  stream: DataStream,
  schema: Schema,
  batches: AsyncIterable<Batch>,
  { output, record, signal }: Caller,
): Promise<void> {
  const { compression } = output;
  if (compression !== undefined) await loadCompression(compression);
  const sender = new Sender(stream, signal);
  await sender.send({ header: encodeSchema(schema) });
  for await (const batch of batches) {
    const { header, body, bodyLength } = encodeBatch(batch, { compression });
    await sender.send({ header, body });
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
  #wake: (() => void) | undefined;

  constructor(stream: DataStream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    signal.addEventListener("abort", () => {
      this.#wake?.();
    });
  }

  async send(message: FlightDataParts): Promise<void> {
    this.#waiting++;
    this.#stream.write(message, () => {
      this.#waiting--;
      this.#wake?.();
    });
    while (this.#waiting >= waitingMax && !this.#signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#signal.aborted)
      throw new Failure("cancelled", "the client ended the call");
  }
}

import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import { abortFailure } from "./abort-links.js";
import type { FlightClient } from "./client.js";
import type { FlightStream } from "./flight-stream.js";
import type { FlightEndpoint } from "./messages.js";

/**
 * The reading of one endpoint, which may be opened for its schema before its rows are wanted. Its ticket may be good
 * for one reading only: what was opened is what is read.
 */
export class EndpointReading {
  readonly #client: Pick<FlightClient, "open" | "read">;
  readonly #endpoint: FlightEndpoint;
  /** Ends what was opened. */
  readonly #end = new AbortController();
  #stream: FlightStream | undefined;

  constructor(
    client: Pick<FlightClient, "open" | "read">,
    endpoint: FlightEndpoint,
  ) {
    this.#client = client;
    this.#endpoint = endpoint;
  }

  /** @returns the schema of its rows; undefined when the server ended the stream without any. */
  async open(signal?: AbortSignal): Promise<Schema | undefined> {
    this.#endWith(signal);
    this.#stream ??= await this.#client.open(this.#endpoint, this.#end.signal);
    return this.#stream.schema;
  }

  /** Read them once. */
  read(signal?: AbortSignal): AsyncIterable<Batch> {
    const stream = this.#stream;
    if (stream === undefined) return this.#client.read(this.#endpoint, signal);
    this.#endWith(signal);
    return stream;
  }

  /** Ends what was opened and will not be read. */
  cancel(): void {
    this.#stream?.cancel();
  }

  #endWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const end = () => {
      this.#end.abort(abortFailure(signal));
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  }
}

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
  readonly #signals = new Set<AbortSignal>();
  readonly #onAbort = ({ target }: Event) => {
    if (target instanceof AbortSignal) this.#end.abort(abortFailure(target));
  };
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
    try {
      this.#stream ??= await this.#client.open(
        this.#endpoint,
        this.#end.signal,
      );
      return this.#stream.schema;
    } catch (error) {
      this.#forgetSignals();
      throw error;
    }
  }

  /** Read them once. */
  async *read(signal?: AbortSignal): AsyncGenerator<Batch, void, undefined> {
    if (this.#stream === undefined) {
      yield* this.#client.read(this.#endpoint, signal);
      return;
    }
    this.#endWith(signal);
    try {
      yield* this.#stream;
    } finally {
      this.#forgetSignals();
    }
  }

  /** Ends what was opened and will not be read. */
  cancel(): void {
    this.#stream?.cancel();
    this.#forgetSignals();
  }

  #endWith(signal: AbortSignal | undefined): void {
    if (signal === undefined || this.#signals.has(signal)) return;
    if (signal.aborted) this.#end.abort(abortFailure(signal));
    signal.addEventListener("abort", this.#onAbort);
    this.#signals.add(signal);
  }

  /** A signal may outlive many readings. */
  #forgetSignals(): void {
    for (const signal of this.#signals)
      signal.removeEventListener("abort", this.#onAbort);
    this.#signals.clear();
  }
}

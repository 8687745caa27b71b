import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { FlightStream } from "../../drivers/flight/flight-stream.js";
import type { FlightEndpoint } from "../../drivers/flight/messages.js";
import type { Partition } from "../../engine.js";
import { Failure } from "../../failure.js";

/** A Flight endpoint as a partition. Its ticket may be good for one reading only: what was opened is what is read. */
export class EndpointPartition implements Partition {
  readonly label: string;
  readonly #client: FlightClient;
  readonly #endpoint: FlightEndpoint;
  /** Ends what was opened. */
  readonly #end = new AbortController();
  #stream: FlightStream | undefined;

  constructor(label: string, client: FlightClient, endpoint: FlightEndpoint) {
    this.label = label;
    this.#client = client;
    this.#endpoint = endpoint;
  }

  static of(partition: Partition): EndpointPartition {
    if (partition instanceof EndpointPartition) return partition;
    throw new Failure(
      "internal",
      `partition ${partition.label} belongs to another connection`,
    );
  }

  /** @returns the schema of its rows; undefined when the server ended the stream without any. */
  async open(): Promise<Schema | undefined> {
    this.#stream ??= await this.#client.open(this.#endpoint, this.#end.signal);
    return this.#stream.schema;
  }

  read(signal: AbortSignal): AsyncIterable<Batch> {
    const stream = this.#stream;
    if (stream === undefined) return this.#client.read(this.#endpoint, signal);
    const end = () => {
      this.#end.abort(signal.reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    return stream;
  }
}

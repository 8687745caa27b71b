import { EndpointReading } from "../../drivers/flight/endpoint-reading.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { FlightEndpoint } from "../../drivers/flight/messages.js";
import type { Partition } from "../../engine.js";
import { Failure } from "../../failure.js";

/** A Flight endpoint as a partition. */
export class EndpointPartition extends EndpointReading implements Partition {
  readonly label: string;

  constructor(label: string, client: FlightClient, endpoint: FlightEndpoint) {
    super(client, endpoint);
    this.label = label;
  }

  static of(partition: Partition): EndpointPartition {
    if (partition instanceof EndpointPartition) return partition;
    throw new Failure(
      "internal",
      `partition ${partition.label} belongs to another connection`,
    );
  }
}

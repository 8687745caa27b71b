import { decodeSchema } from "../../arrow/ipc-schema.js";
import type { Schema } from "../../arrow/schema.js";
import type { FlightEndpoint, FlightInfo } from "./messages.js";

/** A statement's result, not read yet. */
export interface QueryResult {
  /** Undefined when the server tells it only with the rows. Trust the stream's schema more. */
  readonly schema: Schema | undefined;
  /** All of them make up the result; each is read once. None is an empty result. */
  readonly endpoints: readonly FlightEndpoint[];
  /** The rows are in order when the endpoints are read one after another. */
  readonly ordered: boolean;
  /** Rows in all, -1n when unknown. */
  readonly totalRecords: bigint;
  /** What the server said, to cancel the query by and for what is the application's. */
  readonly info: FlightInfo;
}

/** @throws Failure(invalid_data) when its schema is malformed. */
export function resultOf(info: FlightInfo): QueryResult {
  const { schema, endpoint: endpoints, ordered, totalRecords } = info;
  return {
    schema: schema.byteLength === 0 ? undefined : decodeSchema(schema),
    endpoints,
    ordered,
    totalRecords,
    info,
  };
}

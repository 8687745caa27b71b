import type { Schema } from "../../arrow/schema.js";
import type { FlightEndpoint } from "./messages.js";

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
}

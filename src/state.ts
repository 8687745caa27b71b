/**
 * How far one stream has been read. `cursor` is the value as the JSON writer prints it, without quotes:
 * exact to the last digit, never a number or a Date.
 */
export interface StreamState {
  readonly cursorField: string;
  readonly cursor: string;
}

/** What is known of a stream cannot be used: it starts anew. */
export interface Reset {
  /** For the log: "its replication method was FULL_TABLE and is INCREMENTAL now". */
  readonly reset: string;
}

/** Stream id → how far it was read. A stream that is missing starts anew. */
export type State = ReadonlyMap<string, StreamState | Reset>;

/**
 * How far one stream has been read. `cursor` is the value as the JSON writer prints it, without quotes:
 * exact to the last digit, never a number or a Date.
 */
export interface StreamState {
  readonly cursorField: string;
  readonly cursor: string;
  /**
   * Hashes of the rows at `cursor` that were sent, equal rows as often as they are there; "inclusive" when they were
   * too many to be kept. Undefined when they were not asked for.
   */
  readonly boundary?: readonly string[] | "inclusive";
}

/** What is known of a stream cannot be used: it starts anew. */
export interface Reset {
  /** For the log: "its replication method was FULL_TABLE and is INCREMENTAL now". */
  readonly reset: string;
}

/** Stream id → how far it was read. A stream that is missing starts anew. */
export type State = ReadonlyMap<string, StreamState | Reset>;

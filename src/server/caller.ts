import type { Output } from "./output.js";
import type { SessionId } from "./sessions.js";

/** What a call has done so far, for the log. */
export interface CallRecord {
  /** Unknown until the credentials were checked. */
  user?: string;
  /** The SQL text, or what a command without SQL works on. */
  subject?: string;
  /** Rows that were sent, changed or loaded. */
  rows: number;
  /** Bytes of Arrow buffers, sent or received. */
  bytes: number;
}

/** Who a call comes from, what it may do, and when to stop working for it. */
export interface Caller {
  /** Limits count by it. */
  readonly user: string;
  /** Tickets and transactions belong to one. */
  readonly session: string;
  /** The session whose settings and temporary tables the call is to see. */
  readonly sessionId: SessionId;
  /** Statements that write, and ingests, are refused. */
  readonly readOnly: boolean;
  readonly output: Output;
  readonly record: CallRecord;
  /** Waits for the end of the client's connection. @returns ends the wait. */
  readonly onDisconnect: (listener: () => void) => () => void;
  /** Aborts when the client has gone, its deadline has passed, or the server closes. */
  readonly signal: AbortSignal;
}

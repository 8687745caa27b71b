/** Who a call comes from, and when to stop working for it. */
export interface Caller {
  readonly session: string;
  /** Aborts when the client has gone, its deadline has passed, or the server closes. */
  readonly signal: AbortSignal;
}

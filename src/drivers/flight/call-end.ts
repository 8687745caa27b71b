import type { status as Status } from "@grpc/grpc-js";

/** What decides whether a failed call may be made again. */
export interface CallEndFacts {
  readonly code: Status;
  /**
   * The server cannot have acted on the call: it was never sent, or the server refused it before the first
   * header of an answer.
   */
  readonly untouched: boolean;
  /** Milliseconds that the server wants to be left alone; undefined when it does not say, Infinity for ever. */
  readonly retryAfter: number | undefined;
}

/** How a gRPC call ended that did not end well: the cause of its Failure. */
export class CallEnd extends Error implements CallEndFacts {
  override readonly name = "CallEnd";
  readonly code: Status;
  readonly untouched: boolean;
  readonly retryAfter: number | undefined;

  constructor(text: string, { code, untouched, retryAfter }: CallEndFacts) {
    super(text);
    this.code = code;
    this.untouched = untouched;
    this.retryAfter = retryAfter;
  }
}

import { Metadata } from "@grpc/grpc-js";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
} from "@grpc/grpc-js";
import type { Readable } from "node:stream";
import { Failure } from "../failure.js";
import type { Authentication } from "./authentication.js";
import type { Caller } from "./caller.js";
import { statusOf } from "./status.js";

/** What is needed of a call of any kind. */
interface AnyCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  on(event: "cancelled", listener: () => void): unknown;
  sendMetadata(metadata: Metadata): void;
}

/** What every call goes through: who calls, until when to work for it, and how its errors are told. */
export class Calls {
  readonly #authentication: Authentication;
  readonly #readOnly: boolean;
  readonly #closing: AbortSignal;
  readonly #running = new Set<Promise<void>>();

  /**
   * @param readOnly for every caller.
   * @param closing aborts when the server closes, and with it every call.
   */
  constructor(
    authentication: Authentication,
    readOnly: boolean,
    closing: AbortSignal,
  ) {
    this.#authentication = authentication;
    this.#readOnly = readOnly;
    this.#closing = closing;
  }

  /** Resolves when no call is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  unary<Req, Res>(
    handle: (request: Req, caller: Caller) => Promise<Res>,
  ): handleUnaryCall<Req, Res> {
    return (call, callback) => {
      this.#track(async () => {
        try {
          callback(null, await handle(call.request, this.#caller(call)));
        } catch (error) {
          callback(this.#told(error));
        }
      });
    };
  }

  /** A handler that writes; the call ends when it resolves. */
  down<Req, Res>(
    handle: (
      call: ServerWritableStream<Req, Res>,
      caller: Caller,
    ) => Promise<void>,
  ): handleServerStreamingCall<Req, Res> {
    return (call) => {
      this.#track(async () => {
        try {
          await handle(call, this.#caller(call));
          call.end();
        } catch (error) {
          call.emit("error", this.#told(error));
        }
      });
    };
  }

  /** A handler that reads and writes. `open` calls need no credentials: Handshake asks for them itself. */
  both<Req, Res>(
    handle: (
      call: ServerDuplexStream<Req, Res>,
      caller: Caller,
    ) => Promise<void>,
    access: "checked" | "open" = "checked",
  ): (call: ServerDuplexStream<Req, Res>) => void {
    return (call) => {
      this.#track(async () => {
        try {
          const caller =
            access === "open" ? this.#callerOf(call, "") : this.#caller(call);
          await handle(call, caller);
          call.end();
        } catch (error) {
          call.emit("error", this.#told(error));
        }
      });
    };
  }

  #track(work: () => Promise<void>): void {
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #caller(call: AnyCall): Caller {
    if (this.#closing.aborted) throw shuttingDown();
    const { session, bearer } = this.#authentication.identify(call.metadata);
    if (bearer !== undefined) sendBearer(call, bearer);
    return this.#callerOf(call, session);
  }

  #callerOf(call: AnyCall, session: string): Caller {
    return {
      session,
      readOnly: this.#readOnly,
      record: { rows: 0, bytes: 0 },
      signal: this.#signalOf(call),
    };
  }

  #signalOf(call: AnyCall): AbortSignal {
    const gone = new AbortController();
    if (call.cancelled) gone.abort();
    call.on("cancelled", () => {
      gone.abort();
    });
    return AbortSignal.any([gone.signal, this.#closing]);
  }

  #told(error: unknown) {
    const isClosing =
      this.#closing.aborted &&
      error instanceof Failure &&
      error.code === "cancelled";
    return {
      ...statusOf(isClosing ? shuttingDown() : error),
      metadata: new Metadata(),
    };
  }
}

function shuttingDown(): Failure {
  return new Failure("unavailable", "the server is shutting down");
}

/** Clients take a bearer token from the headers of any answer. */
export function sendBearer(call: AnyCall, bearer: string): void {
  const headers = new Metadata();
  headers.set("authorization", `Bearer ${bearer}`);
  call.sendMetadata(headers);
}

/**
 * Messages of a call in order, one taken from the transport when it is asked for. Node's own iterator would
 * close the call before the answer, and wait for ever for a client that has gone.
 * @throws Failure(cancelled) when the client went away instead of ending.
 */
export async function* messagesOf<Req>(
  call: Readable,
  signal: AbortSignal,
): AsyncGenerator<Req, void, undefined> {
  const waiting: Req[] = [];
  let hasEnded = false;
  let wake: (() => void) | undefined;
  const onData = (message: Req) => {
    waiting.push(message);
    call.pause();
    wake?.();
  };
  const onEnd = () => {
    hasEnded = true;
    wake?.();
  };
  const onAbort = () => {
    wake?.();
  };
  call.on("data", onData).on("end", onEnd);
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      if (signal.aborted)
        throw new Failure("cancelled", "the client ended the call too early");
      const message = waiting.shift();
      if (message !== undefined) yield message;
      else if (hasEnded as boolean) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
          call.resume();
        });
    }
  } finally {
    call.off("data", onData).off("end", onEnd);
    signal.removeEventListener("abort", onAbort);
  }
}

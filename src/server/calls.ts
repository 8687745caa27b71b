import { status as Status } from "@grpc/grpc-js";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
  StatusObject,
} from "@grpc/grpc-js";
import { Failure } from "../failure.js";
import { logCall } from "./call-log.js";
import type { Caller, CallRecord } from "./caller.js";
import type { AnyCall, Callers } from "./callers.js";
import type { Log } from "./log.js";
import { trailersOf } from "./status-details.js";
import { statusOf } from "./status.js";
import type { CallStatus } from "./status.js";

/** What a call needs before it is handled: credentials; or nothing, as Handshake asks for them itself. */
type Access = "open" | "checked";

const succeeded: CallStatus = { code: Status.OK, details: "" };

/** What every call goes through: who calls, until when to work for it, how its errors are told, and the log. */
export class Calls {
  readonly #callers: Callers;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #isDraining = false;

  constructor(callers: Callers, log: Log) {
    this.#callers = callers;
    this.#log = log;
  }

  /**
   * Takes no more calls, and resolves when none is under way any more.
   * @param signal aborts the calls that still are.
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#isDraining = true;
    const close = () => {
      this.#closing.abort();
    };
    if (signal.aborted) close();
    signal.addEventListener("abort", close);
    while (this.#running.size > 0) await Promise.all(this.#running);
    signal.removeEventListener("abort", close);
  }

  unary<Req, Res>(
    handle: (request: Req, caller: Caller) => Promise<Res>,
  ): handleUnaryCall<Req, Res> {
    return (call, callback) => {
      this.#run(
        call,
        "checked",
        async (caller) => {
          callback(null, await handle(call.request, caller));
        },
        callback,
      );
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
      this.#stream(call, "checked", (caller) => handle(call, caller));
    };
  }

  /** A handler that reads and writes. */
  both<Req, Res>(
    handle: (
      call: ServerDuplexStream<Req, Res>,
      caller: Caller,
    ) => Promise<void>,
    access: Access = "checked",
  ): (call: ServerDuplexStream<Req, Res>) => void {
    return (call) => {
      this.#stream(call, access, (caller) => handle(call, caller));
    };
  }

  /** Work that goes on behind a call. The server waits for it when it closes, until it stops it. */
  background<T>(work: (closing: AbortSignal) => Promise<T>): Promise<T> {
    const working = work(this.#closing.signal);
    const running = working
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    return working;
  }

  #stream(
    call: AnyCall & {
      end(): unknown;
      emit(event: "error", error: Partial<StatusObject>): boolean;
    },
    access: Access,
    work: (caller: Caller) => Promise<void>,
  ): void {
    this.#run(
      call,
      access,
      async (caller) => {
        await work(caller);
        call.end();
      },
      (error) => {
        call.emit("error", error);
      },
    );
  }

  #run(
    call: AnyCall,
    access: Access,
    work: (caller: Caller) => Promise<void>,
    fail: (error: Partial<StatusObject>) => void,
  ): void {
    const started = performance.now();
    const record: CallRecord = { rows: 0, bytes: 0 };
    const run = async () => {
      let status = succeeded;
      try {
        if (this.#isDraining) throw shuttingDown();
        const { signal } = this.#closing;
        await work(
          access === "open"
            ? this.#callers.unknown(call, record, signal)
            : await this.#callers.identify(call, record, signal),
        );
      } catch (error) {
        status = statusOf(this.#reasonOf(error, call));
        fail({ ...status, metadata: trailersOf(status) });
      }
      const millis = performance.now() - started;
      logCall(this.#log, call, record, millis, status);
    };
    const running = run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** What has ended a call that was cancelled, where the client did not do it. */
  #reasonOf(error: unknown, call: AnyCall): unknown {
    if (!(error instanceof Failure) || error.code !== "cancelled") return error;
    if (this.#closing.signal.aborted) return shuttingDown();
    return Number(call.getDeadline()) <= Date.now()
      ? new Failure("timeout", "the client's deadline has passed")
      : error;
  }
}

function shuttingDown(): Failure {
  return new Failure("unavailable", "the server is shutting down");
}

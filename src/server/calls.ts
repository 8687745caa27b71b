import { Metadata, status as Status } from "@grpc/grpc-js";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerWritableStream,
  StatusObject,
} from "@grpc/grpc-js";
import type { Readable } from "node:stream";
import type { PeerCertificate } from "node:tls";
import { Failure } from "../failure.js";
import type { Authentication, Identity } from "./authentication.js";
import { logCall } from "./call-log.js";
import type { Log } from "./log.js";
import type { Caller, CallRecord } from "./caller.js";
import type { BatchSize } from "./duckdb/read/batch-size.js";
import { compressionOf } from "./output.js";
import type { QueryQueue } from "./query-queue.js";
import type { SessionId, Sessions } from "./sessions.js";
import { trailersOf } from "./status-details.js";
import { statusOf } from "./status.js";
import type { CallStatus } from "./status.js";

/** What is needed of a call of any kind. */
interface AnyCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  on(event: "cancelled", listener: () => void): unknown;
  sendMetadata(metadata: Metadata): void;
  getPath(): string;
  getPeer(): string;
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
}

/**
 * What a call needs before it is handled: nothing, as Handshake asks for credentials itself; credentials; or
 * these and a slot among the queries that run.
 */
type Access = "open" | "checked" | "query";

export interface CallParts {
  readonly authentication: Authentication;
  /** For every caller. */
  readonly readOnly: boolean;
  readonly sessions: Sessions;
  readonly queue: QueryQueue;
  readonly batchSize: BatchSize;
  readonly log: Log;
}

const succeeded: CallStatus = { code: Status.OK, details: "" };

/** What every call goes through: who calls, until when to work for it, how its errors are told, and the log. */
export class Calls {
  readonly #parts: CallParts;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #isDraining = false;

  constructor(parts: CallParts) {
    this.#parts = parts;
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
    access: Access = "checked",
  ): handleServerStreamingCall<Req, Res> {
    return (call) => {
      this.#stream(call, access, (caller) => handle(call, caller));
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

  /**
   * Work that goes on behind a call, with a slot among the queries that run. The server waits for it when it
   * closes, until it stops it.
   */
  background<T>(work: (closing: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#closing;
    const working = this.#parts.queue.run(signal, () => work(signal));
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
        const caller = await this.#caller(call, access, record);
        if (access !== "query") await work(caller);
        else await this.#parts.queue.run(caller.signal, () => work(caller));
      } catch (error) {
        status = this.#statusOf(error);
        fail({ ...status, metadata: trailersOf(status) });
      }
      const millis = performance.now() - started;
      logCall(this.#parts.log, call, record, millis, status);
    };
    const running = run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #caller(
    call: AnyCall,
    access: Access,
    record: CallRecord,
  ): Promise<Caller> {
    const { authentication, readOnly } = this.#parts;
    if (access === "open") {
      const sessionId = { id: "", isKept: false };
      return {
        ...this.#common(call, record),
        session: "",
        sessionId,
        readOnly,
      };
    }
    const identity = await authentication.identify(
      call.metadata,
      certifiedName(call),
    );
    record.user = identity.user;
    return {
      ...this.#common(call, record),
      session: identity.session,
      sessionId: this.#welcome(call, identity),
      readOnly: readOnly || identity.readOnly,
    };
  }

  /** Which session the call belongs to; its client is told how to come back to it, unless it knows. */
  #welcome(call: AnyCall, { session, bearer, isOwn }: Identity): SessionId {
    const { sessions } = this.#parts;
    const cookies = call.metadata.get("cookie").map(String);
    const id = isOwn ? session : sessions.named(cookies, session);
    const offered = id === undefined ? sessions.offer(session) : undefined;
    sendHeaders(call, { bearer, setCookie: offered?.setCookie });
    return { id: id ?? offered?.id ?? "", isKept: id !== undefined };
  }

  #common(call: AnyCall, record: CallRecord) {
    const { batchSize } = this.#parts;
    const compression = compressionOf(call.metadata);
    const signal = this.#signalOf(call);
    return { output: { batchSize, compression }, record, signal };
  }

  #signalOf(call: AnyCall): AbortSignal {
    const gone = new AbortController();
    if (call.cancelled) gone.abort();
    call.on("cancelled", () => {
      gone.abort();
    });
    return AbortSignal.any([gone.signal, this.#closing.signal]);
  }

  #statusOf(error: unknown): CallStatus {
    const isClosing =
      this.#closing.signal.aborted &&
      error instanceof Failure &&
      error.code === "cancelled";
    return statusOf(isClosing ? shuttingDown() : error);
  }
}

function shuttingDown(): Failure {
  return new Failure("unavailable", "the server is shutting down");
}

/** The common name in a client's certificate, or else its fingerprint, where the transport has checked one. */
export function certifiedName(call: AnyCall): string | undefined {
  const certificate = call.getAuthContext().sslPeerCertificate;
  if (certificate === undefined) return undefined;
  const [name = ""] = [certificate.subject.CN].flat();
  return name === "" ? certificate.fingerprint256 : name;
}

/** Clients take a bearer token from the headers of any answer. */
export function sendHeaders(
  call: AnyCall,
  {
    bearer,
    setCookie,
  }: { bearer?: string | undefined; setCookie?: string | undefined },
): void {
  if (bearer === undefined && setCookie === undefined) return;
  const headers = new Metadata();
  if (bearer !== undefined) headers.set("authorization", `Bearer ${bearer}`);
  if (setCookie !== undefined) headers.set("set-cookie", setCookie);
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

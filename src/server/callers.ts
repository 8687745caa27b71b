import { Metadata } from "@grpc/grpc-js";
import type { PeerCertificate } from "node:tls";
import type { Authentication, Identity } from "./authentication.js";
import type { Caller, CallRecord } from "./caller.js";
import type { BatchSize } from "./duckdb/read/batch-size.js";
import { compressionOf } from "./output.js";
import { onDisconnect, onReset } from "./reset.js";
import type { SessionId, Sessions } from "./sessions.js";

/** What is needed of a call of any kind. */
export interface AnyCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  on(event: "cancelled", listener: () => void): unknown;
  sendMetadata(metadata: Metadata): void;
  getPath(): string;
  getPeer(): string;
  getDeadline(): Date | number;
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
}

export interface CallerParts {
  readonly authentication: Authentication;
  /** For every caller. */
  readonly readOnly: boolean;
  readonly sessions: Sessions;
  readonly batchSize: BatchSize;
}

/** Finds out who a call comes from. */
export class Callers {
  readonly #parts: CallerParts;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /**
   * The caller of a call, checked.
   * @param closing aborts when the server does not wait any more.
   * @throws Failure(unauthenticated | invalid_input)
   */
  async identify(
    call: AnyCall,
    record: CallRecord,
    closing: AbortSignal,
  ): Promise<Caller> {
    const { authentication, readOnly } = this.#parts;
    const identity = await authentication.identify(
      call.metadata,
      certifiedName(call),
    );
    record.user = identity.user;
    return {
      ...this.#common(call, record, closing),
      user: identity.user,
      session: identity.session,
      sessionId: this.#welcome(call, identity),
      readOnly: readOnly || identity.readOnly,
    };
  }

  /** The caller of a call that asks for credentials itself. */
  unknown(call: AnyCall, record: CallRecord, closing: AbortSignal): Caller {
    return {
      ...this.#common(call, record, closing),
      user: "",
      session: "",
      sessionId: { id: "", isKept: false },
      readOnly: true,
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

  #common(call: AnyCall, record: CallRecord, closing: AbortSignal) {
    const { batchSize } = this.#parts;
    const compression = compressionOf(call.metadata);
    const gone = new AbortController();
    const leave = () => {
      gone.abort();
    };
    if (call.cancelled) leave();
    call.on("cancelled", leave);
    onReset(call, leave);
    const signal = AbortSignal.any([gone.signal, closing]);
    return {
      output: { batchSize, compression },
      record,
      onDisconnect: (listener: () => void) => onDisconnect(call, listener),
      signal,
    };
  }
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

import { status as Status } from "@grpc/grpc-js";
import type { ChannelInterface, Metadata } from "@grpc/grpc-js";
import { Failure } from "../../failure.js";
import { abortFailure, AbortLinks } from "./abort-links.js";
import type { Identity } from "./call-identity.js";
import { failureOf } from "./failures.js";
import type { CallClass } from "./options.js";
import type { Replay, Retries, Task } from "./retry.js";
import { RpcCall } from "./rpc-call.js";
import type { CallStatus } from "./rpc-call.js";
import type { Method } from "./service.js";
import { statusDetails } from "./status-details.js";

/** One connection, for its calls. */
export interface RpcOptions {
  readonly channel: ChannelInterface;
  readonly identity: Identity;
  /** `host:port`, for messages. */
  readonly server: string;
  readonly tls: boolean;
  /** Milliseconds per class of calls; Infinity where there is no deadline. */
  readonly timeouts: Readonly<Record<CallClass, number>>;
  /** Milliseconds that a DoGet may be waited for without a message; Infinity for ever. */
  readonly idleTimeout: number;
  readonly retries: Retries;
  /** Aborts every call. */
  readonly signal: AbortSignal;
}

/** What belongs to one call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch, in place of the class's timeout. */
  readonly deadline?: number | undefined;
  /** Headers in place of the identity's. */
  readonly metadata?: Metadata | undefined;
}

/** Opens calls of one connection: adds identity and deadline, and turns what goes wrong into Failures. */
export class Rpc {
  readonly #options: RpcOptions;
  /** Calls that have not ended, to be cancelled on close. */
  readonly #open = new Set<{ cancel(): void }>();
  readonly #aborts = new AbortLinks();
  #closed = false;

  constructor(options: RpcOptions) {
    this.#options = options;
  }

  /** `host:port`, for messages. */
  get server(): string {
    return this.#options.server;
  }

  /** Calls that have not ended. */
  get openCalls(): number {
    return this.#open.size;
  }

  /**
   * Opens a call; write its requests with `send` and `end`.
   * @param spoiler a request that no server takes, sent before a call is cancelled whose requests had not ended.
   * @throws Failure(internal) after `close`, Failure(cancelled) when a signal has aborted already.
   */
  async open<Sent, Got>(
    method: Pick<
      Method<Sent, unknown, never, Got>,
      "path" | "requestSerialize" | "responseDeserialize"
    >,
    callClass: CallClass,
    options: CallOptions = {},
    spoiler?: Sent,
  ): Promise<RpcCall<Sent, Got>> {
    const { channel, identity, idleTimeout, signal } = this.#options;
    const ready = options.metadata === undefined ? identity.ready() : undefined;
    // Only then: otherwise the call is made in the turn that asks for it, so that who closes next cancels it.
    if (ready !== undefined) await ready;
    if (this.#closed) throw new Failure("internal", "the connection is closed");
    const signals =
      options.signal === undefined ? [signal] : [signal, options.signal];
    for (const linked of signals)
      if (linked.aborted) throw abortFailure(linked);
    const deadline = options.deadline ?? this.deadline(callClass);
    const name = nameOf(method.path);
    const call = new RpcCall(
      channel.createCall(method.path, deadline, null, null, null),
      {
        serialize: method.requestSerialize,
        deserialize: method.responseDeserialize,
        metadata: options.metadata ?? identity.metadata(),
        spoiler,
        observe: (metadata) => {
          identity.observe(metadata);
        },
        failure: (status) => this.failure(status, name),
        idleTimeout: callClass === "fetch" ? idleTimeout : Infinity,
        onEnd: () => {
          this.#open.delete(call);
          this.#aborts.unlink(call);
        },
      },
    );
    this.#open.add(call);
    for (const linked of signals) this.#aborts.link(linked, call);
    return call;
  }

  /** Opens a call with its only request. */
  async request<Sent, Got>(
    method: Pick<
      Method<Sent, unknown, never, Got>,
      "path" | "requestSerialize" | "responseDeserialize"
    >,
    request: Sent,
    callClass: CallClass,
    options: CallOptions = {},
  ): Promise<RpcCall<Sent, Got>> {
    const call = await this.open(method, callClass, options);
    try {
      await call.send(request);
    } catch (error) {
      call.cancel();
      throw error;
    }
    call.end();
    return call;
  }

  /** Makes a unary call, again if it fails and `replay` allows it. */
  unary<Sent, Got>(
    method: Pick<
      Method<Sent, unknown, never, Got>,
      "path" | "requestSerialize" | "responseDeserialize"
    >,
    request: Sent,
    callClass: CallClass,
    replay: Replay,
    options: CallOptions = {},
  ): Promise<Got> {
    const deadline = options.deadline ?? this.deadline(callClass);
    const { signal } = options;
    const what = `call ${nameOf(method.path)}`;
    return this.retry({ what, replay, deadline, signal }, async () => {
      const attempt = { ...options, deadline };
      const call = await this.request(method, request, callClass, attempt);
      return call.only();
    });
  }

  /** Attempts something until it succeeds, as `Retries` allows. */
  retry<T>(
    {
      signal: own,
      ...task
    }: Omit<Task, "signals"> & Pick<CallOptions, "signal">,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const { retries, signal } = this.#options;
    const signals = own === undefined ? [signal] : [signal, own];
    return retries.run({ ...task, signals }, attempt);
  }

  /** When a call of this class that begins now has to end, in milliseconds since the epoch. */
  deadline(callClass: CallClass): number {
    return Date.now() + this.#options.timeouts[callClass];
  }

  /** The Failure for a status, without secrets. */
  failure(status: CallStatus, call: string): Failure {
    const { identity, server, tls } = this.#options;
    const { code, headers, trailers, isIdle = false } = status;
    const sources = [headers, trailers].filter((from) => from !== undefined);
    const { texts, retryAfter } = statusDetails(sources);
    const outcome = {
      code,
      text: identity.redact(status.details),
      details: texts.map((text) => identity.redact(text)),
      retryAfter,
      untouched: isUntouched(status, retryAfter),
      isIdle,
    };
    return failureOf(outcome, { server, tls, call });
  }

  /** Cancels what is open and closes the channel. */
  close(): void {
    this.#closed = true;
    for (const call of this.#open) call.cancel();
    this.#options.channel.close();
  }
}

/** "DoGet" of a method's path. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What grpc-js says of calls that it could not send. */
const unsent = /^(No connection established|Name resolution failed)/;

/**
 * Whether the server cannot have acted: the call was not sent, or its answer is a status and nothing else
 * (Trailers-Only in doc/PROTOCOL-HTTP2.md of grpc/grpc) that asks who is there, or to come again. Of any other status
 * nobody knows: a statement may have run before the server failed. Nor of a connection that breaks, which leaves no
 * trailers.
 */
function isUntouched(
  { code, details, headers, trailers }: CallStatus,
  retryAfter: number | undefined,
): boolean {
  if (unsent.test(details)) return true;
  const [type = ""] = trailers?.get("content-type") ?? [];
  return (
    headers === undefined &&
    type.toString().startsWith("application/grpc") &&
    (code === Status.UNAUTHENTICATED || retryAfter !== undefined)
  );
}

import type { ChannelInterface, Metadata } from "@grpc/grpc-js";
import { Failure } from "../../failure.js";
import { abortFailure, AbortLinks } from "./abort-links.js";
import type { CallIdentity } from "./call-identity.js";
import { failureOf } from "./failures.js";
import type { CallStatus } from "./failures.js";
import type { CallClass } from "./options.js";
import { RpcCall } from "./rpc-call.js";
import type { Method } from "./service.js";

/** One connection, for its calls. */
export interface RpcOptions {
  readonly channel: ChannelInterface;
  readonly identity: CallIdentity;
  /** `host:port`, for messages. */
  readonly server: string;
  readonly tls: boolean;
  /** Milliseconds per class of calls; Infinity where there is no deadline. */
  readonly timeouts: Readonly<Record<CallClass, number>>;
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

  /** Calls that have not ended. */
  get openCalls(): number {
    return this.#open.size;
  }

  /**
   * Opens a call; write its requests with `send` and `end`.
   * @throws Failure(internal) after `close`, Failure(cancelled) when a signal has aborted already.
   */
  open<Sent, Got>(
    method: Pick<
      Method<Sent, unknown, never, Got>,
      "path" | "requestSerialize" | "responseDeserialize"
    >,
    callClass: CallClass,
    options: CallOptions = {},
  ): RpcCall<Sent, Got> {
    if (this.#closed) throw new Failure("internal", "the connection is closed");
    const { channel, identity, timeouts, signal } = this.#options;
    const signals =
      options.signal === undefined ? [signal] : [signal, options.signal];
    for (const linked of signals)
      if (linked.aborted) throw abortFailure(linked);
    const deadline = options.deadline ?? Date.now() + timeouts[callClass];
    const name = method.path.slice(method.path.lastIndexOf("/") + 1);
    const call = new RpcCall(
      channel.createCall(method.path, deadline, null, null, null),
      {
        serialize: method.requestSerialize,
        deserialize: method.responseDeserialize,
        metadata: options.metadata ?? identity.metadata(),
        observe: (metadata) => {
          identity.observe(metadata);
        },
        failure: (status) => this.failure(status, name),
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
    const call = this.open(method, callClass, options);
    try {
      await call.send(request);
    } catch (error) {
      call.cancel();
      throw error;
    }
    call.end();
    return call;
  }

  /** The Failure for a status, without secrets. */
  failure(status: CallStatus, call: string): Failure {
    const { identity, server, tls } = this.#options;
    const details = identity.redact(status.details);
    return failureOf({ code: status.code, details }, { server, tls, call });
  }

  /** Cancels what is open and closes the channel. */
  close(): void {
    this.#closed = true;
    for (const call of this.#open) call.cancel();
    this.#options.channel.close();
  }
}

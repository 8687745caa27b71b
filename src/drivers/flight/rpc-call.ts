import { status as Status } from "@grpc/grpc-js";
import type { ChannelInterface, Metadata, StatusObject } from "@grpc/grpc-js";
import type { Failure } from "../../failure.js";

/** How a call ended. */
export interface CallStatus {
  readonly code: Status;
  readonly details: string;
  /** Of the answer; undefined when the call ended before any came. */
  readonly headers?: Metadata | undefined;
  readonly trailers?: Metadata | undefined;
  /** The client gave up, because nothing came for the idle timeout. @default false */
  readonly isIdle?: boolean;
}

type GrpcCall = ReturnType<ChannelInterface["createCall"]>;

/** What a call needs to know of its method and its client. */
export interface RpcCallOptions<Sent, Got> {
  readonly serialize: (message: Sent) => Buffer;
  readonly deserialize: (bytes: Buffer) => Got;
  readonly metadata: Metadata;
  /**
   * A message that no server takes, for calls that send several. Node's HTTP/2 ends a stream before it resets it, so
   * that a server could take what came before a cancellation for all.
   */
  readonly spoiler?: Sent | undefined;
  /** Sees the headers and the trailers of the answer. */
  readonly observe: (metadata: Metadata) => void;
  readonly failure: (status: CallStatus) => Failure;
  /** Milliseconds that may pass without a message while one is waited for; Infinity for ever. */
  readonly idleTimeout: number;
  /** Called once, when the call has ended. */
  readonly onEnd: () => void;
}

/**
 * One gRPC call, pulled: a message is asked for only when its reader wants it. grpc-js's own streams read
 * sixteen messages ahead, which is much memory when a message is a batch; here at most one is held, and behind
 * it what the HTTP/2 window of this stream lets through.
 */
export class RpcCall<Sent, Got> {
  readonly #call: GrpcCall;
  readonly #options: RpcCallOptions<Sent, Got>;
  /**
   * A call that is cancelled in the turn of the event loop that it was made in starts all the same and is never
   * cancelled: grpc-js 1.14 opens its HTTP/2 stream some promises later without looking.
   */
  #isStarting = true;
  /** Whether a message was sent, and not the last one. */
  #isSending = false;
  #headers: Metadata | undefined;
  #message: Buffer | undefined;
  #status: StatusObject | undefined;
  #aborted: Failure | undefined;
  /** Wakes whoever waits in `next`. */
  #wake: (() => void) | undefined;
  /** Wakes whoever waits in `send`, when the call ends before the message is out. */
  #release: (() => void) | undefined;

  constructor(call: GrpcCall, options: RpcCallOptions<Sent, Got>) {
    this.#call = call;
    this.#options = options;
    setImmediate(() => {
      this.#isStarting = false;
    });
    call.start(options.metadata, {
      onReceiveMetadata: (metadata) => {
        this.#headers = metadata;
        options.observe(metadata);
      },
      onReceiveMessage: (message: Buffer) => {
        this.#message = message;
        this.#wake?.();
      },
      onReceiveStatus: (status) => {
        this.#end(status);
      },
    });
  }

  /** Whether the call is over; a message may still be unread. */
  get ended(): boolean {
    return this.#status !== undefined;
  }

  /**
   * Sends a message; resolves when the transport has taken it, so that waiting for it is back-pressure. Wait
   * before sending the next one.
   * @returns false when the call ended first; `next` then tells why.
   */
  send(message: Sent): Promise<boolean> {
    if (this.ended) return Promise.resolve(false);
    this.#isSending = true;
    const bytes = this.#options.serialize(message);
    return new Promise((resolve) => {
      this.#release = () => {
        resolve(false);
      };
      const callback = () => {
        resolve(!this.ended);
      };
      this.#call.sendMessageWithContext({ callback }, bytes);
    });
  }

  /** Nothing more will be sent. */
  end(): void {
    this.#isSending = false;
    if (!this.ended) this.#call.halfClose();
  }

  /**
   * The next message, or undefined when the call ended well. Do not call it again before it has resolved.
   * @throws Failure when the call did not end well.
   */
  async next(): Promise<Got | undefined> {
    if (this.#status === undefined) await this.#arrival();
    if (this.#aborted !== undefined) throw this.#aborted;
    const message = this.#message;
    this.#message = undefined;
    if (message !== undefined) return this.#decode(message);
    if (this.#status !== undefined && this.#status.code !== Status.OK)
      throw this.#failure(this.#status);
    return undefined;
  }

  /** Asks for a message, and waits until one or the end of the call is there. */
  async #arrival(): Promise<void> {
    const { idleTimeout } = this.#options;
    const watchdog =
      idleTimeout === Infinity
        ? undefined
        : setTimeout(() => {
            const seconds = String(idleTimeout / 1000);
            const details = `nothing came for ${seconds} s`;
            const code = Status.DEADLINE_EXCEEDED;
            this.abort(this.#options.failure({ code, details, isIdle: true }));
          }, idleTimeout);
    this.#call.startRead();
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    clearTimeout(watchdog);
  }

  #failure({ code, details, metadata }: StatusObject): Failure {
    const headers = this.#headers;
    return this.#options.failure({
      code,
      details,
      headers,
      trailers: metadata,
    });
  }

  /** The messages to come. The call is cancelled when the loop over them is left. */
  async *messages(): AsyncGenerator<Got, void, undefined> {
    try {
      for (;;) {
        const message = await this.next();
        if (message === undefined) return;
        yield message;
      }
    } finally {
      this.cancel();
    }
  }

  /** The only message of a unary call. @throws Failure(internal) when there is none. */
  async only(): Promise<Got> {
    const message = await this.next();
    if (message === undefined)
      throw this.#options.failure({
        code: Status.INTERNAL,
        details: "the server answered OK and sent no message",
      });
    await this.drain();
    return message;
  }

  /** Reads what is left and gives it up. */
  async drain(): Promise<void> {
    while ((await this.next()) !== undefined);
  }

  /** Ends the call; `failure` is what the reader gets to see. */
  abort(failure: Failure): void {
    this.#aborted = failure;
    this.cancel();
  }

  /** Ends the call if it is still open. */
  cancel(): void {
    if (this.ended) return;
    const cancel = () => {
      this.#call.cancelWithStatus(Status.CANCELLED, "the call was cancelled");
    };
    const { spoiler, serialize } = this.#options;
    const isSpoiled = spoiler !== undefined && this.#isSending;
    if (isSpoiled) {
      this.#isSending = false;
      this.#call.sendMessageWithContext({}, serialize(spoiler));
    }
    // A message is written some promises later.
    if (this.#isStarting || isSpoiled) setImmediate(cancel);
    else cancel();
  }

  #decode(message: Buffer): Got {
    try {
      return this.#options.deserialize(message);
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  #end(status: StatusObject): void {
    this.#status = status;
    this.#options.observe(status.metadata);
    this.#options.onEnd();
    this.#wake?.();
    this.#release?.();
  }
}

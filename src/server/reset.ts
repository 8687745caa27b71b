import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { Failure } from "../failure.js";

/** What is needed of an HTTP/2 stream of `node:http2`. */
interface Abortable extends Duplex {
  /** Whether it was reset, or its connection lost, before both sides had ended it. */
  readonly aborted: boolean;
  /** The connection, until the stream is destroyed. */
  readonly session: EventEmitter | undefined;
}

/**
 * Calls `listener` as soon as a client resets the stream of its call or its connection is lost, also when that has
 * happened already. grpc-js 1.14 tells it when Node has closed the stream, which after a reset with NO_ERROR is when all
 * that came before was read, the end of the messages included, as if the client had ended them: an upload that waits for
 * its turn would keep its place, and of one that runs the rows so far would look like the whole.
 * So this reaches for the stream that the call keeps; the rest is `node:http2`'s public interface.
 * @param call of grpc-js, without interceptors.
 * @throws Failure(internal) when there is no stream, as in another version of grpc-js.
 */
export function onReset(call: object, listener: () => void): void {
  const stream = streamOf(call);
  if (stream.aborted) listener();
  else stream.once("aborted", listener);
}

/**
 * Calls `listener` when the connection that a call came on is closed, by whoever it was.
 * @param call as in `onReset`.
 * @returns ends the wait.
 * @throws Failure(internal) as `onReset`.
 */
export function onDisconnect(call: object, listener: () => void): () => void {
  const { session } = streamOf(call);
  if (session === undefined) listener();
  // One for each open transaction, of which there may be many.
  session?.setMaxListeners(0);
  session?.once("close", listener);
  return () => {
    session?.off("close", listener);
  };
}

function streamOf(call: object): Abortable {
  const transport: unknown = Reflect.get(call, "call");
  const stream: unknown =
    typeof transport === "object" && transport !== null
      ? Reflect.get(transport, "stream")
      : undefined;
  if (!isAbortable(stream))
    throw new Failure(
      "internal",
      "grpc-js does not show the HTTP/2 stream of a call, so that nobody would know whether an upload is whole",
    );
  return stream;
}

function isAbortable(stream: unknown): stream is Abortable {
  return typeof stream === "object" && stream !== null && "aborted" in stream;
}

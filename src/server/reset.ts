import type { Duplex } from "node:stream";
import { Failure } from "../failure.js";

/** What is needed of an HTTP/2 stream of `node:http2`. */
interface Abortable extends Duplex {
  /** Whether it was reset, or its connection lost, before both sides had ended it. */
  readonly aborted: boolean;
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
  if (stream.aborted) listener();
  else stream.once("aborted", listener);
}

function isAbortable(stream: unknown): stream is Abortable {
  return typeof stream === "object" && stream !== null && "aborted" in stream;
}

import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { Failure } from "../failure.js";

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
      else if (hasEnded as boolean) {
        // Node's own HTTP/2 client ends a stream that it resets: what resets it may lie in the same packet.
        await setImmediate();
        if (!(signal.aborted as boolean)) return;
      } else
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

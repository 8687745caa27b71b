import { Failure } from "../../failure.js";
import { abortFailure, AbortLinks } from "./abort-links.js";
import type { FlightCalls } from "./calls.js";
import { cancelFlightInfo } from "./cancel.js";
import { commandDescriptor } from "./ingest.js";
import type { FlightInfo } from "./messages.js";

/** What a caller of PollFlightInfo may want. */
export interface PollOptions {
  /** From 0 to 1, undefined while the server does not know; it need not rise (Flight.proto, PollInfo). */
  readonly onProgress?: ((progress: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between polls, from first to last: ADBC's (go/adbc/driver/flightsql of apache/arrow-adbc). */
const firstWait = 100;
const lastWait = 5_000;

/**
 * Starts a query by PollFlightInfo and asks again until it is complete. A poll that fails for a moment is
 * repeated, but not the first: it may have started the query. An abort also cancels the query on the server.
 * @param closing ends the wait when the connection does.
 */
export async function pollUntilComplete(
  calls: FlightCalls,
  command: Uint8Array,
  { onProgress, signal }: PollOptions,
  closing: AbortSignal,
): Promise<FlightInfo> {
  const signals = signal === undefined ? [closing] : [closing, signal];
  let info: FlightInfo | undefined;
  try {
    const descriptor = commandDescriptor(command);
    let poll = await calls.pollFlightInfo(descriptor, "once", signal);
    for (let wait = firstWait; ; wait = longer(wait)) {
      info = poll.info ?? info;
      onProgress?.(poll.progress);
      if (poll.flightDescriptor === undefined) break;
      await pause(wait, signals);
      // Flight.rst allows a repetition for UNAVAILABLE and DEADLINE_EXCEEDED.
      poll = await calls.pollFlightInfo(poll.flightDescriptor, "safe", signal);
    }
  } catch (error) {
    // The abort is what to tell; a server that does not cancel ends the query by itself.
    if (info !== undefined && signal?.aborted === true)
      await cancelFlightInfo(calls, info).catch(() => undefined);
    throw error;
  }
  if (info !== undefined) return info;
  throw new Failure(
    "invalid_data",
    "the server answered PollFlightInfo without a FlightInfo, and says that the query is complete",
  );
}

function longer(wait: number): number {
  return Math.min(2 * wait, lastWait);
}

/** @throws Failure(cancelled) when one of the signals aborts meanwhile. */
async function pause(
  milliseconds: number,
  signals: readonly AbortSignal[],
): Promise<void> {
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) throw abortFailure(aborted);
  await new Promise<void>((resolve, reject) => {
    const links = new AbortLinks();
    const timer = setTimeout(() => {
      links.unlink(waiter);
      resolve();
    }, milliseconds);
    const waiter = {
      abort: (failure: Failure) => {
        clearTimeout(timer);
        links.unlink(waiter);
        reject(failure);
      },
    };
    for (const signal of signals) links.link(signal, waiter);
  });
}

import { Failure } from "../../failure.js";
import { abortFailure, AbortLinks } from "./abort-links.js";
import type { FlightCalls } from "./calls.js";
import { cancelFlightInfo } from "./cancel.js";
import { commandDescriptor } from "./ingest.js";
import type { FlightDescriptor, FlightInfo, PollInfo } from "./messages.js";

/** What a caller of PollFlightInfo may want. */
export interface PollOptions {
  /** From 0 to 1, undefined while the server does not know; it need not rise (Flight.proto, PollInfo). */
  readonly onProgress?: ((progress: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between polls, from first to last: ADBC's (go/adbc/driver/flightsql of apache/arrow-adbc). */
const firstWait = 100;
const lastWait = 5_000;

/** Polls in a row that may fail for want of a server before the query is given up. */
const failuresMax = 5;

/**
 * Starts a query by PollFlightInfo and asks again until it is complete. A poll that fails for a moment is
 * repeated, but never the first: it may have started the query. An abort also cancels the query on the server.
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
    let poll = await calls.pollFlightInfo(commandDescriptor(command), signal);
    for (let wait = firstWait; ; wait = longer(wait)) {
      info = poll.info ?? info;
      onProgress?.(poll.progress);
      if (poll.flightDescriptor === undefined) break;
      await pause(wait, signals);
      poll = await pollAgain(calls, poll.flightDescriptor, signals, signal);
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

/** One poll, repeated while the server is away (Flight.rst allows it for UNAVAILABLE and DEADLINE_EXCEEDED). */
async function pollAgain(
  calls: FlightCalls,
  descriptor: FlightDescriptor,
  signals: readonly AbortSignal[],
  signal: AbortSignal | undefined,
): Promise<PollInfo> {
  let wait = firstWait;
  for (let failures = 0; ; failures++) {
    try {
      return await calls.pollFlightInfo(descriptor, signal);
    } catch (error) {
      const { code } = Failure.from(error);
      const isPassing = code === "unavailable" || code === "timeout";
      if (!isPassing || failures === failuresMax) throw error;
    }
    await pause(wait, signals);
    wait = longer(wait);
  }
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

import { status as Status } from "@grpc/grpc-js";
import type { Batch } from "../../arrow/batch.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import { CallEnd } from "./call-end.js";
import { openStream } from "./flight-stream.js";
import type { FlightStream } from "./flight-stream.js";
import { openHttpPlace } from "./http-place.js";
import type { HttpPlaceOptions } from "./http-place.js";
import type { LocationPolicy, Place } from "./locations.js";
import type { FlightEndpoint } from "./messages.js";
import type { OtherServers } from "./other-servers.js";
import { mayRepeat } from "./retry.js";
import type { Replay } from "./retry.js";
import type { Rpc } from "./rpc.js";
import { flightService } from "./service.js";

/** An endpoint that expires sooner than this is renewed before it is read. */
const renewalMargin = 5_000;

export interface EndpointReaderOptions {
  /** The connection that the endpoints came by. */
  readonly rpc: Rpc;
  readonly others: OtherServers;
  readonly policy: LocationPolicy;
  readonly tls: HttpPlaceOptions["tls"];
  readonly idleTimeout: number;
  readonly context: Context;
}

export interface EndpointOptions {
  /** In place of what the endpoint says of itself, for statements that must not run twice. */
  readonly replay?: Replay | undefined;
  /** Asks the server for more time. */
  readonly renew: (endpoint: FlightEndpoint) => Promise<FlightEndpoint>;
  readonly signal?: AbortSignal | undefined;
}

/** One reading of one endpoint. */
interface Reading {
  readonly endpoint: FlightEndpoint;
  readonly replay: Replay;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/** Reads endpoints from wherever they lie: renews them, tries one place after the other, and again. */
export class EndpointReader {
  readonly #options: EndpointReaderOptions;

  constructor(options: EndpointReaderOptions) {
    this.#options = options;
  }

  /**
   * Opens the stream of an endpoint, and waits for its schema and its first rows: until those have come, it can be
   * opened at another place or once more. A ticket without an expiration time is good for one reading
   * (Flight.proto), so it is not used again once a server has taken it.
   */
  async open(
    endpoint: FlightEndpoint,
    { replay, renew, signal }: EndpointOptions,
  ): Promise<FlightStream> {
    const { rpc } = this.#options;
    const ofEndpoint = endpoint.expirationTime === undefined ? "once" : "safe";
    const task = {
      what: "call DoGet",
      replay: replay ?? ofEndpoint,
      deadline: rpc.deadline("fetch"),
      signal,
    };
    let current = endpoint;
    return rpc.retry(task, async () => {
      if (isExpiring(current)) current = await this.#renewed(current, renew);
      return this.#fromAny({ ...task, endpoint: current });
    });
  }

  async #renewed(
    endpoint: FlightEndpoint,
    renew: EndpointOptions["renew"],
  ): Promise<FlightEndpoint> {
    try {
      return await renew(endpoint);
    } catch (error) {
      // Whether it has expired is the server's to say: its clock counts.
      const { message } = Failure.from(error);
      this.#options.context.log(
        "debug",
        `an endpoint that is about to expire was not renewed: ${message}`,
      );
      return endpoint;
    }
  }

  async #fromAny(reading: Reading): Promise<FlightStream> {
    const places = this.#options.policy.places(reading.endpoint);
    for (const [index, place] of places.entries())
      try {
        return await begun(await this.#at(place, reading));
      } catch (error) {
        const failure = Failure.from(error);
        const isLast = index === places.length - 1;
        if (isLast || !mayGoElsewhere(failure, reading.replay)) throw failure;
        this.#options.context.log(
          "warn",
          `${failure.message}; the part of the result is read from its next location`,
        );
      }
    throw new Failure("internal", "an endpoint without any place");
  }

  async #at(place: Place, reading: Reading): Promise<FlightStream> {
    const { rpc, others } = this.#options;
    switch (place.kind) {
      case "here":
        return doGet(rpc, reading);
      case "server":
        try {
          return await doGet(await others.at(place.address), reading);
        } catch (error) {
          if (isAbsent(Failure.from(error))) others.forget(place.address);
          throw error;
        }
      case "http":
        return this.#get(place.url, reading);
    }
  }

  #get(url: URL, { deadline, signal }: Reading): Promise<FlightStream> {
    const { tls, idleTimeout, policy, context } = this.#options;
    const signals = [context.signal, ...(signal === undefined ? [] : [signal])];
    if (deadline !== Infinity)
      signals.push(AbortSignal.timeout(Math.max(0, deadline - Date.now())));
    return openHttpPlace(url, {
      tls,
      idleTimeout,
      place: (uri) => policy.place(uri),
      signal: AbortSignal.any(signals),
    });
  }
}

function isExpiring({ expirationTime: expiry }: FlightEndpoint): boolean {
  if (expiry === undefined) return false;
  const expires = Number(expiry.seconds) * 1000 + expiry.nanos / 1e6;
  return expires <= Date.now() + renewalMargin;
}

async function doGet(
  rpc: Rpc,
  { endpoint, deadline, signal }: Reading,
): Promise<FlightStream> {
  const ticket = endpoint.ticket ?? {};
  const options = { deadline, signal };
  const call = await rpc.request(flightService.DoGet, ticket, "fetch", options);
  return openStream(call, `server ${rpc.server}, call DoGet`);
}

/** The stream with its first batch at hand. */
async function begun(stream: FlightStream): Promise<FlightStream> {
  const batches = stream[Symbol.asyncIterator]();
  let first: IteratorResult<Batch, unknown> | undefined = await batches.next();
  // No generator around the stream's own: each costs every batch its turns of the microtask queue.
  const all: AsyncIterator<Batch, unknown> = {
    next: () => {
      const result = first;
      first = undefined;
      return result === undefined ? batches.next() : Promise.resolve(result);
    },
    return: async () => {
      await batches.return?.();
      return { done: true, value: undefined };
    },
  };
  return { ...stream, [Symbol.asyncIterator]: () => all };
}

/** Whether another place may be tried: as for a repetition, and wherever there was no server at all. */
function mayGoElsewhere(failure: Failure, replay: Replay): boolean {
  return isAbsent(failure) || mayRepeat(failure, replay);
}

function isAbsent({ cause }: Failure): boolean {
  return (
    cause instanceof CallEnd &&
    cause.code === Status.UNAVAILABLE &&
    cause.untouched
  );
}

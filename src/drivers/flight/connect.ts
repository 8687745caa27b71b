import { Metadata, status as Status } from "@grpc/grpc-js";
import type { ChannelInterface } from "@grpc/grpc-js";
import { lookup } from "node:dns/promises";
import { Failure } from "../../failure.js";
import type { Context } from "../../engine.js";
import { abortFailure } from "./abort-links.js";
import { CallIdentity } from "./call-identity.js";
import { firstAttempt, openChannel } from "./channel.js";
import { addressOf, idleTimeoutOf, timeoutsOf } from "./options.js";
import type { FlightOptions } from "./options.js";
import { Retries } from "./retry.js";
import { Rpc } from "./rpc.js";
import { flightService } from "./service.js";
import { displayAddress, isLoopback } from "./url.js";
import type { FlightAddress } from "./url.js";

const defaultRetries = 4;

/** A connection that is open and logged in. */
export interface FlightConnection {
  readonly rpc: Rpc;
  readonly identity: CallIdentity;
  readonly address: FlightAddress;
}

/**
 * Opens the channel and logs in, both within the connect timeout. The first attempt to connect decides: whoever
 * wants to wait for a server to come up calls again.
 * @throws Failure(invalid_config | unavailable | timeout | unauthenticated | …)
 */
export async function connect(
  options: FlightOptions,
  context: Context,
): Promise<FlightConnection> {
  const address = addressOf(options);
  const { username, password } = address;
  const identity = new CallIdentity({ ...options, username, password });
  const timeouts = timeoutsOf(options);
  const deadline = Date.now() + timeouts.connect;
  const channel = openChannel(address, options);
  const server = displayAddress(address);
  const { tls } = address;
  const rpc = new Rpc({
    channel,
    identity,
    server,
    tls,
    timeouts,
    idleTimeout: idleTimeoutOf(options),
    retries: new Retries({
      retriesMax: options.retriesMax ?? defaultRetries,
      log: context.log,
    }),
    signal: context.signal,
  });
  if (!tls && identity.hasSecrets && !isLoopback(address.host))
    context.log(
      "warn",
      `the credentials for ${server} travel unencrypted (transport=tcp)`,
    );
  try {
    await waitForChannel(rpc, channel, address, deadline, context.signal);
    if (identity.wantsHandshake) await handshake(rpc, identity, deadline);
  } catch (error) {
    rpc.close();
    throw error;
  }
  return { rpc, identity, address };
}

async function waitForChannel(
  rpc: Rpc,
  channel: ChannelInterface,
  address: FlightAddress,
  deadline: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    switch (await firstAttempt(channel, deadline, signal)) {
      case "ready":
        return;
      case "aborted":
        throw abortFailure(signal);
      case "deadline":
        throw rpc.failure(
          { code: Status.DEADLINE_EXCEEDED, details: "no connection in time" },
          "connect",
        );
      case "failed": {
        const failure = await reasonOf(rpc, address, deadline);
        if (failure !== undefined) throw failure;
      }
    }
  }
}

/** A method that no server has, so that nothing happens if the call does get through. */
const probe = {
  path: "/arrow.flight.protocol.FlightService/connect",
  requestSerialize: () => Buffer.alloc(0),
  responseDeserialize: () => undefined,
};

/**
 * Why the channel could not connect: only a call gets to hear it, and while there is no connection it is not
 * sent. Undefined when there is a connection meanwhile.
 */
async function reasonOf(
  rpc: Rpc,
  address: FlightAddress,
  deadline: number,
): Promise<Failure | undefined> {
  const call = await rpc.open(probe, "connect", {
    deadline,
    metadata: new Metadata(),
  });
  try {
    await call.drain();
  } catch (error) {
    const failure = Failure.from(error);
    if (/name resolution failed/i.test(failure.message))
      return (await lookupFailure(rpc, address.host)) ?? failure;
    return failure.code === "unsupported" ? undefined : failure;
  }
  return undefined;
}

/** grpc-js does not say why a name has no address; the system does. */
async function lookupFailure(
  rpc: Rpc,
  host: string,
): Promise<Failure | undefined> {
  try {
    await lookup(host);
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    return rpc.failure({ code: Status.UNAVAILABLE, details }, "connect");
  }
  return undefined;
}

/** Basic credentials for a bearer, which comes with the answer's headers or trailers. */
async function handshake(
  rpc: Rpc,
  identity: CallIdentity,
  deadline: number,
): Promise<void> {
  const metadata = identity.handshakeMetadata();
  const call = await rpc.open(flightService.Handshake, "connect", {
    deadline,
    metadata,
  });
  call.end();
  try {
    await call.drain();
  } catch (error) {
    // Servers without a Handshake take the credentials with every call.
    if (Failure.from(error).code !== "unsupported") throw error;
  }
  if (identity.wantsHandshake) identity.sendBasicWithCalls();
}

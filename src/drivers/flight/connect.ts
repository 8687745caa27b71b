import { Metadata, status as Status } from "@grpc/grpc-js";
import type { ChannelInterface } from "@grpc/grpc-js";
import { lookup } from "node:dns/promises";
import { Failure } from "../../failure.js";
import type { Context } from "../../engine.js";
import { abortFailure } from "./abort-links.js";
import { CallIdentity, GuestIdentity } from "./call-identity.js";
import type { Identity } from "./call-identity.js";
import { firstAttempt, openChannel } from "./channel.js";
import { EndpointReader } from "./endpoint-reader.js";
import { LocationPolicy } from "./locations.js";
import { handshake } from "./login.js";
import { OAuthTokens } from "./oauth.js";
import { addressOf, idleTimeoutOf, timeoutsOf } from "./options.js";
import type { FlightOptions } from "./options.js";
import { OtherServers } from "./other-servers.js";
import { grpcProxy } from "./proxy.js";
import type { Proxy } from "./proxy.js";
import { Retries } from "./retry.js";
import { Rpc } from "./rpc.js";
import { tunnel } from "./tunnel.js";
import { displayAddress, isLoopback } from "./url.js";
import type { FlightAddress } from "./url.js";

const defaultRetries = 4;

/** A connection that is open and logged in. */
export interface FlightConnection {
  readonly rpc: Rpc;
  readonly identity: CallIdentity;
  readonly endpoints: EndpointReader;
  /** Calls that have not ended, to whatever server. */
  readonly openCalls: () => number;
  /** Cancels what is open and closes the connections. */
  readonly close: () => void;
}

/** What the connections to all servers of one client have in common. */
interface Shared {
  readonly options: FlightOptions;
  readonly context: Context;
  readonly retries: Retries;
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
  const policy = new LocationPolicy(address, options.allowedLocations);
  const identity = identityOf(options, address, context);
  const retries = new Retries({
    retriesMax: options.retriesMax ?? defaultRetries,
    log: context.log,
    renewIdentity: () => identity.renew(),
  });
  const shared = { options, context, retries };
  if (!address.tls && identity.hasSecrets && !isLoopback(address.host))
    context.log(
      "warn",
      `the credentials for ${displayAddress(address)} travel unencrypted (transport=tcp)`,
    );
  const rpc = await openRpc(address, identity, shared, (opened, deadline) =>
    logIn(opened, identity, deadline),
  );
  const elsewhere = {
    ...shared,
    options: { ...options, authority: undefined },
  };
  const others = new OtherServers((other) =>
    openRpc(other, new GuestIdentity(identity), elsewhere),
  );
  const endpoints = new EndpointReader({
    rpc,
    others,
    policy,
    tls: options,
    idleTimeout: idleTimeoutOf(options),
    context,
  });
  return {
    rpc,
    identity,
    endpoints,
    openCalls: () => rpc.openCalls + others.openCalls,
    close: () => {
      others.close();
      rpc.close();
    },
  };
}

function identityOf(
  options: FlightOptions,
  { username, password }: FlightAddress,
  { signal }: Context,
): CallIdentity {
  const { oauth } = options;
  const tokens =
    oauth === undefined
      ? undefined
      : new OAuthTokens(oauth, options, timeoutsOf(options).connect, signal);
  return new CallIdentity({ ...options, username, password }, tokens);
}

/** A connection to one server, closed again when it or `prepare` fails. */
async function openRpc(
  address: FlightAddress,
  identity: Identity,
  { options, context, retries }: Shared,
  prepare: (rpc: Rpc, deadline: number) => Promise<void> = () =>
    Promise.resolve(),
): Promise<Rpc> {
  const { signal } = context;
  const timeouts = timeoutsOf(options);
  const deadline = Date.now() + timeouts.connect;
  const channel = openChannel(address, options);
  const rpc = new Rpc({
    channel,
    identity,
    server: displayAddress(address),
    tls: address.tls,
    timeouts,
    idleTimeout: idleTimeoutOf(options),
    retries,
    signal,
  });
  try {
    await waitForChannel(rpc, channel, address, deadline, signal);
    await prepare(rpc, deadline);
  } catch (error) {
    rpc.close();
    throw error;
  }
  return rpc;
}

/** Gets what the calls will carry, as far as it takes a call: a bearer for a password, or an OAuth token. */
async function logIn(
  rpc: Rpc,
  identity: CallIdentity,
  deadline: number,
): Promise<void> {
  await identity.ready();
  if (!identity.wantsHandshake) return;
  const task = { what: "call Handshake", replay: "safe", deadline } as const;
  await rpc.retry(task, () => handshake(rpc, identity, deadline));
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
        const failure = await reasonOf(rpc, address, deadline, signal);
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
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const call = await rpc.open(probe, "connect", {
    deadline,
    metadata: new Metadata(),
  });
  try {
    await call.drain();
  } catch (error) {
    const failure = Failure.from(error);
    const proxy = grpcProxy(address);
    if (proxy !== undefined)
      return (await proxyFailure(proxy, address, signal)) ?? failure;
    if (/name resolution failed/i.test(failure.message))
      return (await lookupFailure(rpc, address.host)) ?? failure;
    return failure.code === "unsupported" ? undefined : failure;
  }
  return undefined;
}

/** Milliseconds that a proxy has to say why it gave no connection. */
const proxyMilliseconds = 5_000;

/** Nor why a proxy gives no connection; the proxy does. Undefined when it gives one. */
async function proxyFailure(
  proxy: Proxy,
  address: FlightAddress,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  try {
    const patience = AbortSignal.timeout(proxyMilliseconds);
    const either = AbortSignal.any([signal, patience]);
    const socket = await tunnel(proxy, displayAddress(address), either);
    socket.destroy();
  } catch (error) {
    return Failure.from(error);
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

import {
  Channel,
  connectivityState as State,
  credentials,
} from "@grpc/grpc-js";
import type { ChannelInterface, ChannelOptions } from "@grpc/grpc-js";
import { isIPv6 } from "node:net";
import type { FlightOptions } from "./options.js";
import { grpcProxy, proxyAddress, proxyCredentials } from "./proxy.js";
import type { Proxy } from "./proxy.js";
import { tlsCredentials } from "./tls.js";
import type { TlsOptions } from "./tls.js";
import { displayAddress } from "./url.js";
import type { FlightAddress } from "./url.js";

/**
 * Bytes of a stream that may be on their way unread. HTTP/2's 64 KiB cost three to five times the throughput on
 * a quiet loopback and more with distance; from 1 MiB on more helps little.
 */
const windowBytes = 16 * 1024 * 1024;

/**
 * Servers answer pings that come more often than every 5 minutes with GOAWAY (gRPC's default,
 * https://github.com/grpc/grpc/blob/master/doc/keepalive.md), and cloud load balancers cut connections that are
 * quiet for 350 s: so a little over 5 minutes.
 */
const defaultKeepaliveSeconds = 310;
const keepaliveTimeoutMilliseconds = 20_000;

const channelOptions: ChannelOptions = {
  "grpc-node.flow_control_window": windowBytes,
  // Arrow servers send one message per batch, however large.
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  // Whether a call may be repeated is decided where its effect is known.
  "grpc.enable_retries": 0,
  // One TCP connection per channel, closed with it; otherwise equal channels of a process share one.
  "grpc.use_local_subchannel_pool": 1,
  // No TXT look-up for a service config that no Flight server has.
  "grpc.service_config_disable_resolution": 1,
  // grpc-js heeds variables in lower case only; see `throughProxy`.
  "grpc.enable_http_proxy": 0,
};

/** @throws Failure(invalid_config); see `tlsCredentials` and `grpcProxy`. */
export function openChannel(
  address: FlightAddress,
  options: TlsOptions &
    Pick<FlightOptions, "keepaliveTimeSeconds" | "authority">,
): ChannelInterface {
  const { keepaliveTimeSeconds: keepalive = defaultKeepaliveSeconds } = options;
  // The name that a pinned address stands for.
  const named = address.addresses === undefined ? undefined : address;
  const authority =
    options.authority ??
    (named === undefined ? undefined : displayAddress(named));
  const tlsName = options.tlsOverrideHostname ?? named?.host;
  const proxy = grpcProxy(address);
  return new Channel(
    proxy === undefined ? channelTarget(address) : `dns:${proxyAddress(proxy)}`,
    address.tls ? tlsCredentials(options) : credentials.createInsecure(),
    {
      ...channelOptions,
      ...(keepalive > 0 && {
        "grpc.keepalive_time_ms": keepalive * 1000,
        "grpc.keepalive_timeout_ms": keepaliveTimeoutMilliseconds,
      }),
      ...(proxy !== undefined && throughProxy(proxy, address)),
      ...(authority !== undefined && { "grpc.default_authority": authority }),
      ...(address.tls &&
        tlsName !== undefined && {
          "grpc.ssl_target_name_override": tlsName,
        }),
    },
  );
}

/** What grpc-js does by itself with a proxy of the environment (src/http_proxy.ts of @grpc/grpc-js 1.14). */
function throughProxy(proxy: Proxy, address: FlightAddress): ChannelOptions {
  const server = displayAddress(address);
  const user = proxyCredentials(proxy);
  return {
    "grpc.http_connect_target": `dns:${server}`,
    "grpc.default_authority": server,
    ...(user !== undefined && { "grpc.http_connect_creds": user }),
  };
}

/** gRPC's name of the address (doc/naming.md of grpc/grpc). */
function channelTarget(address: FlightAddress): string {
  const { socketPath, addresses } = address;
  if (socketPath !== undefined) return `unix:${socketPath}`;
  const [first] = addresses ?? [];
  if (addresses === undefined || first === undefined)
    return displayAddress(address);
  const list = addresses.map((host) => displayAddress({ ...address, host }));
  return `${isIPv6(first) ? "ipv6" : "ipv4"}:${list.join(",")}`;
}

/**
 * Waits until the channel is connected or its first attempt has failed.
 * @param deadline milliseconds since the epoch, or Infinity.
 * @returns "deadline" when neither happened until then.
 */
export async function firstAttempt(
  channel: ChannelInterface,
  deadline: number,
  signal: AbortSignal,
): Promise<"ready" | "failed" | "deadline" | "aborted"> {
  for (;;) {
    if (signal.aborted) return "aborted";
    const state = channel.getConnectivityState(true);
    if (state === State.READY) return "ready";
    if (state === State.TRANSIENT_FAILURE) return "failed";
    if (!(await stateChange(channel, state, deadline, signal)))
      return "deadline";
  }
}

/** Resolves to false when the deadline passed without a change, to true on a change and on an abort. */
function stateChange(
  channel: ChannelInterface,
  from: State,
  deadline: number,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const onAbort = () => {
      resolve(true);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    channel.watchConnectivityState(from, deadline, (error) => {
      signal.removeEventListener("abort", onAbort);
      resolve(error === undefined);
    });
  });
}

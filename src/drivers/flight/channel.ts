import {
  Channel,
  connectivityState as State,
  credentials,
} from "@grpc/grpc-js";
import type {
  ChannelCredentials,
  ChannelInterface,
  ChannelOptions,
} from "@grpc/grpc-js";
import { X509Certificate } from "node:crypto";
import { Failure } from "../../failure.js";
import type { FlightOptions } from "./options.js";
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
const keepaliveMilliseconds = 310_000;
const keepaliveTimeoutMilliseconds = 20_000;

const channelOptions: ChannelOptions = {
  "grpc-node.flow_control_window": windowBytes,
  // Arrow servers send one message per batch, however large.
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  // Whether a call may be repeated is decided where its effect is known.
  "grpc.enable_retries": 0,
  "grpc.keepalive_time_ms": keepaliveMilliseconds,
  "grpc.keepalive_timeout_ms": keepaliveTimeoutMilliseconds,
  // One TCP connection per channel, closed with it; otherwise equal channels of a process share one.
  "grpc.use_local_subchannel_pool": 1,
  // No TXT look-up for a service config that no Flight server has.
  "grpc.service_config_disable_resolution": 1,
};

/** @throws Failure(invalid_config) when the CA certificates are not PEM. */
export function openChannel(
  address: FlightAddress,
  options: Pick<FlightOptions, "tlsRootCerts" | "tlsSkipVerify">,
): ChannelInterface {
  return new Channel(
    displayAddress(address),
    address.tls ? tlsCredentials(options) : credentials.createInsecure(),
    channelOptions,
  );
}

function tlsCredentials({
  tlsRootCerts,
  tlsSkipVerify = false,
}: Pick<FlightOptions, "tlsRootCerts" | "tlsSkipVerify">): ChannelCredentials {
  if (tlsRootCerts !== undefined) checkRoots(tlsRootCerts);
  const roots = tlsRootCerts === undefined ? null : Buffer.from(tlsRootCerts);
  return credentials.createSsl(roots, null, null, {
    rejectUnauthorized: !tlsSkipVerify,
  });
}

/** TLS skips what it cannot read and fails later, when no certificate is trusted; so each is read here. */
function checkRoots(text: string): void {
  const blocks =
    text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ??
    [];
  let cause: unknown;
  try {
    for (const block of blocks) new X509Certificate(block);
    if (blocks.length > 0) return;
  } catch (error) {
    cause = error;
  }
  throw new Failure(
    "invalid_config",
    "tls_root_certs is not a list of certificates in PEM form (-----BEGIN CERTIFICATE-----)",
    { cause },
  );
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

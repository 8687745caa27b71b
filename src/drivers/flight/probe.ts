import { status as Status } from "@grpc/grpc-js";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { Failure } from "../../failure.js";
import { failureOf } from "./failures.js";
import type { TlsOptions } from "./tls.js";
import { displayAddress } from "./url.js";
import type { FlightAddress } from "./url.js";

/**
 * The layers below gRPC, one at a time, so that a failure can be told from the next. Each resolves to what was
 * found, in words, and leaves no connection.
 */

/** @throws Failure(invalid_config | unavailable) */
export async function probeDns({ host }: FlightAddress): Promise<string> {
  if (isIP(host) !== 0) return `${host} is an address`;
  try {
    const found = await lookup(host, { all: true });
    return `${host} is ${found.map(({ address }) => address).join(", ")}`;
  } catch (error) {
    const { message } = Failure.from(error);
    throw new Failure(
      "invalid_config",
      `${message}; check the name of the host, or ask for it from within the right network`,
      { cause: error },
    );
  }
}

/** @throws Failure(unavailable | timeout) */
export async function probeTcp(
  address: FlightAddress,
  signal: AbortSignal,
): Promise<string> {
  const { host, port } = address;
  const socket = connectTcp({ host, port });
  try {
    await once(socket, "connect", { signal });
    return `${displayAddress(address)} accepts connections`;
  } catch (error) {
    throw below(error, address, signal, "connect");
  } finally {
    socket.destroy();
  }
}

/** @throws Failure(invalid_config | unavailable | timeout) */
export async function probeTls(
  address: FlightAddress,
  options: TlsOptions,
  signal: AbortSignal,
): Promise<string> {
  const { host, port } = address;
  const servername = options.tlsOverrideHostname ?? host;
  const socket = connectTls({
    host,
    port,
    // A server name that is an address is against RFC 6066, section 3.
    ...(isIP(servername) === 0 ? { servername } : {}),
    ALPNProtocols: ["h2"],
    rejectUnauthorized: options.tlsSkipVerify !== true,
    ca: options.tlsRootCerts,
    cert: options.mtlsCertChain,
    key: options.mtlsPrivateKey,
  });
  try {
    await once(socket, "secureConnect", { signal });
    if (socket.alpnProtocol !== "h2")
      throw new Failure(
        "invalid_config",
        "the server does not offer HTTP/2 (ALPN h2), which gRPC needs; check the port, or let the proxy before it speak HTTP/2",
      );
    const { subject, valid_to: until } = socket.getPeerCertificate();
    const name = [subject.CN].flat().at(0);
    const whose = name === undefined ? "" : ` of ${name}`;
    return `${socket.getProtocol() ?? "TLS"}, certificate${whose} valid until ${until}`;
  } catch (error) {
    throw below(error, address, signal, "TLS");
  } finally {
    socket.destroy();
  }
}

/** An error of the network, with the hint that a call's failure would have. */
function below(
  error: unknown,
  address: FlightAddress,
  signal: AbortSignal,
  call: string,
): Failure {
  if (error instanceof Failure) return error;
  if (signal.aborted) return Failure.from(signal.reason);
  const outcome = {
    code: Status.UNAVAILABLE,
    text: describe(error),
    details: [],
    untouched: true,
    retryAfter: undefined,
    isIdle: false,
  };
  const site = { server: displayAddress(address), tls: address.tls, call };
  return failureOf(outcome, site);
}

/** A host with several addresses fails with an error for each (Node's AggregateError), which has no text itself. */
function describe(error: unknown): string {
  const errors: readonly unknown[] =
    error instanceof AggregateError ? error.errors : [];
  const [first] = errors;
  return Failure.from(first ?? error).message;
}

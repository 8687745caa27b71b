import { Failure } from "../../failure.js";
import type { FlightEndpoint } from "./messages.js";
import { defaultPort, isLoopback } from "./url.js";
import type { FlightAddress } from "./url.js";

/** Says that the ticket is good on the connection it came by (Flight.rst, "Connection Reuse"). */
const reuseScheme = "arrow-flight-reuse-connection:";

/**
 * Checks that an endpoint can be read from the server that the connection goes to: it names no location, that
 * server, or the connection itself. Credentials are never sent to a host that only a server named.
 * @throws Failure(unsupported) that names the other server.
 */
export function checkLocation(
  endpoint: FlightEndpoint,
  address: FlightAddress,
): void {
  const uris = endpoint.location.map(({ uri }) => uri);
  if (uris.length === 0 || uris.some((uri) => isSameServer(uri, address)))
    return;
  throw new Failure(
    "unsupported",
    `a part of the result lies on another server (${uris.map(withoutUser).join(", ")}), which is not read`,
  );
}

function isSameServer(uri: string, address: FlightAddress): boolean {
  if (uri === "") return true;
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, port } = new URL(uri);
  if (protocol === reuseScheme) return true;
  if (!/^grpc(\+tcp|\+tls)?:$/.test(protocol)) return false;
  const host = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  const sameHost =
    host === address.host.toLowerCase() ||
    (isLoopback(host) && isLoopback(address.host));
  return (
    sameHost && (port === "" ? defaultPort : Number(port)) === address.port
  );
}

function withoutUser(uri: string): string {
  if (!URL.canParse(uri)) return "a location that is not a URI";
  const { protocol, host } = new URL(uri);
  return `${protocol}//${host}`;
}

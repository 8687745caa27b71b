import { Failure } from "../../failure.js";

/** GizmoSQL's and our own server's port; Flight itself names none. */
export const defaultPort = 31337;

/** Where a Flight server listens and who calls. */
export interface FlightAddress {
  /** Without brackets when it is an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Of a Unix domain socket, in place of host and port, which are then "localhost" and 0. */
  readonly socketPath?: string | undefined;
  /**
   * IP addresses of one family that stand for the host: those that were looked at, while another look-up might give
   * others. The host is looked up when undefined.
   */
  readonly addresses?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** ADBC's schemes (docs/source/driver/flight_sql.rst of apache/arrow-adbc): TLS unless the scheme says otherwise. */
const schemes: ReadonlyMap<string, { readonly tls: boolean }> = new Map([
  ["flightsql:", { tls: true }],
  ["grpc:", { tls: false }],
  ["grpc+tcp:", { tls: false }],
  ["grpc+tls:", { tls: true }],
  ["grpc+unix:", { tls: false }],
]);

/**
 * Reads `flightsql://[user[:password]@]host[:port][?transport=tls|tcp]` (TLS unless `transport=tcp`),
 * `grpc://` and `grpc+tcp://` (plaintext), `grpc+tls://`, and `grpc+unix:///path/of/socket` (plaintext, on this
 * machine). The port is 31337 unless given.
 * @throws Failure(invalid_config) that never repeats the URL, since it may hold a password.
 */
export function parseFlightUrl(text: string): FlightAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined)
    throw invalid(
      "it is not a URL; write flightsql://host:port or flightsql://host:port?transport=tcp",
    );
  const scheme = schemes.get(url.protocol);
  if (scheme === undefined)
    throw invalid(
      `scheme ${url.protocol}// is not known; use flightsql://, grpc+tls:// or grpc+tcp://`,
    );
  if (url.protocol === "grpc+unix:") return socketOf(url);
  if (url.hostname === "") throw invalid("it names no host");
  if (!/^\/?$/.test(url.pathname) || url.hash !== "")
    throw invalid(
      "nothing may follow the port but ?transport=tls or ?transport=tcp",
    );
  return {
    host: decode(url.hostname.replace(/^\[(.*)\]$/, "$1"), "host"),
    port: url.port === "" ? defaultPort : portOf(url.port),
    tls: transportOf(url, scheme.tls),
    username:
      url.username === "" ? undefined : decode(url.username, "user name"),
    password:
      url.password === "" ? undefined : decode(url.password, "password"),
  };
}

function socketOf(url: URL): FlightAddress {
  if (url.host !== "" || url.search !== "" || url.pathname.length < 2)
    throw invalid("write grpc+unix:///path/of/socket");
  const socketPath = decode(url.pathname, "path");
  return { host: "localhost", port: 0, tls: false, socketPath };
}

/** `host:port` as people write it, or the path of a socket. */
export function displayAddress({
  host,
  port,
  socketPath,
}: FlightAddress): string {
  if (socketPath !== undefined) return socketPath;
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

/** Whether traffic to this host stays on this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/i.test(host);
}

function portOf(text: string): number {
  const port = Number(text);
  if (port === 0) throw invalid("port 0 cannot be connected to");
  return port;
}

function transportOf(url: URL, schemeTls: boolean): boolean {
  for (const name of url.searchParams.keys())
    if (name !== "transport")
      throw invalid(
        `parameter ${name} is not known; the only one is transport`,
      );
  const [transport, ...more] = url.searchParams.getAll("transport");
  if (transport === undefined) return schemeTls;
  if (more.length > 0 || (transport !== "tls" && transport !== "tcp"))
    throw invalid("transport is tls or tcp");
  if (url.protocol !== "flightsql:" && (transport === "tls") !== schemeTls)
    throw invalid(
      `transport=${transport} contradicts the scheme ${url.protocol}//`,
    );
  return transport === "tls";
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`its ${part} is not percent-encoded UTF-8`);
  }
}

function invalid(what: string): Failure {
  return new Failure("invalid_config", `url: ${what}`);
}

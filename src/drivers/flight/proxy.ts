import { isIPv4 } from "node:net";
import { Failure } from "../../failure.js";
import { isLoopback } from "./url.js";
import type { FlightAddress } from "./url.js";

/** Values of the environment by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy that the environment names. */
export interface Proxy {
  readonly url: URL;
  /** Where it is named, for messages. */
  readonly variable: string;
}

/**
 * The proxy for a Flight server: one for all of them, as gRPC has it (https://grpc.github.io/grpc/core/md_doc_environment_variables.html),
 * but in upper case as well, and by the rules of `proxyOf`. None for a Unix domain socket.
 * @throws Failure(invalid_config) when what is named is no http proxy.
 */
export function grpcProxy(
  { host, socketPath }: Pick<FlightAddress, "host" | "socketPath">,
  env: Environment = process.env,
): Proxy | undefined {
  if (socketPath !== undefined) return undefined;
  const names = ["grpc_proxy", "https_proxy", "http_proxy"];
  return proxyOf(host, names, ["no_grpc_proxy", "no_proxy"], env);
}

/**
 * The proxy for an http or https address, by its scheme and the rules of `proxyOf`.
 * @throws Failure(invalid_config) when what is named is no http proxy.
 */
export function httpProxy(
  { protocol, hostname }: URL,
  env: Environment = process.env,
): Proxy | undefined {
  const name = protocol === "https:" ? "https_proxy" : "http_proxy";
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return proxyOf(host, [name], ["no_proxy"], env);
}

/**
 * Most programs read the environment so: each variable in lower case, then in upper case; `http://` may be left
 * out; no proxy for this machine (as in Go's net/http, and so for ADBC) and for the hosts that are excepted
 * (suffixes, networks in CIDR form, or `*`).
 */
function proxyOf(
  host: string,
  names: readonly string[],
  exceptionNames: readonly string[],
  env: Environment,
): Proxy | undefined {
  const variable = firstSet(env, names);
  if (variable === undefined || isLoopback(host)) return undefined;
  const exceptions = firstSet(env, exceptionNames);
  const listed = ((exceptions && env[exceptions]) ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (listed.some((entry) => entry === "*" || matches(host, entry)))
    return undefined;
  const text = env[variable] ?? "";
  const address = text.includes("://") ? text : `http://${text}`;
  // The value is not repeated: it may hold a password.
  if (!URL.canParse(address) || new URL(address).protocol !== "http:")
    throw new Failure(
      "invalid_config",
      `the environment's ${variable} is no http:// address; correct it, or add the host to NO_PROXY`,
    );
  return { url: new URL(address), variable };
}

/** `user:password` that a proxy is told; undefined without a user name. */
export function proxyCredentials({ url }: Proxy): string | undefined {
  return url.username === ""
    ? undefined
    : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
}

/** `host:port` of a proxy. */
export function proxyAddress({ url }: Proxy): string {
  return `${url.hostname}:${url.port === "" ? "80" : url.port}`;
}

/** The header that says who asks a proxy; none without a user name. */
export function proxyAuthorization(proxy: Proxy): Record<string, string> {
  const user = proxyCredentials(proxy);
  if (user === undefined) return {};
  return {
    "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}`,
  };
}

function firstSet(
  env: Environment,
  names: readonly string[],
): string | undefined {
  return names
    .flatMap((name) => [name, name.toUpperCase()])
    .find((name) => (env[name] ?? "") !== "");
}

/** A suffix of the host, or a network that its IPv4 address lies in. */
function matches(host: string, entry: string): boolean {
  return host.endsWith(entry) || isInNetwork(host, entry);
}

function isInNetwork(host: string, entry: string): boolean {
  const [network = "", length = "", ...more] = entry.split("/");
  const bits = parseInt(length, 10);
  if (!isIPv4(host) || !isIPv4(network) || more.length > 0) return false;
  if (!(bits >= 0 && bits <= 32)) return false;
  const shift = 2 ** (32 - bits);
  return (
    Math.floor(numberOf(host) / shift) === Math.floor(numberOf(network) / shift)
  );
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

import { isIPv4 } from "node:net";
import { Failure } from "../../failure.js";
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
 * The variable whose proxy grpc-js connects to this server through; undefined when it connects directly. The rules
 * are its own (src/http_proxy.ts of @grpc/grpc-js 1.14): names in lower case, one proxy for all servers, entries of
 * `no_proxy` as they are.
 */
export function grpcProxyVariable(
  { host, socketPath }: Pick<FlightAddress, "host" | "socketPath">,
  env: Environment = process.env,
): string | undefined {
  if (socketPath !== undefined) return undefined;
  const variable = firstSet(env, ["grpc_proxy", "https_proxy", "http_proxy"]);
  const url = variable === undefined ? undefined : env[variable];
  if (url === undefined || !URL.canParse(url)) return undefined;
  if (new URL(url).protocol !== "http:") return undefined;
  const exceptions = firstSet(env, ["no_grpc_proxy", "no_proxy"]);
  const listed = (exceptions && env[exceptions])?.split(",") ?? [];
  return listed.some((entry) => matches(host, entry)) ? undefined : variable;
}

/**
 * The proxy for an http or https address, as most programs read the environment: by the scheme, in lower or upper
 * case, but for the hosts of NO_PROXY (suffixes, networks in CIDR form, or `*`).
 * @throws Failure(invalid_config) when what is named is no http proxy.
 */
export function httpProxy(
  { protocol, hostname }: URL,
  env: Environment = process.env,
): Proxy | undefined {
  const name = protocol === "https:" ? "https_proxy" : "http_proxy";
  const variable = firstSet(env, [name, name.toUpperCase()]);
  if (variable === undefined) return undefined;
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const exceptions = firstSet(env, ["no_proxy", "NO_PROXY"]);
  const listed = ((exceptions && env[exceptions]) ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (listed.some((entry) => entry === "*" || matches(host, entry)))
    return undefined;
  const text = env[variable] ?? "";
  // The value is not repeated: it may hold a password.
  if (!URL.canParse(text) || new URL(text).protocol !== "http:")
    throw new Failure(
      "invalid_config",
      `the environment's ${variable} is no http:// address; correct it, or add the host to NO_PROXY`,
    );
  return { url: new URL(text), variable };
}

/** The header that says who asks a proxy; none without a user name. */
export function proxyAuthorization({ url }: Proxy): Record<string, string> {
  if (url.username === "") return {};
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}`,
  };
}

function firstSet(
  env: Environment,
  names: readonly string[],
): string | undefined {
  return names.find((name) => (env[name] ?? "") !== "");
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

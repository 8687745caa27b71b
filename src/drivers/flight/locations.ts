import { Failure } from "../../failure.js";
import { checkHost } from "./forbidden-hosts.js";
import type { FlightEndpoint } from "./messages.js";
import { defaultPort, displayAddress, isLoopback } from "./url.js";
import type { FlightAddress } from "./url.js";

/** Where an endpoint can be read. */
export type Place =
  | { readonly kind: "here" }
  | { readonly kind: "server"; readonly address: FlightAddress }
  | { readonly kind: "http"; readonly url: URL };

/** Says that the ticket is good on the connection it came by (Flight.rst, "Connection Reuse"). */
const reuseScheme = "arrow-flight-reuse-connection:";

/** The schemes of Flight.rst. */
const schemes: ReadonlyMap<
  string,
  { readonly kind: "server" | "http"; readonly encrypted: boolean }
> = new Map([
  ["grpc:", { kind: "server", encrypted: false }],
  ["grpc+tcp:", { kind: "server", encrypted: false }],
  ["grpc+tls:", { kind: "server", encrypted: true }],
  ["grpc+unix:", { kind: "server", encrypted: false }],
  ["http:", { kind: "http", encrypted: false }],
  ["https:", { kind: "http", encrypted: true }],
]);

/** A location's parts, as far as they decide. */
interface Target {
  /** With its colon. */
  readonly scheme: string;
  /** Lower case, without brackets; empty for a socket. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/**
 * Which places of those that a server names are read. Whoever answers there gets the credentials, the headers and
 * the cookies of this connection (http places: none of them), so that a server must not be able to send them
 * where it likes: the host of the connection is good, any other one only if the user allowed it. A connection
 * that is encrypted is never left for one that is not, and addresses that only mean something on this machine's
 * own network (link-local ones, those of cloud metadata services) are never called.
 */
export class LocationPolicy {
  readonly #home: FlightAddress;
  readonly #rules: readonly Rule[];

  /**
   * @param allowed see `FlightOptions.allowedLocations`.
   * @throws Failure(invalid_config) when one of them is not understood.
   */
  constructor(home: FlightAddress, allowed: readonly string[] = []) {
    this.#home = home;
    this.#rules = allowed.map(parseRule);
  }

  /**
   * The places to try, in the server's order.
   * @throws Failure(invalid_config | unsupported) when there are none: why the first was refused.
   */
  places({ location }: FlightEndpoint): readonly Place[] {
    if (location.length === 0) return [{ kind: "here" }];
    const places: Place[] = [];
    const refusals: Failure[] = [];
    for (const { uri } of location)
      try {
        places.push(this.place(uri));
      } catch (error) {
        refusals.push(Failure.from(error));
      }
    const [refusal] = refusals;
    if (places.length === 0 && refusal !== undefined) throw refusal;
    return places;
  }

  /** @throws Failure(invalid_config | unsupported) */
  place(uri: string): Place {
    if (uri === "" || uri.startsWith(reuseScheme)) return { kind: "here" };
    const named = parseTarget(uri);
    if (named !== undefined && this.#isHere(named)) return { kind: "here" };
    const rule =
      named === undefined
        ? undefined
        : this.#rules.find(({ matches }) => matches(named));
    if (named === undefined || !schemes.has(named.scheme))
      throw new Failure(
        "unsupported",
        `a part of the result lies at ${display(uri)}, which is no location that is understood`,
      );
    const target = { ...named, ...rule?.replacement };
    checkHost(target.host, display(uri));
    if (rule === undefined && !this.#isHome(named))
      throw new Failure(
        "invalid_config",
        `a part of the result lies on another host, ${display(uri)}, and the credentials of this connection are not given to hosts that only a server names: if it is to be trusted, add ${JSON.stringify(suggestion(named))} to allowed_locations`,
      );
    this.#checkEncryption(uri, target);
    return placeOf(target, uri);
  }

  #isHere({ scheme, host, port, path }: Target): boolean {
    const { socketPath } = this.#home;
    if (schemes.get(scheme)?.kind !== "server") return false;
    if (scheme === "grpc+unix:") return socketPath === path;
    return (
      socketPath === undefined &&
      isSameHost(host, this.#home.host) &&
      port === this.#home.port
    );
  }

  #isHome({ scheme, host }: Target): boolean {
    return scheme !== "grpc+unix:" && isSameHost(host, this.#home.host);
  }

  #checkEncryption(uri: string, { scheme }: Target): void {
    if (!this.#home.tls || schemes.get(scheme)?.encrypted === true) return;
    throw new Failure(
      "invalid_config",
      `a part of the result lies at ${display(uri)}, which is not encrypted while the connection to ${displayAddress(this.#home)} is: let the server name a grpc+tls:// or https:// location, or rewrite it to one in allowed_locations`,
    );
  }
}

function isSameHost(one: string, other: string): boolean {
  return one === other.toLowerCase() || (isLoopback(one) && isLoopback(other));
}

function placeOf({ scheme, host, port, path }: Target, uri: string): Place {
  if (schemes.get(scheme)?.kind === "http") {
    const url = new URL(uri);
    url.protocol = scheme;
    url.hostname = host.includes(":") ? `[${host}]` : host;
    url.port = String(port);
    return { kind: "http", url };
  }
  const tls = scheme === "grpc+tls:";
  const socketPath = scheme === "grpc+unix:" ? path : undefined;
  return { kind: "server", address: { host, port, tls, socketPath } };
}

function parseTarget(uri: string): Target | undefined {
  if (!URL.canParse(uri)) return undefined;
  const { protocol: scheme, hostname, port, pathname } = new URL(uri);
  const host = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if ((host === "") !== (scheme === "grpc+unix:")) return undefined;
  const standard = { "http:": 80, "https:": 443 }[scheme] ?? defaultPort;
  return {
    scheme,
    host,
    port: port === "" ? standard : Number(port),
    path: decodeURIComponent(pathname),
  };
}

/** An entry of `allowed_locations`. */
interface Rule {
  readonly matches: (target: Target) => boolean;
  readonly replacement: Partial<Target>;
}

/** `[scheme://]host[:port]`, or the whole of a socket's location. */
const placePattern =
  /^(?:([a-z+]+:)\/\/)?(?:(\[[^\]]+\]|[^:/[\]=]+)(?::(\d{1,5}))?|(\/[^=]+))$/i;

function parseRule(text: string): Rule {
  const [pattern = "", replacement, ...more] = text.split("=");
  const from = placePattern.exec(pattern.trim());
  const to =
    replacement === undefined ? null : placePattern.exec(replacement.trim());
  const isWrong =
    from === null ||
    more.length > 0 ||
    (replacement !== undefined && (to === null || replacement.includes("*")));
  const unknown = [from?.[1], to?.[1]].find(
    (scheme) => scheme !== undefined && !schemes.has(scheme.toLowerCase()),
  );
  if (isWrong || unknown !== undefined)
    throw new Failure(
      "invalid_config",
      `allowed_locations: ${JSON.stringify(text)} is not understood; write host, host:port or scheme://host:port, with * for a part of the host, and =host:port behind it to go there instead`,
    );
  const { host, ...exact } = partsOf(from);
  const hostTest = host === undefined ? undefined : hostPattern(host);
  return {
    matches: (target) =>
      (hostTest === undefined || hostTest.test(target.host)) &&
      Object.entries(exact).every(
        ([key, value]) => target[key as keyof Target] === value,
      ),
    replacement: to === null ? {} : partsOf(to),
  };
}

function partsOf(match: RegExpExecArray): Partial<Target> {
  const [, scheme, host, port, path] = match;
  return {
    ...(scheme !== undefined && { scheme: scheme.toLowerCase() }),
    ...(host !== undefined && {
      host: host.replace(/^\[(.*)\]$/, "$1").toLowerCase(),
    }),
    ...(port !== undefined && { port: Number(port) }),
    ...(path !== undefined && { path }),
  };
}

/** `*` stands for characters other than a dot, and alone for any host. */
function hostPattern(host: string): RegExp {
  if (host === "*") return /./;
  const parts = host
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^.]*")}$`);
}

function suggestion({ scheme, host, port, path }: Target): string {
  if (host === "") return `${scheme}//${path}`;
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

/** A location without what may be secret: user, path and query. */
export function display(uri: string): string {
  if (!URL.canParse(uri)) return "a location that is not a URI";
  const { protocol, host, pathname } = new URL(uri);
  return host === "" ? `${protocol}//${pathname}` : `${protocol}//${host}`;
}

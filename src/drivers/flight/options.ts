import { Failure } from "../../failure.js";
import type { SessionOptions } from "./sessions.js";
import type { OAuthOptions } from "./oauth.js";
import type { Replay } from "./retry.js";
import { tlsSettingsIn } from "./tls.js";
import type { TlsOptions } from "./tls.js";
import { parseFlightUrl } from "./url.js";
import type { FlightAddress } from "./url.js";

/** Settings of a connection to a Flight SQL server. Only `url` is required. */
export interface FlightOptions extends TlsOptions {
  /** See `parseFlightUrl`. */
  readonly url: string | FlightAddress;
  /**
   * Sent as `:authority` in place of the address, for a proxy that routes by it. Servers that endpoints name get
   * their own. Which name a certificate must have is `tlsOverrideHostname`'s to say.
   */
  readonly authority?: string | undefined;
  /** Wins over the URL's. */
  readonly username?: string | undefined;
  /** Wins over the URL's. */
  readonly password?: string | undefined;
  /** Bearer token. Not together with a user name. */
  readonly token?: string | undefined;
  /**
   * Value of the header `authorization`, as it is: "Anonymous", or a scheme of its own. The server may replace it.
   * Not together with any other way to say who calls.
   */
  readonly authorizationHeader?: string | undefined;
  /** Where to get a bearer token. Not together with any other way to say who calls. */
  readonly oauth?: OAuthOptions | undefined;
  /** Sent with every call; `-bin` headers hold base64. Not `authorization` together with a token or user name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Set in the server's session before anything else; the server closes it with the connection. */
  readonly sessionOptions?: SessionOptions | undefined;
  /**
   * Waits for queries by PollFlightInfo instead of one long GetFlightInfo, and logs how far they are. Few servers
   * have it. @default false
   */
  readonly incremental?: boolean | undefined;
  /**
   * Other hosts whose parts of a result are read, with the credentials, headers and cookies of this connection:
   * `host`, `host:port` or `scheme://host:port`. `*` stands for characters other than a dot, alone for any host.
   * `=host:port` behind it goes there instead. @default none
   */
  readonly allowedLocations?: readonly string[] | undefined;
  /** Seconds until the connection and the login must be done; 0 waits for ever. @default 20 */
  readonly connectTimeoutSeconds?: number | undefined;
  /** Seconds for GetFlightInfo; 0 waits for ever. @default 0 */
  readonly queryTimeoutSeconds?: number | undefined;
  /** Seconds for one whole DoGet, the time its reader takes included; 0 waits for ever. @default 0 */
  readonly fetchTimeoutSeconds?: number | undefined;
  /** Seconds for one whole DoPut or DoAction; 0 waits for ever. @default 0 */
  readonly updateTimeoutSeconds?: number | undefined;
  /**
   * Seconds that a DoGet may be waited for without any message, batches without rows included, since servers
   * send those to show that they live; 0 waits for ever. @default 0
   */
  readonly idleTimeoutSeconds?: number | undefined;
  /**
   * Seconds of silence after which the server is pinged, to find out about dead connections and to keep proxies
   * from cutting quiet ones; 0 never pings. Servers end connections that ping more often than they like, by
   * default every 5 minutes. @default 310
   */
  readonly keepaliveTimeSeconds?: number | undefined;
  /**
   * Attempts after the first one for what the server could not do just now and what cannot have had an effect;
   * 0 for none. @default 4
   */
  readonly retriesMax?: number | undefined;
}

/** What belongs to one statement. */
export interface StatementOptions {
  /**
   * `safe` lets a query be asked again after an error that may have come after the server ran it; give it for
   * statements that only read. @default "once"
   */
  readonly replay?: Replay | undefined;
  readonly transaction?: Readonly<Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** In place of the connection's. */
  readonly incremental?: boolean | undefined;
  /** How far an incremental query is, from 0 to 1; undefined while the server does not know. */
  readonly onProgress?: ((progress: number | undefined) => void) | undefined;
}

/** What a call is for; each has its own deadline, as ADBC's `adbc.flight.sql.rpc.timeout_seconds.*` do. */
export type CallClass = "connect" | "query" | "fetch" | "update";

const defaultConnectSeconds = 20;

/** Milliseconds per class; Infinity where there is no deadline. */
export function timeoutsOf(
  options: FlightOptions,
): Readonly<Record<CallClass, number>> {
  return {
    connect: milliseconds(
      options.connectTimeoutSeconds ?? defaultConnectSeconds,
    ),
    query: milliseconds(options.queryTimeoutSeconds),
    fetch: milliseconds(options.fetchTimeoutSeconds),
    update: milliseconds(options.updateTimeoutSeconds),
  };
}

/** Milliseconds; Infinity for never. */
export function idleTimeoutOf({ idleTimeoutSeconds }: FlightOptions): number {
  return milliseconds(idleTimeoutSeconds);
}

/** The options' address, user name and password included. @throws Failure(invalid_config) */
export function addressOf(options: FlightOptions): FlightAddress {
  const { url, username, password } = options;
  const address = typeof url === "string" ? parseFlightUrl(url) : url;
  const merged = {
    ...address,
    username: username ?? address.username,
    password: password ?? address.password,
  };
  const tlsSettings = tlsSettingsIn(options);
  if (!merged.tls && tlsSettings.length > 0)
    throw new Failure(
      "invalid_config",
      `${tlsSettings.join(", ")} given and the connection is not encrypted: remove transport=tcp, or what is about certificates`,
    );
  return merged;
}

function milliseconds(seconds = 0): number {
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new Failure(
      "invalid_config",
      `a timeout is ${String(seconds)} seconds; 0 means none`,
    );
  return seconds === 0 ? Infinity : seconds * 1000;
}

import type { FlightOptions } from "../../drivers/flight/options.js";
import type { Settings } from "../settings.js";
import { oauthOptions, oauthSettings } from "./oauth-settings.js";
import type { OAuthConfig } from "./oauth-settings.js";

/** Settings of a connection over Flight SQL. Names follow ADBC's options of the same meaning. */
export const clientSettings: Settings = {
  url: {
    title: "URL",
    description:
      "flightsql://host:port with TLS, or flightsql://host:port?transport=tcp without; grpc+tls://, grpc+tcp:// and grpc+unix:///path are understood as well. Give either this or host.",
    type: "string",
    examples: ["flightsql://localhost:31337?transport=tcp"],
    pattern: "^(flightsql|grpc|grpc\\+tcp|grpc\\+tls|grpc\\+unix)://",
  },
  host: {
    title: "Host",
    description: "Host name or address of the server, instead of a URL.",
    type: "string",
    minLength: 1,
  },
  port: {
    title: "Port",
    description: "Port of the server; goes with host.",
    type: "integer",
    minimum: 1,
    maximum: 65_535,
    default: 31_337,
  },
  transport: {
    title: "Transport",
    description: "tls or, without encryption, tcp; goes with host.",
    type: "string",
    enum: ["tls", "tcp"],
    default: "tls",
  },
  authority: {
    title: "Authority",
    description:
      "Sent as :authority in place of the address, for a proxy that routes by it; tls_override_hostname names the certificate.",
    type: "string",
    pattern: "^[^\\s/?#@]+$",
    examples: ["flight.example.com"],
  },
  username: {
    title: "User name",
    description: "For Basic authentication by the Handshake call.",
    type: "string",
  },
  password: {
    title: "Password",
    description: "For Basic authentication by the Handshake call.",
    type: "string",
    airbyte_secret: true,
  },
  token: {
    title: "Bearer token",
    description: "Sent with every call, instead of user name and password.",
    type: "string",
    airbyte_secret: true,
  },
  authorization_header: {
    title: "Authorization header",
    description:
      "Value of the authorization header as it is, for other schemes than Basic and Bearer, such as Anonymous.",
    type: "string",
    airbyte_secret: true,
  },
  oauth: {
    title: "OAuth",
    description:
      "Where to get a bearer token, and with what: flow, token_uri, client_id, client_secret, scope, and for token_exchange an object exchange. The token is renewed before it expires.",
    type: "object",
    additionalProperties: false,
    required: ["flow", "token_uri"],
    properties: oauthSettings,
  },
  headers: {
    title: "Call headers",
    description: "Sent with every call, by name.",
    type: "object",
    additionalProperties: { type: "string" },
    airbyte_secret: true,
  },
  tls_root_certs: {
    title: "CA certificates",
    description:
      "PEM text of the authorities to trust instead of the system's; ${file:ca.pem} reads a file.",
    type: "string",
  },
  tls_skip_verify: {
    title: "Do not verify the server's certificate",
    description: "Whoever answers is believed; warned of at every run.",
    type: "boolean",
    default: false,
  },
  tls_override_hostname: {
    title: "Name in the server's certificate",
    description: "Where it is not the host's name.",
    type: "string",
    minLength: 1,
  },
  mtls_cert_chain: {
    title: "Client certificate",
    description:
      "PEM text of the certificate to show to the server, and of those that issued it; ${file:client.pem} reads a file. Goes with mtls_private_key.",
    type: "string",
  },
  mtls_private_key: {
    title: "Key of the client certificate",
    description: "PEM text of the private key, without a passphrase.",
    type: "string",
    airbyte_secret: true,
  },
  allowed_locations: {
    title: "Other hosts with parts of a result",
    description:
      "Hosts that a server may name besides itself, and that then get the credentials too: host, host:port or scheme://host:port, * for a part of the host. host=other:port goes to the other one in its place.",
    type: "array",
    items: { type: "string", minLength: 1 },
    examples: [["be-*.internal:9040", "10.0.0.7=proxy.example.com:443"]],
  },
  session_options: {
    title: "Session options",
    description:
      "Set in the server's session before anything else, by name: catalog, schema, project_id, whatever the server knows.",
    type: "object",
    additionalProperties: { type: "string" },
    examples: [{ catalog: "sales" }],
  },
  incremental: {
    title: "Incremental queries",
    description:
      "Waits for queries by PollFlightInfo, where the server has it, and logs how far they are.",
    type: "boolean",
    default: false,
  },
  connect_timeout_seconds: {
    title: "Connect timeout",
    description: "Seconds until the server must have answered.",
    type: "number",
    exclusiveMinimum: 0,
    default: 20,
  },
  query_timeout_seconds: {
    title: "Query timeout",
    description: "Seconds a query may be planned; 0 is no limit.",
    type: "number",
    minimum: 0,
    default: 0,
  },
  fetch_timeout_seconds: {
    title: "Fetch timeout",
    description: "Seconds one endpoint may be read; 0 is no limit.",
    type: "number",
    minimum: 0,
    default: 0,
  },
  update_timeout_seconds: {
    title: "Update timeout",
    description: "Seconds a statement or a load may take; 0 is no limit.",
    type: "number",
    minimum: 0,
    default: 0,
  },
  idle_timeout_seconds: {
    title: "Idle timeout",
    description:
      "Seconds that an endpoint may send nothing, not even an empty batch, while it is read; 0 is no limit.",
    type: "number",
    minimum: 0,
    default: 0,
  },
  keepalive_time_seconds: {
    title: "Keep-alive time",
    description:
      "Seconds of silence after which the server is pinged; 0 never. Most servers end connections that ping more often than every 300 s.",
    type: "number",
    minimum: 0,
    default: 310,
  },
  retries_max: {
    title: "Retries",
    description:
      "Attempts after the first one, before the first row and only where a repetition cannot double rows; 0 for none.",
    type: "integer",
    minimum: 0,
    maximum: 20,
    default: 4,
  },
};

/** A config that ajv has checked against `clientSettings`, which also filled in the defaults. */
export interface ClientConfig {
  readonly url?: string;
  readonly host?: string;
  readonly port: number;
  readonly transport: "tls" | "tcp";
  readonly authority?: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly authorization_header?: string;
  readonly oauth?: OAuthConfig;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls_root_certs?: string;
  readonly tls_skip_verify: boolean;
  readonly tls_override_hostname?: string;
  readonly mtls_cert_chain?: string;
  readonly mtls_private_key?: string;
  readonly allowed_locations?: readonly string[];
  readonly session_options?: Readonly<Record<string, string>>;
  readonly incremental: boolean;
  readonly connect_timeout_seconds: number;
  readonly query_timeout_seconds: number;
  readonly fetch_timeout_seconds: number;
  readonly update_timeout_seconds: number;
  readonly idle_timeout_seconds: number;
  readonly keepalive_time_seconds: number;
  readonly retries_max: number;
}

export function clientOptions(config: ClientConfig): FlightOptions {
  return {
    url: config.url ?? hostUrl(config),
    authority: config.authority,
    username: config.username,
    password: config.password,
    token: config.token,
    authorizationHeader: config.authorization_header,
    oauth: config.oauth === undefined ? undefined : oauthOptions(config.oauth),
    headers: config.headers,
    tlsRootCerts: config.tls_root_certs,
    tlsSkipVerify: config.tls_skip_verify,
    tlsOverrideHostname: config.tls_override_hostname,
    mtlsCertChain: config.mtls_cert_chain,
    mtlsPrivateKey: config.mtls_private_key,
    allowedLocations: config.allowed_locations,
    sessionOptions: config.session_options,
    incremental: config.incremental,
    connectTimeoutSeconds: config.connect_timeout_seconds,
    queryTimeoutSeconds: config.query_timeout_seconds,
    fetchTimeoutSeconds: config.fetch_timeout_seconds,
    updateTimeoutSeconds: config.update_timeout_seconds,
    idleTimeoutSeconds: config.idle_timeout_seconds,
    keepaliveTimeSeconds: config.keepalive_time_seconds,
    retriesMax: config.retries_max,
  };
}

function hostUrl({ host = "", port, transport }: ClientConfig): string {
  const authority = host.includes(":") ? `[${host}]` : host;
  return `flightsql://${authority}:${String(port)}?transport=${transport}`;
}

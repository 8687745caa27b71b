import type { Connection, Context, Engine, Role } from "../engine.js";
import type { FlightOptions } from "../drivers/flight/options.js";
import { dialectNames, type DialectName } from "../sql/dialects.js";
import type { NullCursor } from "../sql/sql-connection.js";
import type { FlightSettings } from "./flight/connect.js";
import { loadWays, type LoadVia } from "./flight/load-ways.js";
import { commandSettings, type Settings } from "./settings.js";

/** Settings of a connection over Flight SQL. Names follow ADBC's options of the same meaning. */
const flightSettings: Settings = {
  url: {
    title: "URL",
    description:
      "flightsql://host:port with TLS, or flightsql://host:port?transport=tcp without; grpc+tls:// and grpc+tcp:// are understood as well. Give either this or host.",
    type: "string",
    examples: ["flightsql://localhost:31337?transport=tcp"],
    pattern: "^(flightsql|grpc|grpc\\+tcp|grpc\\+tls)://",
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
  dialect: {
    title: "SQL dialect",
    description:
      "auto asks the server for its name; ansi is standard SQL, the others are those of their engines.",
    type: "string",
    enum: ["auto", ...dialectNames],
    default: "auto",
  },
};

const defaultStatementBytes = 1_048_576;

const globs = {
  type: "array",
  items: { type: "string", minLength: 1 },
} as const;

/** Settings of one role only. */
const roleSettings: Readonly<Record<Role, Settings>> = {
  source: {
    schemas: {
      title: "Schemas",
      description:
        "Database schemas to discover, as globs: * is any text, ? any one character. All without.",
      ...globs,
      examples: [["sales", "dw_*"]],
    },
    tables: {
      title: "Tables",
      description:
        "Tables to discover, as globs of table or schema.table. All without.",
      ...globs,
      examples: [["fact_*", "sales.orders"]],
    },
    exclude: {
      title: "Tables left out",
      description: "Tables not to discover, as globs of table or schema.table.",
      ...globs,
      examples: [["*_tmp"]],
    },
  },
  destination: {
    load_via: {
      title: "Way of loading",
      description:
        "auto takes the best that the server has; ingest is Flight SQL's bulk ingestion, prepared_insert is a prepared INSERT with batches of parameters, insert is multi-row INSERT statements, insert_query the same sent as queries.",
      type: "string",
      enum: ["auto", ...loadWays],
      default: "auto",
    },
    statement_bytes_max: {
      title: "Bytes of an INSERT statement",
      description:
        "Bound of the text of one INSERT, where rows are loaded by statements; a lower limit of the server holds as well.",
      type: "integer",
      minimum: 1024,
      default: defaultStatementBytes,
    },
  },
};

/** A config that ajv has checked against `flightSettings`, which also filled in the defaults. */
interface FlightConfig {
  readonly url?: string;
  readonly host?: string;
  readonly port: number;
  readonly transport: "tls" | "tcp";
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls_root_certs?: string;
  readonly tls_skip_verify: boolean;
  readonly connect_timeout_seconds: number;
  readonly query_timeout_seconds: number;
  readonly fetch_timeout_seconds: number;
  readonly update_timeout_seconds: number;
  readonly dialect: "auto" | DialectName;
  /** Destinations only. */
  readonly load_via?: "auto" | LoadVia;
  readonly statement_bytes_max?: number;
  /** Sources only. */
  readonly schemas?: readonly string[];
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
  readonly null_cursor?: NullCursor;
}

/** Any server that speaks Arrow Flight SQL, our own among them. */
export const flightsql: Engine = {
  name: "flightsql",
  schemes: ["flightsql", "grpc", "grpc+tcp", "grpc+tls"],
  configSchema: (role: Role) => ({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: `Arrow Flight SQL ${role}`,
    type: "object",
    oneOf: [
      { title: "URL", required: ["url"] },
      { title: "Host and port", required: ["host"] },
    ],
    additionalProperties: false,
    properties: {
      engine: {
        title: "Engine",
        description: "Names the engine; the scheme of the URL does so as well.",
        type: "string",
        const: "flightsql",
      },
      ...flightSettings,
      ...roleSettings[role],
      ...commandSettings[role],
    },
  }),
  capabilities: {
    writeModes: ["append", "upsert", "overwrite"],
    atomicWrites: true,
  },
  connect: (config, context) =>
    connect(config as unknown as FlightConfig, context),
};

async function connect(
  config: FlightConfig,
  context: Context,
): Promise<Connection> {
  const { connectFlight } = await import("./flight/connect.js");
  if (config.tls_skip_verify)
    context.log(
      "warn",
      "tls_skip_verify is set: the server's certificate is not verified",
    );
  return connectFlight(
    clientOptions(config),
    flightSettingsOf(config),
    context,
  );
}

function clientOptions(config: FlightConfig): FlightOptions {
  return {
    url: config.url ?? hostUrl(config),
    username: config.username,
    password: config.password,
    token: config.token,
    headers: config.headers,
    tlsRootCerts: config.tls_root_certs,
    tlsSkipVerify: config.tls_skip_verify,
    connectTimeoutSeconds: config.connect_timeout_seconds,
    queryTimeoutSeconds: config.query_timeout_seconds,
    fetchTimeoutSeconds: config.fetch_timeout_seconds,
    updateTimeoutSeconds: config.update_timeout_seconds,
  };
}

function flightSettingsOf(config: FlightConfig): FlightSettings {
  const { schemas, tables, exclude } = config;
  return {
    dialect: config.dialect,
    nullCursor: config.null_cursor ?? "include_once",
    selection: { schemas, tables, exclude },
    loadVia: config.load_via ?? "auto",
    statementBytesMax: config.statement_bytes_max ?? defaultStatementBytes,
  };
}

function hostUrl({ host = "", port, transport }: FlightConfig): string {
  const authority = host.includes(":") ? `[${host}]` : host;
  return `flightsql://${authority}:${String(port)}?transport=${transport}`;
}

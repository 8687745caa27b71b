import type { Connection, Context, Engine, Role } from "../engine.js";
import { Failure } from "../failure.js";
import type { FlightClient } from "../drivers/flight/client.js";
import type { Dialect } from "../sql/dialect.js";
import type { NullCursor } from "../sql/sql-connection.js";
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
      "auto asks the server for its name; ansi is standard SQL, duckdb is DuckDB's.",
    type: "string",
    enum: ["auto", "ansi", "duckdb"],
    default: "auto",
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
  readonly dialect: "auto" | "ansi" | "duckdb";
  /** Sources only. */
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
      ...commandSettings[role],
    },
  }),
  capabilities: {
    writeModes: ["append", "upsert", "overwrite"],
    atomicWrites: true,
  },
  connect: (config, context) =>
    connectFlight(config as unknown as FlightConfig, context),
};

async function connectFlight(
  config: FlightConfig,
  context: Context,
): Promise<Connection> {
  const [{ FlightClient }, { FlightSession }, { SqlConnection }] =
    await Promise.all([
      import("../drivers/flight/client.js"),
      import("./flight-session.js"),
      import("../sql/sql-connection.js"),
    ]);
  if (config.tls_skip_verify)
    context.log(
      "warn",
      "tls_skip_verify is set: the server's certificate is not verified",
    );
  const client = await FlightClient.connect(
    {
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
    },
    context,
  );
  try {
    return new SqlConnection(new FlightSession(client), {
      dialect: await chooseDialect(config.dialect, client),
      context,
      nullCursor: config.null_cursor ?? "include_once",
    });
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

function hostUrl({ host = "", port, transport }: FlightConfig): string {
  const authority = host.includes(":") ? `[${host}]` : host;
  return `flightsql://${authority}:${String(port)}?transport=${transport}`;
}

/** FLIGHT_SQL_SERVER_NAME of SqlInfo (FlightSql.proto). */
const serverName = 0;

type AsksInfo = Pick<FlightClient, "sqlInfo">;

async function chooseDialect(
  wanted: FlightConfig["dialect"],
  client: AsksInfo,
): Promise<Dialect> {
  const name = wanted === "auto" ? await dialectOfServer(client) : wanted;
  return name === "duckdb"
    ? (await import("../sql/duckdb.js")).duckdb
    : (await import("../sql/ansi.js")).ansi;
}

/** Servers without GetSqlInfo are taken for standard ones. */
async function dialectOfServer(client: AsksInfo): Promise<"ansi" | "duckdb"> {
  let info: ReadonlyMap<number, unknown>;
  try {
    info = await client.sqlInfo([serverName]);
  } catch (error) {
    if (Failure.from(error).code === "unsupported") return "ansi";
    throw error;
  }
  const name = info.get(serverName);
  return typeof name === "string" && /duckdb|gizmosql|flightsync/i.test(name)
    ? "duckdb"
    : "ansi";
}

import type { Connection, Context, Engine, Finding, Role } from "../engine.js";
import { Failure } from "../failure.js";
import { dialectNames, type DialectName } from "../sql/dialects.js";
import type { NullCursor } from "../sql/cursor-query.js";
import {
  clientOptions,
  clientSettings,
  type ClientConfig,
} from "./flight/client-settings.js";
import type { FlightSettings } from "./flight/connect.js";
import { loadWays, type LoadVia } from "./flight/load-ways.js";
import { commandSettings, type Settings } from "./settings.js";

/** Settings that are about SQL. */
const sqlSettings: Settings = {
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
        "Database schemas to discover, as globs: * is any text, ? any one character. The last glob that matches decides, and one behind ! leaves out. All without.",
      ...globs,
      examples: [["sales", "dw_*"]],
    },
    tables: {
      title: "Tables",
      description:
        "Tables to discover, as globs of table or schema.table. All without.",
      ...globs,
      examples: [["fact_*", "!fact_old_*", "sales.orders"]],
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
        "auto takes the best that the server has; ingest is Flight SQL's bulk ingestion, prepared_insert is a prepared INSERT with batches of parameters, staging is Parquet files in staging_folder, insert is multi-row INSERT statements, insert_query the same sent as queries.",
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
    staging_folder: {
      title: "Staging folder",
      description:
        "Folder that this program writes and the server reads under the same path, such as a shared volume: rows are put into Parquet files there and loaded by INSERT … SELECT (DuckDB), where the server has neither ingest nor parameters in batches, or by load_via staging. The files are removed again.",
      type: "string",
      minLength: 1,
      examples: ["/mnt/shared/staging"],
    },
    max_parallelism: {
      title: "Calls that load one table",
      description:
        "Calls that load the staging table of an overwrite or an upsert side by side, where the server takes more than one writer: faster over a network, but rows of an overwrite then lie in no particular order. An append is always one call.",
      type: "integer",
      minimum: 1,
      maximum: 32,
      default: 1,
    },
  },
};

/** A config that ajv has checked against the settings, which also filled in the defaults. */
interface FlightConfig extends ClientConfig {
  readonly dialect: "auto" | DialectName;
  /** Destinations only. */
  readonly load_via?: "auto" | LoadVia;
  readonly statement_bytes_max?: number;
  readonly staging_folder?: string;
  readonly max_parallelism?: number;
  readonly default_target_schema?: string;
  /** Sources only. */
  readonly schemas?: readonly string[];
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
  readonly null_cursor?: NullCursor;
}

/** Any server that speaks Arrow Flight SQL, our own among them. */
export const flightsql: Engine = {
  name: "flightsql",
  schemes: ["flightsql", "grpc", "grpc+tcp", "grpc+tls", "grpc+unix"],
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
      ...clientSettings,
      ...sqlSettings,
      ...roleSettings[role],
      ...commandSettings[role],
    },
  }),
  capabilities: {
    writeModes: ["append", "upsert", "overwrite"],
    atomicWrites: true,
  },
  explain: (config, role, context) =>
    explain(config as unknown as FlightConfig, role, context),
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

async function* explain(
  config: FlightConfig,
  role: Role,
  context: Context,
): AsyncGenerator<Finding> {
  const { explainFlight } = await import("./flight/explain.js");
  yield* explainFlight({
    options: clientOptions(config),
    settings: flightSettingsOf(config),
    role,
    namespace: config.default_target_schema,
    context,
  });
}

function flightSettingsOf(config: FlightConfig): FlightSettings {
  const { schemas, tables, exclude } = config;
  if (config.load_via === "staging" && config.staging_folder === undefined)
    throw new Failure(
      "invalid_config",
      "load_via is staging, and staging_folder does not say where",
    );
  return {
    dialect: config.dialect,
    nullCursor: config.null_cursor ?? "include_once",
    selection: { schemas, tables, exclude },
    loadVia: config.load_via ?? "auto",
    statementBytesMax: config.statement_bytes_max ?? defaultStatementBytes,
    stagingFolder: config.staging_folder,
    maxParallelism: config.max_parallelism ?? 1,
  };
}

import { FlightClient } from "../../drivers/flight/client.js";
import type { FlightOptions } from "../../drivers/flight/options.js";
import type { Connection, Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import type { Dialect } from "../../sql/dialect.js";
import {
  dialectNamed,
  dialectOf,
  type DialectName,
} from "../../sql/dialects.js";
import type { NullCursor } from "../../sql/cursor-query.js";
import { SqlConnection } from "../../sql/sql-connection.js";
import { askCapabilities, type FlightCapabilities } from "./capabilities.js";
import type { LoadVia } from "./load-ways.js";
import { FlightSession } from "./session.js";
import {
  TableSelection,
  type TableSelectionSettings,
} from "./table-selection.js";

/** Settings of a connection behind those of the client. */
export interface FlightSettings {
  readonly dialect: "auto" | DialectName;
  readonly nullCursor: NullCursor;
  readonly selection: TableSelectionSettings;
  readonly loadVia: "auto" | LoadVia;
  readonly statementBytesMax: number;
  readonly stagingFolder: string | undefined;
  readonly maxParallelism: number;
}

/** A client, and what was learnt of its server. */
export interface KnownServer {
  readonly client: FlightClient;
  readonly capabilities: FlightCapabilities;
  readonly dialect: Dialect;
}

/** A whole engine's connection to any Flight SQL server. */
export async function connectFlight(
  options: FlightOptions,
  settings: FlightSettings,
  context: Context,
): Promise<Connection> {
  const client = await FlightClient.connect(options, context);
  try {
    const server = await know(client, settings.dialect);
    return new SqlConnection(openSession(server, settings, context), {
      dialect: server.dialect,
      context,
      nullCursor: settings.nullCursor,
    });
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

export function openSession(
  { client, capabilities, dialect }: KnownServer,
  settings: FlightSettings,
  context: Context,
): FlightSession {
  const { loadVia, statementBytesMax, stagingFolder, maxParallelism } =
    settings;
  return new FlightSession(client, {
    capabilities,
    dialect,
    context,
    selection: new TableSelection(settings.selection),
    loadVia: loadVia === "auto" ? undefined : loadVia,
    statementBytesMax,
    stagingFolder,
    maxParallelism,
  });
}

/** Asks a server once what it can do and how it speaks. */
async function know(
  client: FlightClient,
  wanted: "auto" | DialectName,
): Promise<KnownServer> {
  return knownServer(client, await askCapabilities(client), wanted);
}

export async function knownServer(
  client: FlightClient,
  capabilities: FlightCapabilities,
  wanted: "auto" | DialectName,
): Promise<KnownServer> {
  const dialect =
    wanted === "auto"
      ? await dialectOfServer(client, capabilities)
      : await dialectNamed(wanted);
  return { client, capabilities, dialect };
}

async function dialectOfServer(
  client: FlightClient,
  { server, quote }: FlightCapabilities,
): Promise<Dialect> {
  if (server !== "") return dialectOf(server, quote);
  return dialectNamed((await speaksSpark(client)) ? "spark" : "ansi");
}

/** A server without a name (Sail) shows by what it takes: Spark alone has this type and this quote. */
async function speaksSpark(client: FlightClient): Promise<boolean> {
  try {
    await client.rows("SELECT CAST(NULL AS TIMESTAMP_NTZ) AS `spark`");
    return true;
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.kind === "transient_error") throw failure;
    return false;
  }
}

import { batchOf } from "../../arrow/batch.js";
import { field, int64, type Schema } from "../../arrow/schema.js";
import { displayName, type TableName } from "../../catalog.js";
import { FlightClient } from "../../drivers/flight/client.js";
import type { FlightOptions } from "../../drivers/flight/options.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import { createTable } from "../../sql/create-table.js";
import * as statements from "../../sql/statements.js";
import type { HeldSignal } from "../../util/held-signal.js";
import type { KnownServer } from "./connect.js";
import type { FlightSession } from "./session.js";
import { StatementRunner } from "./statement-runner.js";
import { namePattern } from "./table-selection.js";

/** What a probe of writing works with. */
export interface WriteProbe {
  readonly server: KnownServer;
  readonly session: FlightSession;
  readonly options: FlightOptions;
  /** Where its table is made. */
  readonly namespace: string | undefined;
  /** Ends the session's calls. */
  readonly held: HeldSignal;
  /** Aborts `held`, and tells what a run that is stopped still does. */
  readonly context: Context;
}

/** Milliseconds that a stopped run may take to drop its table by a new connection. */
const dropMilliseconds = 10_000;

const probeSchema: Schema = { fields: [field("id", int64, false)] };

/** Makes a table, loads two rows and drops it, whatever comes between. @returns what was done, in words. */
export async function probeWriting(probe: WriteProbe): Promise<string> {
  const { server, session, namespace, held, context } = probe;
  const { dialect } = server;
  if (session.readOnly)
    throw new Failure(
      "unsupported",
      "the server says that it is read only; choose another server to load into",
    );
  const isThere = await hasSchema(server, namespace);
  const name = `flightsync_check_${Date.now().toString(36)}_${process.pid.toString(36)}`;
  const table = { namespace: isThere ? namespace : undefined, name };
  const told = () => {
    context.log(
      "warn",
      `dropping ${displayName(table)}, which the check made; stopped at once, it stays there`,
    );
  };
  context.signal.addEventListener("abort", told, { once: true });
  try {
    // Given up half-way, it may be made after it was dropped.
    await held.hold(() =>
      createTable({ session, dialect }, table, probeSchema, []),
    );
    await session.load(table, probeSchema, twoRows(), { staged: false });
  } finally {
    try {
      await drop(probe, table);
    } finally {
      context.signal.removeEventListener("abort", told);
    }
  }
  const later =
    namespace === undefined || isThere || !dialect.schemas
      ? ""
      : `; the first load makes the schema ${namespace}`;
  return `made, loaded and dropped ${displayName(table)}${later}`;
}

/** Drops the table, by a connection of its own when a signal has ended the session's. */
async function drop(
  { server, session, options, held }: WriteProbe,
  table: TableName,
): Promise<void> {
  const sql = statements.dropTable(server.dialect, table);
  try {
    await held.hold(() => session.update(sql));
    return;
  } catch (error) {
    if (!held.signal.aborted) throw error;
  }
  const context = {
    signal: AbortSignal.timeout(dropMilliseconds),
    log: () => undefined,
  };
  try {
    await using client = await FlightClient.connect(options, context);
    await new StatementRunner(client, session.statementVia).run(sql);
  } catch (error) {
    const { code, message } = Failure.from(error);
    throw new Failure(
      code,
      `${message}; drop ${displayName(table)}, which was made to see whether it can be`,
      { cause: error },
    );
  }
}

/** A schema that the first load would make is not made for a probe. */
async function hasSchema(
  { client, dialect }: KnownServer,
  namespace: string | undefined,
): Promise<boolean> {
  if (namespace === undefined || !dialect.schemas) return false;
  try {
    const names = await client.dbSchemas({
      pattern: namePattern(namespace) ?? namespace,
    });
    return names.includes(namespace);
  } catch (error) {
    if (Failure.from(error).kind === "transient_error") throw error;
    return true;
  }
}

async function* twoRows() {
  const data = new Uint8Array(BigInt64Array.of(1n, 2n).buffer);
  const ids = {
    layout: "fixed",
    type: int64,
    length: 2,
    validity: undefined,
    width: 8,
    data,
  } as const;
  yield await Promise.resolve(batchOf(probeSchema, [ids], 2));
}

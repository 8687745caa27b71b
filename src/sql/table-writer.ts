import {
  displayName,
  type Stream,
  type TableName,
  type TargetStream,
  type WriteMode,
} from "../catalog.js";
import type { TableWriter } from "../engine.js";
import { Failure } from "../failure.js";
import { AppendWriter } from "./append-writer.js";
import { createTable } from "./create-table.js";
import { OverwriteWriter } from "./overwrite-writer.js";
import type { SqlSession } from "./session.js";
import { isLeftover, isRetired, stagingPrefix } from "./staging.js";
import * as statements from "./statements.js";
import { UpsertWriter } from "./upsert-writer.js";
import { addColumns, type WriterSetting } from "./writer-setting.js";

/**
 * Opens the writer of one stream: leftovers of dead runs are dropped, the schema and the table made where
 * they are missing, and missing columns added.
 */
export async function openTableWriter(
  setting: WriterSetting,
  stream: TargetStream,
  mode: WriteMode,
): Promise<TableWriter> {
  const { session, dialect, context } = setting;
  if (mode === "upsert" && stream.primaryKey.length === 0)
    throw new Failure(
      "invalid_config",
      `upsert needs a primary key, and ${stream.id} has none; set key properties or use append`,
      { stream: stream.id },
    );
  if (session.readOnly)
    throw new Failure(
      "unsupported",
      "the server says that it is read only; choose another server to load into",
    );
  const wanted = dialect.schemas ? stream : { ...stream, namespace: undefined };
  claim(setting, wanted, stream.id);
  if (wanted.namespace !== undefined)
    await session.update(statements.createSchema(dialect, wanted.namespace));
  else if (stream.namespace !== undefined)
    context.log(
      "info",
      `${dialect.name} has no schemas: ${displayName(stream)} is loaded into ${displayName(wanted)}`,
    );
  const existing = await existingTable(setting, wanted, stream.id);
  if (existing?.isView === true)
    throw new Failure(
      "invalid_config",
      `${displayName(stream)} is a view and cannot be loaded; choose another table`,
      { stream: stream.id },
    );
  const { catalog, namespace, name } = existing ?? wanted;
  const table: TableName = { catalog, namespace, name };
  if (mode === "overwrite")
    return OverwriteWriter.open(setting, table, stream, existing);
  if (existing === undefined)
    await createTable(setting, table, stream.schema, stream.primaryKey);
  else await addColumns(setting, table, existing.schema, stream.schema);
  return mode === "append"
    ? new AppendWriter(setting, table, stream.schema, { staged: false })
    : UpsertWriter.open(setting, table, stream);
}

/** @throws Failure(invalid_config) when another stream is loaded into the table: their rows would mix. */
function claim(
  { targets }: WriterSetting,
  { catalog, namespace, name }: TableName,
  streamId: string,
): void {
  const table = JSON.stringify([catalog, namespace, name]);
  const other = targets.get(table) ?? streamId;
  if (other !== streamId)
    throw new Failure(
      "invalid_config",
      `the streams ${other} and ${streamId} would both be loaded into ${displayName({ catalog, namespace, name })}; rename one of them or load them apart`,
      { stream: streamId },
    );
  targets.set(table, streamId);
}

/** The table if it is there, after what dead runs left behind is cleared away. */
async function existingTable(
  setting: WriterSetting,
  table: TableName,
  streamId: string,
): Promise<Stream | undefined> {
  const existing = await reflectOne(setting.session, table);
  const restored = await clearLeftovers(
    setting,
    existing ?? table,
    streamId,
    existing === undefined,
  );
  return restored ? reflectOne(setting.session, table) : existing;
}

async function reflectOne(
  session: SqlSession,
  table: TableName,
): Promise<Stream | undefined> {
  const found: Stream[] = [];
  for await (const stream of session.reflect([table])) found.push(stream);
  if (found.length > 1)
    throw new Failure(
      "invalid_config",
      `${displayName(table)} is the name of several tables (${found.map(displayName).join(", ")}); say which schema is meant with default_target_schema`,
    );
  return found[0];
}

/**
 * Drops staging tables of runs that died, and puts back a table that one of them had renamed away.
 * @param missing the table itself is not there.
 * @returns whether it was put back.
 */
async function clearLeftovers(
  { session, dialect, context }: WriterSetting,
  table: TableName,
  streamId: string,
  missing: boolean,
): Promise<boolean> {
  const prefix = stagingPrefix(table, streamId);
  let restored = false;
  for (const leftover of await session.tablesStartingWith(table, prefix)) {
    if (!isLeftover(leftover.name, prefix)) {
      context.log(
        "warn",
        `${displayName(leftover)} belongs to another load of ${streamId} that may still run; drop it if it does not`,
      );
      continue;
    }
    const isTheTable: boolean =
      missing && !restored && isRetired(leftover.name);
    await session.update(
      isTheTable
        ? statements.renameTable(dialect, leftover, table.name)
        : statements.dropTable(dialect, leftover),
    );
    restored ||= isTheTable;
    context.log(
      "info",
      isTheTable
        ? `renamed ${displayName(leftover)} back to ${displayName(table)}: a load died while it put its rows in`
        : `dropped ${displayName(leftover)}, left behind by a load that died`,
    );
  }
  return restored;
}

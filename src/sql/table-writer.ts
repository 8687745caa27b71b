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
import { OverwriteWriter } from "./overwrite-writer.js";
import type { SqlSession } from "./session.js";
import { isLeftover, stagingPrefix } from "./staging.js";
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
  const { session, dialect } = setting;
  if (mode === "upsert" && stream.primaryKey.length === 0)
    throw new Failure(
      "invalid_config",
      `upsert needs a primary key, and ${stream.id} has none; set key properties or use append`,
      { stream: stream.id },
    );
  if (stream.namespace !== undefined)
    await session.update(statements.createSchema(dialect, stream.namespace));
  const existing = await reflectOne(session, stream);
  if (existing?.isView === true)
    throw new Failure(
      "invalid_config",
      `${displayName(stream)} is a view and cannot be loaded; choose another table`,
      { stream: stream.id },
    );
  const table: TableName = existing ?? stream;
  await dropLeftovers(setting, table, stream.id);
  if (mode === "overwrite")
    return OverwriteWriter.open(setting, table, stream, existing);
  if (existing === undefined)
    await session.update(
      statements.createTable(dialect, table, stream.schema, stream.primaryKey),
    );
  else await addColumns(setting, table, existing.schema, stream.schema);
  return mode === "append"
    ? new AppendWriter(setting, table, stream.schema)
    : UpsertWriter.open(setting, table, stream);
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

async function dropLeftovers(
  { session, dialect, context }: WriterSetting,
  table: TableName,
  streamId: string,
): Promise<void> {
  const prefix = stagingPrefix(table, streamId);
  for (const leftover of await session.tablesStartingWith(table, prefix)) {
    if (!isLeftover(leftover.name, prefix)) {
      context.log(
        "warn",
        `${displayName(leftover)} belongs to another load of ${streamId} that may still run; drop it if it does not`,
      );
      continue;
    }
    await session.update(statements.dropTable(dialect, leftover));
    context.log(
      "info",
      `dropped ${displayName(leftover)}, left behind by a load that died`,
    );
  }
}

import { displayName, type TableName } from "../catalog.js";
import type { Schema } from "../arrow/schema.js";
import type { Context, OlderRows } from "../engine.js";
import type { Dialect } from "./dialect.js";
import type { SqlSession } from "./session.js";
import { addColumn, retire } from "./statements.js";

/** What every writer works with. */
export interface WriterSetting {
  readonly session: SqlSession;
  readonly dialect: Dialect;
  readonly context: Context;
  /** Streams of this run by the table that each is loaded into. */
  readonly targets: Map<string, string>;
}

/** Deletes or marks rows of earlier versions. */
export async function retireRows(
  { session, dialect }: WriterSetting,
  table: TableName,
  older: OlderRows,
): Promise<void> {
  await session.update(retire(dialect, table, older));
}

/** Adds the columns of `wanted` that `existing` lacks, and says so. */
export async function addColumns(
  { session, dialect, context }: WriterSetting,
  table: TableName,
  existing: Schema,
  wanted: Schema,
): Promise<void> {
  const names = new Set(existing.fields.map((column) => column.name));
  for (const column of wanted.fields) {
    if (names.has(column.name)) continue;
    await session.update(addColumn(dialect, table, column));
    context.log("info", `added column ${column.name} to ${displayName(table)}`);
  }
}

import type { Schema } from "../arrow/schema.js";
import { displayName, type TableName } from "../catalog.js";
import { Failure } from "../failure.js";
import type { Dialect } from "./dialect.js";
import type { SqlSession } from "./session.js";
import * as statements from "./statements.js";

/**
 * Makes a table and looks whether it is there: some servers say yes to every statement and run none (ROAPI
 * 0.12.7), and rows sent to them would be lost.
 * @throws Failure(unsupported) when it is not.
 */
export async function createTable(
  {
    session,
    dialect,
  }: {
    readonly session: Pick<SqlSession, "update" | "query">;
    readonly dialect: Dialect;
  },
  table: TableName,
  schema: Schema,
  required: readonly string[],
): Promise<void> {
  await session.update(
    statements.createTable(dialect, table, schema, required),
  );
  try {
    await session.query(statements.emptySelect(dialect, table));
  } catch (error) {
    throw new Failure(
      "unsupported",
      `the server said that it made ${displayName(table)} and has no such table (${Failure.from(error).message}); it runs no statements, so choose another server to load into`,
      { cause: error },
    );
  }
}

import type { StatementType } from "@duckdb/node-bindings";
import { Failure } from "../failure.js";
import type { ReachableFiles } from "./attach.js";
import type { DuckDB } from "./duckdb/binding.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { allow } from "./settings.js";

/** What errors end with that are about files. */
export const filesHint =
  "clients do not reach the server's files: attach a file with --attach, or start the server with --allow-files";

/**
 * Puts the files of this machine, and those of others, out of reach of SQL, for good: DuckDB does not take that
 * back (https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview). Databases that are open
 * stay so, and can be written. What the settings allowed before they still do.
 */
export async function lockFiles(
  connection: DuckConnection,
  { paths, directories }: ReachableFiles,
): Promise<void> {
  await allow(connection, "allowed_paths", paths);
  await allow(connection, "allowed_directories", directories);
  await connection.run("SET GLOBAL enable_external_access = false");
}

/**
 * Refuses what would write files that are to be read only, which DuckDB lets happen.
 * @throws Failure(unauthorized)
 */
export function admitNoFiles(
  { StatementType }: DuckDB,
  type: StatementType,
  sql: string,
): void {
  const { COPY, EXPORT, ATTACH, LOAD, PREPARE, EXPLAIN } = StatementType;
  const isFileStatement = [COPY, EXPORT, ATTACH, LOAD].includes(type);
  const mayHoldOne =
    type === PREPARE || (type === EXPLAIN && /analy[sz]e/i.test(sql));
  const isCopy = mayHoldOne && /\b(copy|export|attach)\b/i.test(sql);
  if (isFileStatement || isCopy)
    throw new Failure(
      "unauthorized",
      `${StatementType[type]} of files is refused: ${filesHint}`,
    );
}

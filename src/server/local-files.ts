import type { StatementType } from "@duckdb/node-bindings";
import { Failure } from "../failure.js";
import type { ReachableFiles } from "./attach.js";
import type { DuckDB } from "./duckdb/binding.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { textRows } from "./text-rows.js";

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

async function allow(
  connection: DuckConnection,
  setting: string,
  more: readonly string[],
): Promise<void> {
  if (more.length === 0) return;
  const all = new Set<string>();
  const rows = `SELECT unnest(current_setting('${setting}'))`;
  for await (const [path = ""] of textRows(connection, rows)) all.add(path);
  for (const path of more) all.add(path);
  const list = [...all].map((path) => `'${path.replaceAll("'", "''")}'`);
  await connection.run(`SET GLOBAL ${setting} = [${list.join(", ")}]`);
}

/**
 * Refuses what would write files that are to be read only, or send the log to one, which DuckDB lets happen.
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
  const isLogging = /enable_logging|logging_storage|logging_config/i.test(sql);
  if (isFileStatement || isCopy || isLogging)
    throw new Failure(
      "unauthorized",
      `${isLogging ? "logging to files" : `${StatementType[type]} of files`} is refused: ${filesHint}`,
    );
}

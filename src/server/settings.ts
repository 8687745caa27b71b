import type { StatementType } from "@duckdb/node-bindings";
import { Failure } from "../failure.js";
import type { DuckDB } from "./duckdb/binding.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { textRows } from "./text-rows.js";

/** What errors end with that are about settings. */
export const settingsHint =
  "clients change what tells how their own SQL is read and what its rows are like; the rest is set with --init, or by a flag of the server";

/**
 * What clients may set: how their SQL is read, and what its rows are like. All else is for the server's owner: limits
 * such as memory_limit and threads, paths, and what prints to the server's output, which shows everybody's SQL.
 */
const clientSettings = [
  "binary_as_string",
  "Calendar",
  "default_collation",
  "default_null_order",
  "null_order",
  "default_order",
  "deprecated_using_key_syntax",
  "disable_timestamptz_casts",
  "explain_output",
  "ieee_floating_point_ops",
  "integer_division",
  "lambda_syntax",
  "old_implicit_casting",
  "order_by_non_integer_literal",
  "pivot_limit",
  "preserve_identifier_case",
  "preserve_insertion_order",
  "scalar_subquery_error_on_multiple_rows",
  "schema",
  "search_path",
  "TimeZone",
];

/** What the server sets on each connection; DuckDB cannot set it for all of them before it is locked. */
const ownSettings = [
  "streaming_buffer_size",
  "enable_progress_bar",
  "enable_progress_bar_print",
];

/**
 * From now on nobody changes any other setting, whichever way: DuckDB itself refuses, and does not take that back
 * (https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview). What was allowed before stays so.
 */
export async function lockSettings(connection: DuckConnection): Promise<void> {
  await allow(connection, "allowed_configs", [
    ...clientSettings,
    ...ownSettings,
  ]);
  await connection.run("SET GLOBAL lock_configuration = true");
}

/** Adds to a setting that is a list. */
export async function allow(
  connection: DuckConnection,
  setting: string,
  more: readonly string[],
): Promise<void> {
  if (more.length === 0) return;
  const all = new Set<string>();
  const rows = `SELECT unnest(current_setting('${setting}'))`;
  for await (const [one = ""] of textRows(connection, rows)) all.add(one);
  for (const one of more) all.add(one);
  const list = [...all].map((one) => `'${one.replaceAll("'", "''")}'`);
  await connection.run(`SET GLOBAL ${setting} = [${list.join(", ")}]`);
}

const ownSetting = new RegExp(ownSettings.join("|"), "i");

/**
 * Refuses what the lock lets pass: settings that are the server's own, PRAGMAs that do something (those that ask
 * are SELECT statements to DuckDB), and functions that log and profile.
 * @throws Failure(unauthorized)
 */
export function admitSettings(
  { StatementType }: DuckDB,
  type: StatementType,
  sql: string,
): void {
  const { SET, PRAGMA, EXPLAIN } = StatementType;
  // EXPLAIN ANALYZE runs what it explains.
  const mayRun = type === EXPLAIN && /analy[sz]e/i.test(sql);
  const refused =
    (type === SET || mayRun) && ownSetting.test(sql)
      ? "this setting"
      : type === PRAGMA || (mayRun && /\bpragma\b/i.test(sql))
        ? "PRAGMA"
        : /(enable|disable)_logging|enable_profil/i.test(sql)
          ? "logging and profiling by clients"
          : undefined;
  if (refused !== undefined)
    throw new Failure("unauthorized", `${refused} is refused: ${settingsHint}`);
}

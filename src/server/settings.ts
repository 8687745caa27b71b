import type { StatementType } from "@duckdb/node-bindings";
import { Failure } from "../failure.js";
import type { DuckDB } from "./duckdb/binding.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { codeOf } from "./sql-code.js";
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
const forEverybody = /\b(?:re)?set\s+global\s+"?(\w+)/gi;
const clientSetting = new Set(clientSettings.map((one) => one.toLowerCase()));

/**
 * Refuses what the lock lets pass: settings that are the server's own, those of clients when set for everybody,
 * PRAGMAs that do something (those that ask are SELECT statements to DuckDB), and functions that log and profile.
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
  const sets = type === SET || mayRun;
  const refused =
    sets && ownSetting.test(sql)
      ? "this setting"
      : sets && setsForEverybody(sql)
        ? "SET GLOBAL of what clients set for themselves"
        : type === PRAGMA || (mayRun && /\bpragma\b/i.test(sql))
          ? "PRAGMA"
          : refusedCall(sql);
  if (refused !== undefined)
    throw new Failure("unauthorized", `${refused} is refused: ${settingsHint}`);
}

function setsForEverybody(sql: string): boolean {
  const text = codeOf(sql)?.text ?? sql;
  return [...text.matchAll(forEverybody)].some(([, name = ""]) =>
    clientSetting.has(name.toLowerCase()),
  );
}

const loggingCall = /(enable|disable)_logging|enable_profil/i;
/** Functions that run a text as SQL, but not a table or its columns that are called so. */
const runsText =
  /(?<!\b(?:into|table|exists|on|references|with)\s+(?:[\w"]+\s*\.\s*)*"?)\b(?:query|json_execute_serialized_sql)"?\s*\(/i;
/** `query` of a text that is written out, at its place among the literals. */
const runsLiteral = /\bquery"?\s*\(\s*((?:'\d+'\s*)+)\)/gi;
/** What makes a text worth reading: any mention, of which most mean nothing. */
const suspicious = new RegExp(
  `${loggingCall.source}|\\bquery\\b|json_execute_serialized_sql`,
  "i",
);

/**
 * Logging and profiling wherever SQL calls them, also within a text that SQL runs. DuckDB's lock does not hold
 * them, and a text that is computed cannot be judged before it runs, so that running one is refused as a whole.
 */
function refusedCall(sql: string): string | undefined {
  if (!suspicious.test(sql)) return undefined;
  const code = codeOf(sql);
  // Where code and literals cannot be told apart, a mention is as good as a call.
  if (code === undefined)
    return loggingCall.test(sql)
      ? "logging and profiling by clients"
      : "a text that is run as SQL, beside strings with escapes or in dollars,";
  if (loggingCall.test(code.text)) return "logging and profiling by clients";
  let inner: string | undefined;
  const rest = code.text.replace(runsLiteral, (_, places: string) => {
    const text = places.replace(
      /'(\d+)'\s*/g,
      (_piece, place) => code.literals[Number(place)] ?? "",
    );
    inner ??= refusedCall(text);
    return "";
  });
  return (
    inner ??
    (runsText.test(rest) ? "a computed text that is run as SQL" : undefined)
  );
}

import type { PreparedStatement } from "@duckdb/node-bindings";
import type { DuckConnection } from "./duckdb/connection.js";
import type { ParameterRow } from "./duckdb/write/parameters.js";
import { insertOfRows } from "./row-inserts.js";
import { runsOf } from "./statement.js";
import type { Statement } from "./statement.js";

/** Rows of parameters that go into one statement where that is the same. */
const rowsAtOnce = 128;

/** Parameters of such a statement; more make it slow to bind. */
const parametersMax = 2048;

/**
 * Runs a bound statement once per row of parameters.
 * @param statement what `bound` was made of.
 * @returns rows that were changed
 */
export async function executeEach(
  connection: DuckConnection,
  statement: Statement,
  bound: PreparedStatement,
  rows: Iterable<ParameterRow>,
  signal: AbortSignal,
): Promise<number> {
  const iterator = rows[Symbol.iterator]();
  const width = Math.max(connection.parameterNames(bound).length, 1);
  const count = Math.min(rowsAtOnce, Math.floor(parametersMax / width));
  const sql = mayWiden(statement, count)
    ? insertOfRows(statement.query, count)
    : undefined;
  const several =
    sql === undefined
      ? undefined
      : await connection.duckdb.prepare(connection.handle, sql);
  let changed = 0;
  try {
    for (;;) {
      const block = take(iterator, several === undefined ? 1 : count);
      if (several !== undefined && block.length === count)
        changed += await connection.executeWith(several, block.flat(), signal);
      else
        for (const row of block)
          changed += await connection.executeWith(bound, row, signal);
      if (block.length === 0) return changed;
    }
  } finally {
    if (several !== undefined) connection.duckdb.destroy_prepare_sync(several);
  }
}

/** A union may have another type in each row, and one statement would make one type of all. */
function mayWiden(statement: Statement, count: number): boolean {
  const { parameters } = statement;
  if (parameters === undefined || count < 2) return false;
  const isUnion = parameters.schema.fields.some(
    ({ type }) => type.type === "union",
  );
  return runsOf(statement) >= count && !isUnion;
}

function take<T>(iterator: Iterator<T>, count: number): T[] {
  const items: T[] = [];
  while (items.length < count) {
    const next = iterator.next();
    if (next.done === true) break;
    items.push(next.value);
  }
  return items;
}

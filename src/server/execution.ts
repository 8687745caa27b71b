import type { PreparedStatement } from "@duckdb/node-bindings";
import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import type { Database } from "./database.js";
import type { DuckConnection } from "./duckdb/connection.js";
import {
  readBatches,
  resultColumns,
  schemaOf,
} from "./duckdb/read/batch-reader.js";
import { parameterOrder, parameterRows } from "./duckdb/write/parameters.js";
import type { ParameterRow } from "./duckdb/write/parameters.js";
import type { Description, Statement } from "./statement.js";
import { collect } from "./stored-result.js";
import type { StoredResult } from "./stored-result.js";

/** Binds one statement without running it. @returns undefined for several statements. */
export async function describe(
  database: Database,
  connection: DuckConnection,
  sql: string,
): Promise<Description | undefined> {
  const script = await connection.parse(sql);
  if (script.count > 1) return undefined;
  const statement = await connection.prepare(script, 0);
  try {
    database.admit(connection, statement, sql);
    const schema = connection.schemaOf(statement);
    return {
      schema,
      parameters: connection.parameterSchema(statement),
      isUpdate: database.changes(statement) && isOutcome(schema),
      isQuery: database.isQuery(statement),
    };
  } finally {
    connection.duckdb.destroy_prepare_sync(statement);
  }
}

/** Whether the columns tell only what the statement did: DuckDB calls them so. */
function isOutcome(schema: Schema | undefined): boolean {
  const [first, ...others] = schema?.fields ?? [];
  return (
    others.length === 0 &&
    (first === undefined || first.name === "Count" || first.name === "Success")
  );
}

/** Runs all statements but the last, and works with that one, bound. */
export async function withLast<T>(
  database: Database,
  connection: DuckConnection,
  sql: string,
  signal: AbortSignal,
  work: (last: PreparedStatement) => Promise<T>,
): Promise<T> {
  const script = await connection.parse(sql);
  for (let i = 0; ; i++) {
    const statement = await connection.prepare(script, i);
    try {
      database.admit(connection, statement, sql);
      if (i === script.count - 1) return await work(statement);
      await connection.executeWith(statement, [], signal);
    } finally {
      connection.duckdb.destroy_prepare_sync(statement);
    }
  }
}

/** What a bound statement runs with, once for each. */
export function* rowsFor(
  connection: DuckConnection,
  bound: PreparedStatement,
  { parameters }: Statement,
): Generator<ParameterRow> {
  const names = connection.parameterNames(bound);
  if (parameters === undefined) {
    if (names.length > 0)
      throw new Failure(
        "invalid_input",
        `the statement has ${String(names.length)} parameters and none were given: prepare it and bind them`,
      );
    yield [];
    return;
  }
  const order = parameterOrder(names, parameters.schema);
  for (const batch of parameters.batches)
    yield* parameterRows(connection.duckdb, batch, order);
}

/** Starts a bound statement; its rows are computed as they are read. */
export async function open(
  connection: DuckConnection,
  bound: PreparedStatement,
  row: ParameterRow,
  { output, signal }: Caller,
) {
  const { duckdb } = connection;
  const result = await connection.streamWith(bound, row, signal);
  return {
    schema: schemaOf(duckdb, resultColumns(duckdb, result)),
    batches: readBatches(duckdb, result, output.batchSize, () =>
      connection.fetch(result, signal),
    ),
  };
}

/**
 * Runs a bound statement once per row of parameters, and keeps all rows of the results.
 * @param take counts their bytes.
 * @returns undefined where no row of parameters came, so that nothing ran.
 */
export async function collectAll(
  connection: DuckConnection,
  bound: PreparedStatement,
  statement: Statement,
  caller: Caller,
  take: (bytes: number) => void,
): Promise<StoredResult | undefined> {
  let schema: Schema | undefined;
  const batches: Batch[] = [];
  for (const row of rowsFor(connection, bound, statement)) {
    const opened = await open(connection, bound, row, caller);
    schema ??= opened.schema;
    if (batches.length > 0 && !isSame(schema, opened.schema))
      throw new Failure(
        "invalid_input",
        "the rows of parameters have different types, and so would the rows of the result",
      );
    await collect(opened.batches, take, batches);
  }
  return schema && { schema, batches };
}

function isSame(a: Schema, b: Schema): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

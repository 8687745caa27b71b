import { MessageReader } from "../arrow/ipc.js";
import type { FlightData } from "../drivers/flight/flight-data.js";
import {
  TableExistsOption,
  TableNotExistOption,
} from "../drivers/flight/sql-messages.js";
import type { SqlMessage } from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import { release } from "../util/release.js";
import type { Caller } from "./caller.js";
import type { DuckConnection } from "./duckdb/connection.js";
import type { TablePath } from "./duckdb/write/batch-appender.js";
import { TableIngest } from "./duckdb/write/table-ingest.js";
import type { TableDefinition } from "./duckdb/write/table-ingest.js";
import type { QueryQueue } from "./query-queue.js";
import type { Transactions } from "./transactions.js";

type IngestCommand = Extract<
  SqlMessage,
  { readonly name: "CommandStatementIngest" }
>["value"];

export interface IngestParts {
  readonly transactions: Transactions;
  readonly queue: QueryQueue;
}

/**
 * CommandStatementIngest: all rows of the call or none. Without a transaction of the client the call is one
 * by itself. Within one, rows that came before an error cannot be taken out again, so that it can only be
 * rolled back.
 * @param messages all of the DoPut, the first included. They must fail when the client cancels.
 * @returns rows that were loaded
 */
export async function ingest(
  command: IngestCommand,
  messages: AsyncIterable<FlightData>,
  { transactions, queue }: IngestParts,
  caller: Caller,
): Promise<number> {
  if (caller.readOnly)
    throw new Failure(
      "unauthorized",
      "ingests are refused: access is read only",
    );
  const definition = definitionOf(command);
  const path = pathOf(command);
  caller.record.subject = path.table;
  const { temporary, transactionId = new Uint8Array(0) } = command;
  if (temporary && transactionId.byteLength === 0)
    await transactions.openSession(caller, "a temporary table");
  return transactions.use(transactionId, caller, ({ connection }) =>
    queue.run(caller, () =>
      transactions.atomically(
        transactionId,
        caller,
        connection,
        `an ingest into ${path.table}`,
        () => loadAll(connection, path, definition, messages, caller),
      ),
    ),
  );
}

async function loadAll(
  connection: DuckConnection,
  path: TablePath,
  definition: TableDefinition,
  messages: AsyncIterable<FlightData>,
  { signal, record }: Caller,
): Promise<number> {
  const reader = new MessageReader();
  let table: TableIngest | undefined;
  try {
    for await (const { header, body, memory } of messages) {
      await reader.prepare(header);
      const batch = reader.read(header, body);
      record.bytes += body.byteLength;
      if (reader.schema === undefined) continue;
      table ??= await TableIngest.open(
        connection,
        path,
        definition,
        reader.schema,
        signal,
      );
      if (batch === undefined) continue;
      if (batch.length > 0) await table.append(batch);
      if (memory !== undefined) release([memory]);
    }
    if (table === undefined)
      throw new Failure("invalid_data", "the ingest came without a schema");
    await table.finish();
    if (signal.aborted)
      throw new Failure("cancelled", "the client ended the call too early");
    record.rows = table.rows;
    return table.rows;
  } catch (error) {
    table?.abort();
    throw error;
  }
}

function pathOf({
  catalog,
  schema,
  table,
  temporary,
}: IngestCommand): TablePath {
  if (table === "")
    throw new Failure("invalid_input", "the ingest names no table");
  if (!temporary)
    return { catalog: given(catalog), schema: given(schema), table };
  if (
    (given(catalog) ?? "temp") !== "temp" ||
    (given(schema) ?? "main") !== "main"
  )
    throw new Failure(
      "invalid_input",
      "a temporary table has no catalog and no schema of the client's choice: leave both out",
    );
  return { catalog: "temp", schema: "main", table };
}

/** Clients send "" for what they leave to the server. */
function given(name: string | undefined): string | undefined {
  return name === "" ? undefined : name;
}

function definitionOf({
  tableDefinitionOptions,
  temporary,
}: IngestCommand): TableDefinition {
  const { ifNotExist, ifExists } = tableDefinitionOptions ?? {};
  const ifMissing = new Map<number, TableDefinition["ifMissing"]>([
    [TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE, "create"],
    [TableNotExistOption.TABLE_NOT_EXIST_OPTION_FAIL, "fail"],
  ]).get(ifNotExist ?? 0);
  const ifThere = new Map<number, TableDefinition["ifExists"]>([
    [TableExistsOption.TABLE_EXISTS_OPTION_FAIL, "fail"],
    [TableExistsOption.TABLE_EXISTS_OPTION_APPEND, "append"],
    [TableExistsOption.TABLE_EXISTS_OPTION_REPLACE, "replace"],
  ]).get(ifExists ?? 0);
  if (ifMissing === undefined || ifThere === undefined)
    throw new Failure(
      "invalid_input",
      "the ingest does not say what to do when the table exists or does not: set both of table_definition_options",
    );
  return { ifMissing, ifExists: ifThere, temporary };
}

import type { FlightClient } from "../../drivers/flight/client.js";
import type { SqlInfoValue } from "../../drivers/flight/sql-info-value.js";
import { SqlInfo } from "../../drivers/flight/sql-info.js";
import { Failure } from "../../failure.js";

/** What a server can do, as it says itself; undefined where it does not say. */
export interface FlightCapabilities {
  /** Name and version; "" when it has none. */
  readonly server: string;
  readonly readOnly: boolean;
  /** Begin and EndTransaction work. */
  readonly transactions: boolean;
  /** CREATE, DROP and ALTER belong to the transaction that they are in. */
  readonly ddlInTransactions: boolean;
  /** CommandStatementIngest works. */
  readonly ingest: boolean | undefined;
  /** A schema can be made by SQL. */
  readonly ddlSchema: boolean | undefined;
  /** Bytes of a statement's text; 0 is no limit, or one that it does not tell. */
  readonly statementBytes: number;
  /** Character that takes their meaning from `%` and `_` in the patterns of metadata calls. */
  readonly likeEscape: string | undefined;
  /** Character around identifiers. */
  readonly quote: string | undefined;
}

type Facts = ReadonlyMap<number, SqlInfoValue>;

/**
 * How each capability follows from SqlInfo. Numbers come as any of the union's children, so only their value
 * counts (GizmoSQL and arrow-go send int64 where the text says int32).
 */
const readers: {
  readonly [Name in keyof FlightCapabilities]: (
    facts: Facts,
  ) => FlightCapabilities[Name];
} = {
  server: (facts) =>
    [SqlInfo.FLIGHT_SQL_SERVER_NAME, SqlInfo.FLIGHT_SQL_SERVER_VERSION]
      .map((id) => text(facts, id) ?? "")
      .join(" ")
      .trim(),
  readOnly: (facts) =>
    flag(facts, SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY) === true,
  // As ADBC has it: transactions are used only where the server says that it has them.
  transactions: (facts) =>
    number(facts, SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION) > 0,
  ddlInTransactions: (facts) =>
    [
      SqlInfo.SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT,
      SqlInfo.SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED,
    ].every((id) => flag(facts, id) !== true),
  ingest: (facts) => flag(facts, SqlInfo.FLIGHT_SQL_SERVER_BULK_INGESTION),
  ddlSchema: (facts) => flag(facts, SqlInfo.SQL_DDL_SCHEMA),
  statementBytes: (facts) => number(facts, SqlInfo.SQL_MAX_STATEMENT_LENGTH),
  likeEscape: (facts) => text(facts, SqlInfo.SQL_SEARCH_STRING_ESCAPE),
  quote: (facts) => text(facts, SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR),
};

/**
 * Asks the server once for all that it tells; asking for single facts is an error on some when they do not know
 * one of them (arrow-go). Servers without GetSqlInfo tell nothing.
 */
export async function askCapabilities(
  client: Pick<FlightClient, "sqlInfo">,
): Promise<FlightCapabilities> {
  let facts: Facts = new Map();
  try {
    facts = await client.sqlInfo();
  } catch (error) {
    if (Failure.from(error).code !== "unsupported") throw error;
  }
  return capabilitiesOf(facts);
}

export function capabilitiesOf(facts: Facts): FlightCapabilities {
  return {
    server: readers.server(facts),
    readOnly: readers.readOnly(facts),
    transactions: readers.transactions(facts),
    ddlInTransactions: readers.ddlInTransactions(facts),
    ingest: readers.ingest(facts),
    ddlSchema: readers.ddlSchema(facts),
    statementBytes: readers.statementBytes(facts),
    likeEscape: readers.likeEscape(facts),
    quote: readers.quote(facts),
  };
}

function text(facts: Facts, id: number): string | undefined {
  const value = facts.get(id);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function flag(facts: Facts, id: number): boolean | undefined {
  const value = facts.get(id);
  return typeof value === "boolean" ? value : undefined;
}

function number(facts: Facts, id: number): number {
  const value = facts.get(id);
  return typeof value === "number" || typeof value === "bigint"
    ? Number(value)
    : 0;
}

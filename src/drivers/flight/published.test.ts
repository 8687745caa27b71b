import { fileURLToPath } from "node:url";
import protobufjs from "protobufjs";
import * as flight from "./messages.js";
import type { FieldSpecs } from "./protobuf-fields.js";
import { MessageType } from "./protobuf.js";
import * as sql from "./sql-messages.js";

/** proto/*.proto as another implementation reads them, and our tables by the same names. Not a test itself. */

export const root = new protobufjs.Root();
root.loadSync(
  ["Flight.proto", "FlightSql.proto"].map((name) =>
    fileURLToPath(
      new URL(`proto/${name}`, import.meta.resolve("flightsync/package.json")),
    ),
  ),
);
root.resolveAll();

export type Table = MessageType<FieldSpecs>;

/** Messages without a table: their codecs are written by hand. */
export const byHand = [
  "arrow.flight.protocol.FlightData",
  "arrow.flight.protocol.PutResult",
];

/** Nested messages and enums under names of their own. */
const renamed: Readonly<Record<string, string>> = {
  StringListValue: "arrow.flight.protocol.SessionOptionValue.StringListValue",
  Error: "arrow.flight.protocol.SetSessionOptionsResult.Error",
  TableDefinitionOptions:
    "arrow.flight.protocol.sql.CommandStatementIngest.TableDefinitionOptions",
  Timestamp: "google.protobuf.Timestamp",
  DescriptorType: "arrow.flight.protocol.FlightDescriptor.DescriptorType",
  SessionOptionError:
    "arrow.flight.protocol.SetSessionOptionsResult.ErrorValue",
  CloseSessionStatus: "arrow.flight.protocol.CloseSessionResult.Status",
  TableNotExistOption:
    "arrow.flight.protocol.sql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption",
  TableExistsOption:
    "arrow.flight.protocol.sql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption",
  EndTransaction:
    "arrow.flight.protocol.sql.ActionEndTransactionRequest.EndTransaction",
  EndSavepoint:
    "arrow.flight.protocol.sql.ActionEndSavepointRequest.EndSavepoint",
  CancelResult:
    "arrow.flight.protocol.sql.ActionCancelQueryResult.CancelResult",
};

export function fullName(name: string, scope: string): string {
  return renamed[name] ?? `${scope}.${name}`;
}

/** Tables among what a module exports, and those of the messages in their fields. */
function* tablesOf(
  exported: object,
  scope: string,
): Generator<[string, Table]> {
  for (const value of Object.values(exported))
    if (value instanceof MessageType && value.name !== "Any") {
      const table = value as Table;
      yield [fullName(table.name, scope), table];
      yield* tablesOf(
        Object.values(table.fields).map(({ type }) => type),
        scope,
      );
    }
}

export const tables = new Map<string, Table>([
  ...tablesOf(flight, "arrow.flight.protocol"),
  ...tablesOf(flight.actionMessages, "arrow.flight.protocol"),
  ...tablesOf(sql, "arrow.flight.protocol.sql"),
  ...tablesOf(sql.sqlMessages, "arrow.flight.protocol.sql"),
  ...tablesOf(sql.putResultMessages, "arrow.flight.protocol.sql"),
]);

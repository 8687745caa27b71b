import { encapsulate, encodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import { DescriptorType } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import type { Plan } from "./statements.js";

/** A descriptor as it came. */
export interface Descriptor {
  readonly type: number;
  readonly cmd: Uint8Array;
}

/** Counts that nobody knows before the query ran. */
const unknown = -1n;

/** How the result of a statement is fetched. Endpoints without a location are on this very server. */
export function infoOfPlan(plan: Plan, flightDescriptor: Descriptor) {
  return {
    schema: encapsulate(encodeSchema(plan.schema)),
    flightDescriptor,
    endpoint: plan.parts.map(({ handle, expiry }) => ({
      ticket: { ticket: ticketOf(handle) },
      expirationTime: expiry && timestampOf(expiry),
    })),
    totalRecords: plan.rows === undefined ? unknown : BigInt(plan.rows),
    totalBytes: unknown,
    ordered: true,
  };
}

/** One endpoint whose ticket is the command itself. */
export function infoOfCommand(schema: Schema, flightDescriptor: Descriptor) {
  return {
    schema: encapsulate(encodeSchema(schema)),
    flightDescriptor,
    endpoint: [{ ticket: { ticket: flightDescriptor.cmd } }],
    totalRecords: unknown,
    totalBytes: unknown,
    ordered: true,
  };
}

/** A result that is not there yet, and which the handle of its ticket stands for. */
export function infoOfPending(handle: Uint8Array) {
  return {
    flightDescriptor: { type: DescriptorType.CMD, cmd: ticketOf(handle) },
    endpoint: [],
    totalRecords: unknown,
    totalBytes: unknown,
    ordered: true,
  };
}

export function ticketOf(statementHandle: Uint8Array): Uint8Array {
  return packAny("TicketStatementQuery", { statementHandle });
}

/** google.protobuf.Timestamp. */
export function timestampOf(time: Date) {
  const millis = time.getTime();
  return {
    seconds: BigInt(Math.floor(millis / 1000)),
    nanos: (millis % 1000) * 1_000_000,
  };
}

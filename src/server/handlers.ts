import type { FlightHandlers } from "../drivers/flight/service.js";
import { Failure } from "../failure.js";
import { actions, refusedActions } from "./actions.js";
import type { Authentication } from "./authentication.js";
import { certifiedName, sendHeaders } from "./callers.js";
import type { Calls } from "./calls.js";
import { Commands } from "./commands.js";
import type { Get, Put } from "./commands.js";
import type { Database } from "./database.js";
import type { Sessions } from "./sessions.js";
import { messagesOf } from "./messages.js";
import type { QueryQueue } from "./query-queue.js";
import type { QueryTimeout } from "./query-timeout.js";
import type { StoredBytes } from "./stored-bytes.js";
import { Tickets } from "./tickets.js";
import type { Transactions } from "./transactions.js";

interface HandshakeMessage {
  readonly payload: Uint8Array;
}

export interface Parts {
  readonly database: Database;
  readonly transactions: Transactions;
  readonly authentication: Authentication;
  readonly calls: Calls;
  readonly sessions: Sessions;
  readonly queue: QueryQueue;
  readonly timeout: QueryTimeout;
  readonly stored: StoredBytes;
  readonly endpoints: number;
  readonly maxPolls: number;
  readonly warn: (text: string) => void;
}

/** FlightService over DuckDB. Calls that are missing answer UNIMPLEMENTED. */
export function flightHandlers(parts: Parts): FlightHandlers {
  const { calls, authentication } = parts;
  const tickets = new Tickets(parts.stored);
  const commands = new Commands({ ...parts, tickets });
  const { prepared, polls } = commands;
  const known = actions({ ...parts, tickets, prepared, polls });
  return {
    Handshake: calls.both(async (call, { signal, record }) => {
      const first = await messagesOf<HandshakeMessage>(call, signal).next();
      const { bearer, user } = await authentication.handshake(
        call.metadata,
        first.done === true ? new Uint8Array(0) : first.value.payload,
        certifiedName(call),
      );
      record.user = user;
      sendHeaders(call, { bearer });
      // Clients of the old form take the token from the payload.
      call.write({ payload: Buffer.from(bearer ?? "") });
    }, "open"),

    GetFlightInfo: calls.unary((request, caller) =>
      commands.info(request, caller),
    ),
    PollFlightInfo: calls.unary((request, caller) =>
      commands.poll(request, caller),
    ),
    GetSchema: calls.unary((request, caller) =>
      commands.schema(request, caller),
    ),
    DoGet: calls.down((call: Get, caller) => commands.get(call, caller)),
    DoPut: calls.both(async (call: Put, caller) => {
      call.write({ appMetadata: await commands.put(call, caller) });
    }),

    DoAction: calls.down(async (call, caller) => {
      const { type, body } = call.request;
      caller.record.subject = type;
      const action = known.get(type);
      if (action === undefined)
        throw new Failure(
          "unsupported",
          `${refusedActions.get(type) ?? `the server has no action ${type}`}; it has ${[...known.keys()].join(", ")}`,
        );
      for (const result of await action.run(body, caller))
        call.write({ body: result });
    }),
    ListActions: calls.down((call) => {
      for (const [type, { description }] of known)
        call.write({ type, description });
      return Promise.resolve();
    }),
  };
}

import {
  CloseSessionResult,
  CloseSessionStatus,
  GetSessionOptionsResult,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
} from "../drivers/flight/messages.js";
import { Failure } from "../failure.js";
import type { Action } from "./actions.js";
import { sessionOptions, setSessionOptions } from "./session-options.js";
import { sessionCookie } from "./sessions.js";
import type { Sessions } from "./sessions.js";
import type { Transactions } from "./transactions.js";

export interface SessionActionParts {
  readonly sessions: Sessions;
  readonly transactions: Transactions;
}

/** Flight's actions about sessions. Their messages travel bare. */
export function sessionActions({
  sessions,
  transactions,
}: SessionActionParts): [string, Action][] {
  return [
    [
      "SetSessionOptions",
      {
        description: "sets catalog and schema, and opens the session",
        run: async (body, { sessionId, readOnly }) => {
          const request = SetSessionOptionsRequest.decode(body);
          const errors = await sessions.use(
            sessionId,
            readOnly,
            ({ connection }) =>
              setSessionOptions(connection, request.sessionOptions),
          );
          return [SetSessionOptionsResult.encode({ errors })];
        },
      },
    ],
    [
      "GetSessionOptions",
      {
        description: "tells catalog and schema",
        run: async (_, caller) => {
          if (!caller.sessionId.isKept)
            throw new Failure(
              "invalid_input",
              `the call belongs to no session: it came without the cookie ${sessionCookie} and without a token of Handshake`,
            );
          const options = await transactions.use(
            undefined,
            caller,
            ({ connection }) => sessionOptions(connection),
          );
          return [GetSessionOptionsResult.encode({ sessionOptions: options })];
        },
      },
    ],
    [
      "CloseSession",
      {
        description: "ends the session, its settings and temporary tables",
        run: async (_, { sessionId }) => {
          await sessions.end(sessionId);
          const status = CloseSessionStatus.CLOSED;
          return [CloseSessionResult.encode({ status })];
        },
      },
    ],
  ];
}

import {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelStatus,
  FlightEndpoint,
  FlightInfo,
  RenewFlightEndpointRequest,
} from "../drivers/flight/messages.js";
import type { FlightInfo as DecodedFlightInfo } from "../drivers/flight/messages.js";
import {
  CancelResult,
  EndTransaction,
  packAny,
  unpackAny,
  unpackAs,
} from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import { timestampOf } from "./flight-info.js";
import type { Polls } from "./polls.js";
import type { PreparedStatements } from "./prepared.js";
import { sessionActions } from "./session-actions.js";
import type { Sessions } from "./sessions.js";
import type { Tickets } from "./tickets.js";
import type { Transactions } from "./transactions.js";

export interface Action {
  readonly description: string;
  /** @returns bodies of the results */
  run(body: Uint8Array, caller: Caller): Uint8Array[] | Promise<Uint8Array[]>;
}

export interface ActionParts {
  readonly transactions: Transactions;
  readonly tickets: Tickets;
  readonly prepared: PreparedStatements;
  readonly polls: Polls;
  readonly sessions: Sessions;
}

/** Why actions that Flight SQL defines are missing. */
export const refusedActions: ReadonlyMap<string, string> = new Map([
  ...["BeginSavepoint", "EndSavepoint"].map(
    (type) =>
      [
        type,
        `the server has no action ${type}: DuckDB has no savepoints, a transaction is rolled back as a whole`,
      ] as const,
  ),
  [
    "CreatePreparedSubstraitPlan",
    "the server takes no Substrait plans, only SQL: send CreatePreparedStatement",
  ],
]);

/** What DoAction can do, by the action's type. */
export function actions(parts: ActionParts): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ...transactionActions(parts),
    ...preparedActions(parts),
    ...resultActions(parts),
    ...sessionActions(parts),
  ]);
}

function transactionActions({ transactions }: ActionParts): [string, Action][] {
  return [
    [
      "BeginTransaction",
      {
        description: "begins a transaction on a connection of its own",
        run: async (body, caller) => {
          unpackAs("ActionBeginTransactionRequest", body);
          const transactionId = await transactions.begin(caller);
          return [packAny("ActionBeginTransactionResult", { transactionId })];
        },
      },
    ],
    [
      "EndTransaction",
      {
        description: "commits a transaction or rolls it back",
        run: async (body, { session }) => {
          const request = unpackAs("ActionEndTransactionRequest", body);
          const { transactionId, action } = request;
          await transactions.end(transactionId, session, endOf(action));
          return [];
        },
      },
    ],
  ];
}

function preparedActions({ prepared }: ActionParts): [string, Action][] {
  return [
    [
      "CreatePreparedStatement",
      {
        description: "keeps a statement, to run with parameters or often",
        run: async (body, caller) => {
          const name = "ActionCreatePreparedStatementRequest";
          const statement = unpackAs(name, body);
          const answer = await prepared.create(statement, caller);
          return [packAny("ActionCreatePreparedStatementResult", answer)];
        },
      },
    ],
    [
      "ClosePreparedStatement",
      {
        description: "forgets a prepared statement",
        run: (body, { session }) => {
          const name = "ActionClosePreparedStatementRequest";
          const { preparedStatementHandle } = unpackAs(name, body);
          prepared.close(preparedStatementHandle, session);
          return [];
        },
      },
    ],
  ];
}

function resultActions({ tickets, polls }: ActionParts): [string, Action][] {
  const cancel = (info: DecodedFlightInfo | undefined, session: string) => {
    const cancelled = handlesOf(info).map(
      (handle) =>
        tickets.cancel(handle, session) || polls.cancel(handle, session),
    );
    return cancelled.includes(true);
  };
  return [
    [
      "CancelFlightInfo",
      {
        description: "stops a query and forgets its result",
        run: (body, { session }) => {
          const { info } = CancelFlightInfoRequest.decode(body);
          const status = cancel(info, session)
            ? CancelStatus.CANCEL_STATUS_CANCELLED
            : CancelStatus.CANCEL_STATUS_NOT_CANCELLABLE;
          return [CancelFlightInfoResult.encode({ status })];
        },
      },
    ],
    [
      "CancelQuery",
      {
        description: "CancelFlightInfo for clients of before Arrow 13",
        run: (body, { session }) => {
          const { info } = unpackAs("ActionCancelQueryRequest", body);
          const result = cancel(FlightInfo.decode(info), session)
            ? CancelResult.CANCEL_RESULT_CANCELLED
            : CancelResult.CANCEL_RESULT_NOT_CANCELLABLE;
          return [packAny("ActionCancelQueryResult", { result })];
        },
      },
    ],
    [
      "RenewFlightEndpoint",
      {
        description: "keeps a result that would expire",
        run: (body, { session }) => {
          const { endpoint } = RenewFlightEndpointRequest.decode(body);
          const [handle] = handlesIn([endpoint?.ticket?.ticket]);
          if (handle === undefined)
            throw new Failure(
              "invalid_input",
              "the endpoint is none of a statement; others do not expire",
            );
          const expirationTime = timestampOf(tickets.renew(handle, session));
          return [FlightEndpoint.encode({ ...endpoint, expirationTime })];
        },
      },
    ],
  ];
}

function endOf(action: number): "commit" | "rollback" {
  if (action === EndTransaction.END_TRANSACTION_COMMIT) return "commit";
  if (action === EndTransaction.END_TRANSACTION_ROLLBACK) return "rollback";
  throw new Failure(
    "invalid_input",
    "EndTransaction says neither commit nor rollback",
  );
}

/** Handles of what a FlightInfo stands for: by its tickets, and while it has none by its descriptor. */
function handlesOf(info: DecodedFlightInfo | undefined): Uint8Array[] {
  const { endpoint = [], flightDescriptor } = info ?? {};
  return handlesIn([
    ...endpoint.map(({ ticket }) => ticket?.ticket),
    flightDescriptor?.cmd,
  ]);
}

function handlesIn(tickets: readonly (Uint8Array | undefined)[]): Uint8Array[] {
  const handles: Uint8Array[] = [];
  for (const ticket of tickets) {
    if (ticket === undefined || ticket.byteLength === 0) continue;
    const message = unpackAny(ticket);
    if (message?.name === "TicketStatementQuery")
      handles.push(message.value.statementHandle);
  }
  return handles;
}

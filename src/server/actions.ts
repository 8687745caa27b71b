import {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelStatus,
  FlightInfo,
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
import type { Tickets } from "./tickets.js";
import type { Transactions } from "./transactions.js";

interface Action {
  readonly description: string;
  /** @returns bodies of the results */
  run(body: Uint8Array, caller: Caller): Promise<Uint8Array[]>;
}

/** What DoAction can do, by the action's type. */
export function actions(
  transactions: Transactions,
  tickets: Tickets,
): ReadonlyMap<string, Action> {
  const cancel = (info: DecodedFlightInfo | undefined, session: string) =>
    handlesOf(info).some((handle) => tickets.cancel(handle, session));
  return new Map<string, Action>([
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
    [
      "CancelFlightInfo",
      {
        description: "stops a query, or forgets one that was planned",
        run: (body, { session }) => {
          const { info } = CancelFlightInfoRequest.decode(body);
          const status = cancel(info, session)
            ? CancelStatus.CANCEL_STATUS_CANCELLED
            : CancelStatus.CANCEL_STATUS_NOT_CANCELLABLE;
          return Promise.resolve([CancelFlightInfoResult.encode({ status })]);
        },
      },
    ],
    [
      "CancelQuery",
      {
        description: "the same for clients of before Arrow 13",
        run: (body, { session }) => {
          const { info } = unpackAs("ActionCancelQueryRequest", body);
          const result = cancel(FlightInfo.decode(info), session)
            ? CancelResult.CANCEL_RESULT_CANCELLED
            : CancelResult.CANCEL_RESULT_NOT_CANCELLABLE;
          return Promise.resolve([
            packAny("ActionCancelQueryResult", { result }),
          ]);
        },
      },
    ],
  ]);
}

function endOf(action: number): "commit" | "rollback" {
  if (action === EndTransaction.END_TRANSACTION_COMMIT) return "commit";
  if (action === EndTransaction.END_TRANSACTION_ROLLBACK) return "rollback";
  throw new Failure(
    "invalid_input",
    "EndTransaction says neither commit nor rollback",
  );
}

/** Handles of the statements that a FlightInfo's tickets stand for. */
function handlesOf(info: DecodedFlightInfo | undefined): Uint8Array[] {
  const handles: Uint8Array[] = [];
  for (const { ticket } of info?.endpoint ?? []) {
    const message = unpackAny(ticket?.ticket ?? new Uint8Array(0));
    if (message?.name === "TicketStatementQuery")
      handles.push(message.value.statementHandle);
  }
  return handles;
}

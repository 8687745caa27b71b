import type { FlightCalls } from "./calls.js";
import { onlyResult } from "./results.js";
import { EndTransaction, packAny, sqlEnums, unpackAs } from "./sql-messages.js";

/** @returns the transaction's id, for statements and `endTransaction`. */
export async function beginTransaction(
  calls: FlightCalls,
): Promise<Uint8Array> {
  const action = "BeginTransaction";
  const body = packAny("ActionBeginTransactionRequest", {});
  const result = onlyResult(await calls.doAction(action, body), action);
  return unpackAs("ActionBeginTransactionResult", result).transactionId;
}

const transactionEnds = {
  commit: EndTransaction.END_TRANSACTION_COMMIT,
  rollback: EndTransaction.END_TRANSACTION_ROLLBACK,
} as const;
export type TransactionEnd = keyof typeof transactionEnds;

export async function endTransaction(
  calls: FlightCalls,
  transactionId: Readonly<Uint8Array>,
  end: TransactionEnd,
): Promise<void> {
  const request = { transactionId, action: transactionEnds[end] };
  const body = packAny("ActionEndTransactionRequest", request);
  await calls.doAction("EndTransaction", body);
}

/** @returns the savepoint's id, for `endSavepoint`. */
export async function beginSavepoint(
  calls: FlightCalls,
  transactionId: Readonly<Uint8Array>,
  name: string,
): Promise<Uint8Array> {
  const action = "BeginSavepoint";
  const body = packAny("ActionBeginSavepointRequest", { transactionId, name });
  const result = onlyResult(await calls.doAction(action, body), action);
  return unpackAs("ActionBeginSavepointResult", result).savepointId;
}

const savepointEnds = {
  release: sqlEnums.EndSavepoint.END_SAVEPOINT_RELEASE,
  rollback: sqlEnums.EndSavepoint.END_SAVEPOINT_ROLLBACK,
} as const;
export type SavepointEnd = keyof typeof savepointEnds;

export async function endSavepoint(
  calls: FlightCalls,
  savepointId: Readonly<Uint8Array>,
  end: SavepointEnd,
): Promise<void> {
  const request = { savepointId, action: savepointEnds[end] };
  const body = packAny("ActionEndSavepointRequest", request);
  await calls.doAction("EndSavepoint", body);
}

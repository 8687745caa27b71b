import { Failure } from "../../failure.js";
import type { FlightCalls } from "./calls.js";
import {
  actionEnums,
  actionMessages,
  FlightEndpoint,
  FlightInfo,
} from "./messages.js";
import { nameOf, onlyResult } from "./results.js";
import { packAny, sqlEnums, unpackAs } from "./sql-messages.js";

/** What became of a query that was to be cancelled. */
export type CancelStatus =
  "unspecified" | "cancelled" | "cancelling" | "not_cancellable";

const statuses = {
  CANCEL_STATUS_UNSPECIFIED: "unspecified",
  CANCEL_STATUS_CANCELLED: "cancelled",
  CANCEL_STATUS_CANCELLING: "cancelling",
  CANCEL_STATUS_NOT_CANCELLABLE: "not_cancellable",
} as const satisfies Record<
  keyof typeof actionEnums.CancelStatus,
  CancelStatus
>;

const oldStatuses = {
  CANCEL_RESULT_UNSPECIFIED: "unspecified",
  CANCEL_RESULT_CANCELLED: "cancelled",
  CANCEL_RESULT_CANCELLING: "cancelling",
  CANCEL_RESULT_NOT_CANCELLABLE: "not_cancellable",
} as const satisfies Record<keyof typeof sqlEnums.CancelResult, CancelStatus>;

/**
 * Asks the server to stop a query by CancelFlightInfo, or by CancelQuery where only that is known: it was the way
 * of Flight SQL before Arrow 13.
 */
export async function cancelFlightInfo(
  calls: FlightCalls,
  info: FlightInfo,
): Promise<CancelStatus> {
  const { CancelFlightInfoRequest, CancelFlightInfoResult } = actionMessages;
  const action = "CancelFlightInfo";
  let results: Uint8Array[];
  try {
    const body = CancelFlightInfoRequest.encode({ info });
    results = await calls.doAction(action, body);
  } catch (error) {
    if (await isUnknown(calls, action, Failure.from(error)))
      return await cancelQuery(calls, info);
    throw error;
  }
  const { status } = CancelFlightInfoResult.decode(onlyResult(results, action));
  return statuses[nameOf(actionEnums.CancelStatus, status)];
}

async function cancelQuery(
  calls: FlightCalls,
  info: FlightInfo,
): Promise<CancelStatus> {
  const body = packAny("ActionCancelQueryRequest", {
    info: FlightInfo.encode(info),
  });
  const results = await calls.doAction("CancelQuery", body);
  const { result } = unpackAs(
    "ActionCancelQueryResult",
    onlyResult(results, "CancelQuery"),
  );
  return oldStatuses[nameOf(sqlEnums.CancelResult, result)];
}

/** Whether an action failed because there is none: servers say UNIMPLEMENTED, or that the request is invalid. */
async function isUnknown(
  calls: FlightCalls,
  action: string,
  { code }: Failure,
): Promise<boolean> {
  if (code === "unsupported") return true;
  if (code !== "internal") return false;
  const known = await calls.listActions().catch(() => undefined);
  return known?.every(({ type }) => type !== action) ?? false;
}

/**
 * Asks for more time to read an endpoint.
 * @returns the endpoint to read in its place, with its new expiration time.
 */
export async function renewFlightEndpoint(
  calls: FlightCalls,
  endpoint: FlightEndpoint,
): Promise<FlightEndpoint> {
  const action = "RenewFlightEndpoint";
  const body = actionMessages.RenewFlightEndpointRequest.encode({ endpoint });
  const results = await calls.doAction(action, body);
  return FlightEndpoint.decode(onlyResult(results, action));
}

import { Failure } from "../../failure.js";
import type { ActionOptions, FlightCalls } from "./calls.js";
import { actionEnums, actionMessages } from "./messages.js";
import { nameOf, onlyResult } from "./results.js";

/** A setting of a session. Integers are a bigint; a number is a double. */
export type SessionOption =
  string | boolean | bigint | number | readonly string[];

/** A setting of a session, or undefined to unset it. */
export type SessionOptions = Readonly<
  Record<string, SessionOption | undefined>
>;

/**
 * Sets and unsets options of the server's session, which cookies or the bearer token name.
 * @throws Failure(invalid_config) with every option that the server refused; the others are set.
 */
export async function setSessionOptions(
  calls: FlightCalls,
  options: SessionOptions,
): Promise<void> {
  const { SetSessionOptionsRequest, SetSessionOptionsResult } = actionMessages;
  const sessionOptions = new Map(
    Object.entries(options).map(([name, value]) => [name, encodeOption(value)]),
  );
  const body = SetSessionOptionsRequest.encode({ sessionOptions });
  const results = await calls.doAction("SetSessionOptions", body);
  const { errors } = SetSessionOptionsResult.decode(
    onlyResult(results, "SetSessionOptions"),
  );
  if (errors.size === 0) return;
  const { SessionOptionError } = actionEnums;
  const reasons = [...errors].map(
    ([name, { value }]) => `${name}: ${nameOf(SessionOptionError, value)}`,
  );
  throw new Failure(
    "invalid_config",
    `the server refused session options: ${reasons.join(", ")}`,
  );
}

/** Options of the server's session by their names. Servers without a session answer an error. */
export async function getSessionOptions(
  calls: FlightCalls,
): Promise<ReadonlyMap<string, SessionOption>> {
  const { GetSessionOptionsRequest, GetSessionOptionsResult } = actionMessages;
  const body = GetSessionOptionsRequest.encode({});
  const results = await calls.doAction("GetSessionOptions", body);
  const { sessionOptions } = GetSessionOptionsResult.decode(
    onlyResult(results, "GetSessionOptions"),
  );
  const options = new Map<string, SessionOption>();
  for (const [name, value] of sessionOptions) {
    const decoded =
      value.stringValue ??
      value.boolValue ??
      value.int64Value ??
      value.doubleValue ??
      value.stringListValue?.values;
    if (decoded !== undefined) options.set(name, decoded);
  }
  return options;
}

const closeStatuses = {
  UNSPECIFIED: "unspecified",
  CLOSED: "closed",
  CLOSING: "closing",
  NOT_CLOSEABLE: "not_closeable",
} as const;
export type CloseSessionStatus =
  (typeof closeStatuses)[keyof typeof closeStatuses];

/** Ends the server's session. */
export async function closeSession(
  calls: FlightCalls,
  options: ActionOptions = {},
): Promise<CloseSessionStatus> {
  const { CloseSessionRequest, CloseSessionResult } = actionMessages;
  const body = CloseSessionRequest.encode({});
  const results = await calls.doAction("CloseSession", body, options);
  const { status } = CloseSessionResult.decode(
    onlyResult(results, "CloseSession"),
  );
  return closeStatuses[nameOf(actionEnums.CloseSessionStatus, status)];
}

/** Without a member of the oneof the option is unset. */
function encodeOption(value: SessionOption | undefined) {
  switch (typeof value) {
    case "undefined":
      return {};
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return { int64Value: value };
    case "number":
      return { doubleValue: value };
    case "object":
      return { stringListValue: { values: value } };
  }
}

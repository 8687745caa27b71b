import { status as Status } from "@grpc/grpc-js";
import type { LogLevel } from "../message.js";
import type { CallRecord } from "./caller.js";
import type { CallStatus } from "./status.js";

/** @param fields what there is to tell beyond the text, by name; undefined ones are not there. */
export type Log = (
  level: LogLevel,
  text: string,
  fields?: Readonly<Record<string, string | number | undefined>>,
) => void;

/** Longer texts are cut. */
const textMax = 1000;

/**
 * Tells a call that has ended: who, what, how much, how long, and how it ended. Statements and errors that may
 * hold a credential go without their literals.
 */
export function logCall(
  log: Log,
  call: { getPath(): string; getPeer(): string },
  { user, subject, rows, bytes }: CallRecord,
  millis: number,
  { code, details }: CallStatus,
): void {
  const method = call.getPath().split("/").at(-1) ?? "";
  const status = Status[code];
  const isOurFault = code === Status.INTERNAL || code === Status.UNKNOWN;
  log(isOurFault ? "error" : "info", `${method} ${status}`, {
    method,
    status,
    rows,
    bytes,
    ms: Math.round(millis),
    user,
    peer: call.getPeer(),
    query: subject === undefined ? undefined : shown(subject),
    error: code === Status.OK ? undefined : shown(details),
  });
}

const credentialWords =
  /secret|passw|token|credential|api_?key|access_?key|\battach\b|:\/\/[^\s/'"]*@/i;
const literals = /'(?:[^']|'')*(?:'|$)|(\$\w*\$)[^]*?(?:\1|$)/g;

function shown(text: string): string {
  const safe = credentialWords.test(text)
    ? text.replace(literals, "'****'")
    : text;
  return safe.length > textMax ? `${safe.slice(0, textMax)}…` : safe;
}

import { status as Status } from "@grpc/grpc-js";
import type { LogLevel } from "../message.js";
import type { CallRecord } from "./caller.js";
import type { CallStatus } from "./status.js";

/** @param fields the same as the text says, for logs that are read by programs. */
export type Log = (
  level: LogLevel,
  text: string,
  fields?: Readonly<Record<string, unknown>>,
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
  const fields = {
    rows,
    bytes,
    ms: Math.round(millis),
    user,
    peer: call.getPeer(),
    query: subject === undefined ? undefined : shown(subject),
    error: code === Status.OK ? undefined : shown(details),
  };
  const text = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${asText(value)}`);
  const isOurFault = code === Status.INTERNAL || code === Status.UNKNOWN;
  log(isOurFault ? "error" : "info", `${method} ${status} ${text.join(" ")}`, {
    method,
    status,
    ...fields,
  });
}

/** Quoted where it would not stay one word, so that nobody can forge a line. */
function asText(value: unknown): string {
  const text = String(value);
  return /^[\w.:@[\]-]+$/.test(text) ? text : JSON.stringify(text);
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

import { status as Status } from "@grpc/grpc-js";
import type { CallRecord } from "./caller.js";
import type { Log } from "./log.js";
import type { CallStatus } from "./status.js";

/** Longer texts are cut. */
const textMax = 1000;

/**
 * Tells a call that has ended: who, what, how much, how long, and how it ended. Statements that may hold
 * a credential go without their literals, and their errors untold.
 */
export function logCall(
  log: Log,
  call: { getPath(): string; getPeer(): string },
  { user, subject, rows, bytes }: CallRecord,
  millis: number,
  { code, details }: CallStatus,
): void {
  const path = call.getPath();
  const method = path.slice(path.lastIndexOf("/") + 1);
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
    query: subject === undefined ? undefined : cut(withoutSecrets(subject)),
    error: code === Status.OK ? undefined : errorText(details, subject),
  });
}

const credentialWords =
  /secret|passw|token|credential|api_?key|access_?key|\battach\b|:\/\/[^\s/'"]*@/i;
const literals = /'(?:[^']|'')*(?:'|$)|(\$\w*\$)[^]*?(?:\1|$)/g;

function withoutSecrets(sql: string): string {
  return credentialWords.test(sql) ? sql.replace(literals, "'****'") : sql;
}

/** Errors quote pieces of the statement that no pattern finds again. */
function errorText(text: string, sql: string | undefined): string {
  const mayHold =
    sql !== undefined && [text, sql].some((each) => credentialWords.test(each));
  return mayHold ? "not told here, as it may hold a credential" : cut(text);
}

function cut(text: string): string {
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}

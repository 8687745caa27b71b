import { status as Status } from "@grpc/grpc-js";
import { Failure } from "../../failure.js";
import type { FailureCode } from "../../failure.js";
import { CallEnd } from "./call-end.js";

/** How a call ended, as gRPC and the details of its answer say it. Without secrets. */
export interface CallOutcome {
  readonly code: Status;
  readonly text: string;
  /** More facts, one each. */
  readonly details: readonly string[];
  /** See `CallEnd`. */
  readonly retryAfter: number | undefined;
  readonly untouched: boolean;
  readonly isIdle: boolean;
}

/** Where a call went. */
export interface CallSite {
  /** `host:port`. */
  readonly server: string;
  readonly tls: boolean;
  /** Name of the method, "DoGet". */
  readonly call: string;
}

/**
 * gRPC's status codes (https://grpc.io/docs/guides/status-codes/) as ours. Invalid arguments are internal: the
 * requests, SQL included, are written by this program.
 */
const codes: ReadonlyMap<number, FailureCode> = new Map([
  [Status.CANCELLED, "cancelled"],
  [Status.INVALID_ARGUMENT, "internal"],
  [Status.DEADLINE_EXCEEDED, "timeout"],
  [Status.NOT_FOUND, "not_found"],
  [Status.PERMISSION_DENIED, "unauthorized"],
  [Status.RESOURCE_EXHAUSTED, "exhausted"],
  [Status.ABORTED, "unavailable"],
  [Status.UNIMPLEMENTED, "unsupported"],
  [Status.UNAVAILABLE, "unavailable"],
  [Status.UNAUTHENTICATED, "unauthenticated"],
]);

interface Hint {
  readonly pattern: RegExp;
  readonly code?: FailureCode;
  readonly hint: (site: CallSite) => string;
}

/** What went wrong below gRPC and what to change; texts are those of Node and OpenSSL. */
const connectionHints: readonly Hint[] = [
  {
    pattern: /wrong version number|packet length too long|EPROTO/i,
    code: "invalid_config",
    hint: ({ tls }) =>
      tls
        ? "the server does not speak TLS on this port: add transport=tcp if it is meant to be unencrypted"
        : "the server does not speak unencrypted HTTP/2 on this port: use transport=tls",
  },
  {
    pattern: /altnames|hostname\/ip does not match/i,
    code: "invalid_config",
    hint: () =>
      "the server's certificate is for another name: use that name as the host, or give it as tls_override_hostname",
  },
  {
    pattern:
      /self[- ]signed certificate|unable to (get|verify)[^;]*certificate|certificate (has expired|is not yet valid)|CERT_/i,
    code: "invalid_config",
    hint: () =>
      "the server's certificate is not trusted: give the CA that issued it (tls_root_certs), or set tls_skip_verify",
  },
  {
    pattern: /ECONNREFUSED/,
    hint: () =>
      "nothing listens there: check host and port, and that the server runs",
  },
  {
    pattern: /ENOTFOUND/,
    code: "invalid_config",
    hint: () => "there is no such host: check its name",
  },
  {
    pattern: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    hint: () =>
      "the host cannot be reached: check the network, the firewall and the port",
  },
  {
    pattern: /^Received RST_STREAM/,
    hint: () =>
      "something between here and the server may have cut the stream, as proxies do with quiet ones: see keepalive_time_seconds",
  },
  {
    pattern:
      /failed to connect|ECONNRESET|socket hang up|connection dropped|protocol error|goaway/i,
    hint: ({ tls }) =>
      tls
        ? "the server closed the connection"
        : "the server closed the connection: if it wants TLS, use transport=tls",
  },
];

/**
 * The Failure of a call that ended with a status other than OK. Server text first, then the details that came
 * with it, then where, then what to do. Its cause is a CallEnd.
 */
export function failureOf(outcome: CallOutcome, site: CallSite): Failure {
  const { text, details } = outcome;
  // grpc-js calls a stream that was reset INTERNAL; whoever did that, the server did not say that it failed.
  const status = wasReset(outcome) ? Status.UNAVAILABLE : outcome.code;
  const hint =
    status === Status.UNAVAILABLE
      ? connectionHints.find(({ pattern }) => pattern.test(text))
      : undefined;
  const code = hint?.code ?? codes.get(status) ?? "internal";
  const message = text === "" ? nameOf(status) : plainText(text);
  const more = details
    .map((detail) => detail.trim())
    .filter((detail) => !message.includes(detail));
  return new Failure(
    code,
    [
      message,
      ...(more.length === 0 ? [] : [` [${more.join("; ")}]`]),
      ` (server ${site.server}, call ${site.call})`,
      ...[hint?.hint(site) ?? adviceFor(code, outcome, site)]
        .filter((advice) => advice !== undefined)
        .map((advice) => `; ${advice}`),
    ].join(""),
    { cause: new CallEnd(message, { ...outcome, code: status }) },
  );
}

function wasReset({ code, text }: CallOutcome): boolean {
  return code === Status.INTERNAL && /^Received RST_STREAM/.test(text);
}

const timeoutSettings: ReadonlyMap<string, string> = new Map([
  ["connect", "connect_timeout_seconds"],
  ["Handshake", "connect_timeout_seconds"],
  ["GetFlightInfo", "query_timeout_seconds"],
  ["DoGet", "fetch_timeout_seconds"],
  ["DoPut", "update_timeout_seconds"],
  ["DoAction", "update_timeout_seconds"],
]);

/** The system's error out of what grpc-js wraps around it. */
function plainText(text: string): string {
  return text
    .replace(
      /^No connection established\. Last error: (Error( \[\w+\])?: )?/,
      "",
    )
    .replace(/\. Resolution note: .*$/s, "")
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, "")
    .trim();
}

function adviceFor(
  code: FailureCode,
  { text, isIdle }: CallOutcome,
  { call }: CallSite,
): string | undefined {
  switch (code) {
    case "timeout":
      if (isIdle) return "raise idle_timeout_seconds if such pauses are normal";
      return timeoutSettings.has(call)
        ? `raise ${timeoutSettings.get(call) ?? ""} if it is to take longer`
        : undefined;
    case "unauthenticated":
      return "check the user name and password, or the token";
    case "exhausted":
      return /larger than max/i.test(text)
        ? "the server limits the size of a message: send smaller batches"
        : undefined;
    default:
      return undefined;
  }
}

function nameOf(code: number): string {
  return `the call ended with gRPC status ${Status[code] ?? String(code)} and no text`;
}

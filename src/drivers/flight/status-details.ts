import type { Metadata } from "@grpc/grpc-js";
import { Any } from "./messages.js";
import { map, plain, repeated } from "./protobuf-fields.js";
import { MessageType } from "./protobuf.js";
import type { Decoded } from "./protobuf-fields.js";

/**
 * What servers tell about an error besides its code and text: the messages of google/rpc/status.proto and
 * google/rpc/error_details.proto (https://github.com/googleapis/googleapis/tree/master/google/rpc).
 */
export const Status = new MessageType("Status", {
  code: plain(1, "int32"),
  message: plain(2, "string"),
  details: repeated(3, Any),
});

const Duration = new MessageType("Duration", {
  seconds: plain(1, "int64"),
  nanos: plain(2, "int32"),
});

export const RetryInfo = new MessageType("RetryInfo", {
  retryDelay: plain(1, Duration),
});

const ErrorInfo = new MessageType("ErrorInfo", {
  reason: plain(1, "string"),
  domain: plain(2, "string"),
  metadata: map(3, "string"),
});

const DebugInfo = new MessageType("DebugInfo", {
  stackEntries: repeated(1, "string"),
  detail: plain(2, "string"),
});

const QuotaFailure = new MessageType("QuotaFailure", {
  violations: repeated(
    1,
    new MessageType("Violation", {
      subject: plain(1, "string"),
      description: plain(2, "string"),
    }),
  ),
});

const PreconditionFailure = new MessageType("PreconditionFailure", {
  violations: repeated(
    1,
    new MessageType("Violation", {
      type: plain(1, "string"),
      subject: plain(2, "string"),
      description: plain(3, "string"),
    }),
  ),
});

const BadRequest = new MessageType("BadRequest", {
  fieldViolations: repeated(
    1,
    new MessageType("FieldViolation", {
      field: plain(1, "string"),
      description: plain(2, "string"),
    }),
  ),
});

const RequestInfo = new MessageType("RequestInfo", {
  requestId: plain(1, "string"),
});

const ResourceInfo = new MessageType("ResourceInfo", {
  resourceType: plain(1, "string"),
  resourceName: plain(2, "string"),
  owner: plain(3, "string"),
  description: plain(4, "string"),
});

const Help = new MessageType("Help", {
  links: repeated(
    1,
    new MessageType("Link", {
      description: plain(1, "string"),
      url: plain(2, "string"),
    }),
  ),
});

const LocalizedMessage = new MessageType("LocalizedMessage", {
  locale: plain(1, "string"),
  message: plain(2, "string"),
});

/** What a server says about an error besides its code and text. */
export interface StatusDetails {
  /** For people, one fact each. */
  readonly texts: readonly string[];
  /** Milliseconds that it wants to be left alone; undefined when it does not say, Infinity for ever. */
  readonly retryAfter: number | undefined;
}

type Reader = (value: Uint8Array) => readonly string[];

function reader<T>(
  type: { decode(bytes: Uint8Array): T },
  tell: (message: T) => readonly string[],
): Reader {
  return (value) => tell(type.decode(value));
}

/** Non-empty parts as one text. */
function join(parts: readonly string[], separator = ": "): string {
  return parts.filter((part) => part !== "").join(separator);
}

/** How each kind of detail reads, by its name in package google.rpc. */
const readers: Readonly<Record<string, Reader>> = {
  ErrorInfo: reader(ErrorInfo, ({ reason, domain, metadata }) => [
    join([reason, domain], " of "),
    ...Array.from(metadata, ([name, value]) => `${name}=${value}`),
  ]),
  RetryInfo: () => [],
  DebugInfo: reader(DebugInfo, ({ detail }) => [detail]),
  QuotaFailure: reader(QuotaFailure, ({ violations }) =>
    violations.map(({ subject, description }) => join([subject, description])),
  ),
  PreconditionFailure: reader(PreconditionFailure, ({ violations }) =>
    violations.map(({ type, subject, description }) =>
      join([type, subject, description]),
    ),
  ),
  BadRequest: reader(BadRequest, ({ fieldViolations }) =>
    fieldViolations.map(({ field, description }) => join([field, description])),
  ),
  RequestInfo: reader(RequestInfo, ({ requestId }) => [
    join(["request", requestId], " "),
  ]),
  ResourceInfo: reader(
    ResourceInfo,
    ({ resourceType, resourceName, description }) => [
      join([join([resourceType, resourceName], " "), description]),
    ],
  ),
  Help: reader(Help, ({ links }) =>
    links.map(({ description, url }) => join([description, url])),
  ),
  LocalizedMessage: reader(LocalizedMessage, ({ message }) => [message]),
};

/** Headers and trailers in which servers put more about an error as plain text: Arrow C++'s. */
const textHeaders = ["x-arrow-status-detail-bin"];

/**
 * Reads the details of a failed call from its headers and trailers: `grpc-status-details-bin`, Arrow C++'s own
 * header, and what says when to come back. What cannot be read is left out: it is an extra to an error that is
 * told anyway.
 * @param sources headers and trailers, in the order of their coming.
 */
export function statusDetails(
  sources: readonly Metadata[],
  now = Date.now(),
): StatusDetails {
  const details = sources.flatMap((metadata) =>
    metadata.get("grpc-status-details-bin").flatMap(anysOf),
  );
  const texts = [
    ...details.flatMap(textsOf),
    ...sources.flatMap((metadata) =>
      textHeaders.flatMap((name) => metadata.get(name).map(String)),
    ),
  ];
  return {
    texts: [...new Set(texts.filter((text) => text.trim() !== ""))],
    retryAfter:
      details.map(delayOf).find((delay) => delay !== undefined) ??
      sources.map((source) => delayHeader(source, now)).find(isNumber),
  };
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}

function anysOf(bytes: string | Buffer): readonly Decoded<typeof Any>[] {
  if (typeof bytes === "string") return [];
  return attempt(() => Status.decode(bytes).details) ?? [];
}

function textsOf({ typeUrl, value }: Decoded<typeof Any>): readonly string[] {
  const name = /\/google\.rpc\.(\w+)$/.exec(typeUrl)?.[1] ?? "";
  return attempt(() => readers[name]?.(value)) ?? [];
}

function delayOf({ typeUrl, value }: Decoded<typeof Any>): number | undefined {
  if (!typeUrl.endsWith("/google.rpc.RetryInfo")) return undefined;
  return attempt(() => {
    const { retryDelay } = RetryInfo.decode(value);
    if (retryDelay === undefined) return 0;
    return Number(retryDelay.seconds) * 1000 + retryDelay.nanos / 1e6;
  });
}

/**
 * `grpc-retry-pushback-ms` (gRFC A6: milliseconds, negative for never) or HTTP's `retry-after` (RFC 9110 section
 * 10.2.3: seconds or a date), which proxies and gateways send.
 */
function delayHeader(metadata: Metadata, now: number): number | undefined {
  const pushback = metadata.get("grpc-retry-pushback-ms")[0]?.toString();
  if (pushback !== undefined && /^-?\d+$/.test(pushback))
    return Number(pushback) < 0 ? Infinity : Number(pushback);
  const after = metadata.get("retry-after")[0]?.toString();
  return after === undefined ? undefined : retryAfter(after, now);
}

/** Milliseconds that a `retry-after` header's value asks for; undefined when it is neither seconds nor a date. */
export function retryAfter(text: string, now: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

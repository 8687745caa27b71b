import { status as Status } from "@grpc/grpc-js";
import { Failure } from "../failure.js";
import type { FailureCode } from "../failure.js";
import { filesHint } from "./local-files.js";
import { settingsHint } from "./settings.js";

/** How a call ends when it fails. */
export interface CallStatus {
  readonly code: Status;
  readonly details: string;
}

/** gRPC's status codes: https://grpc.io/docs/guides/status-codes/ */
const failureCodes: Readonly<Record<FailureCode, Status>> = {
  usage: Status.INVALID_ARGUMENT,
  invalid_config: Status.FAILED_PRECONDITION,
  unauthenticated: Status.UNAUTHENTICATED,
  unauthorized: Status.PERMISSION_DENIED,
  not_found: Status.NOT_FOUND,
  unsupported: Status.UNIMPLEMENTED,
  unavailable: Status.UNAVAILABLE,
  timeout: Status.DEADLINE_EXCEEDED,
  exhausted: Status.RESOURCE_EXHAUSTED,
  cancelled: Status.CANCELLED,
  invalid_input: Status.INVALID_ARGUMENT,
  invalid_data: Status.INVALID_ARGUMENT,
  dead_letters: Status.INTERNAL,
  internal: Status.INTERNAL,
};

/**
 * What DuckDB's messages start with (`duckdb::ExceptionType`, src/common/exception.cpp). The first line that
 * matches decides; what matches none is INTERNAL.
 */
const duckdbErrors: readonly (readonly [RegExp, Status])[] = [
  [/^INTERRUPT Error/, Status.CANCELLED],
  [/read-only mode|^Permission Error/, Status.PERMISSION_DENIED],
  [/configuration has been locked$/, Status.PERMISSION_DENIED],
  [/^Catalog Error: .*already exists/s, Status.ALREADY_EXISTS],
  [/^(Catalog|Binder) Error: .*does not exist/s, Status.NOT_FOUND],
  // The appender's errors begin with "Failed to append: " instead of their type.
  [/constraint .*duplicate key/is, Status.ALREADY_EXISTS],
  [/^Out of Memory Error/, Status.RESOURCE_EXHAUSTED],
  [
    /No space left on device|Disk quota exceeded|disk is full|max_temp_directory_size/i,
    Status.RESOURCE_EXHAUSTED,
  ],
  [/^IO Error: .*(No files found|No such file)/s, Status.NOT_FOUND],
  [/^TransactionContext Error: .*conflict/is, Status.ABORTED],
  [
    /^(TransactionContext|Dependency|Missing Extension|Settings) Error/,
    Status.FAILED_PRECONDITION,
  ],
  [
    /^(Parser|Syntax|Binder|Catalog|Constraint|Conversion|Out of Range|Divide by Zero|Invalid Input|Invalid Type|Mismatch Type|Invalid|Sequence|Parameter Not Resolved|Parameter Not Allowed|Decimal|Expression|Not implemented) Error/,
    Status.INVALID_ARGUMENT,
  ],
  [/^Failed to append: .*constraint/is, Status.INVALID_ARGUMENT],
];

/** What is added to DuckDB's words where the server's own settings are the reason. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/disabled (by|through) configuration/, filesHint],
  [/configuration has been locked$/, settingsHint],
];

/** The status that tells an error: the text as it is unless it is very long, and the code that fits it best. */
export function statusOf(error: unknown): CallStatus {
  const text = error instanceof Error ? error.message : String(error);
  const details = cut(text);
  if (error instanceof Failure)
    return { code: failureCodes[error.code], details };
  const known = duckdbErrors.find(([pattern]) => pattern.test(text));
  const hint = hints.find(([pattern]) => pattern.test(text));
  return {
    code: known?.[1] ?? Status.INTERNAL,
    details: hint === undefined ? details : `${details}\n\n${hint[1]}`,
  };
}

/**
 * Characters of an error, of which each takes up to 9 bytes in the trailers: clients of grpc-core take 8 KiB of
 * them by default, and Node no more than 64 KiB. DuckDB's errors quote values, however long.
 */
const detailsMax = 1500;

function cut(text: string): string {
  const left = text.length - detailsMax;
  return left > 0
    ? `${text.slice(0, detailsMax)}… (${String(left)} characters more)`
    : text;
}

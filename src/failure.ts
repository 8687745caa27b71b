/**
 * What kind of party has to act on a failure. The names are Airbyte's `failure_type`
 * (airbyte_protocol.yaml, AirbyteErrorTraceMessage), used for Singer as well.
 */
export type FailureKind = "config_error" | "transient_error" | "system_error";

/** Kind and exit code of every failure code: 78, 75, 65 and 64 are sysexits' EX_CONFIG, EX_TEMPFAIL, EX_DATAERR and EX_USAGE. */
const codes = {
  usage: { kind: "config_error", exit: 64 },
  invalid_config: { kind: "config_error", exit: 78 },
  unauthenticated: { kind: "config_error", exit: 78 },
  unauthorized: { kind: "config_error", exit: 78 },
  not_found: { kind: "config_error", exit: 78 },
  unsupported: { kind: "config_error", exit: 78 },
  unavailable: { kind: "transient_error", exit: 75 },
  timeout: { kind: "transient_error", exit: 75 },
  exhausted: { kind: "transient_error", exit: 75 },
  cancelled: { kind: "transient_error", exit: 75 },
  invalid_input: { kind: "system_error", exit: 1 },
  invalid_data: { kind: "system_error", exit: 1 },
  /** The run is done, but for lines that it has set aside. */
  dead_letters: { kind: "system_error", exit: 65 },
  internal: { kind: "system_error", exit: 1 },
} as const satisfies Record<string, { kind: FailureKind; exit: number }>;

export type FailureCode = keyof typeof codes;

export interface FailureOptions {
  /** The stream that failed, as the user's catalog names it. */
  readonly stream?: string | undefined;
  /** The error that was caught, kept for debug logs. */
  readonly cause?: unknown;
}

/**
 * The one error class. The message is written for the user: what the other side said first, where it
 * happened and what to do last. Kind and exit code derive from the code.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly stream: string | undefined;

  constructor(
    code: FailureCode,
    message: string,
    options: FailureOptions = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.code = code;
    this.stream = options.stream;
  }

  get kind(): FailureKind {
    return codes[this.code].kind;
  }

  get exitCode(): number {
    return codes[this.code].exit;
  }

  /** The same failure, told as one of `stream`; a stream that is already named stays. */
  in(stream: string): Failure {
    if (this.stream !== undefined) return this;
    return new Failure(this.code, this.message, {
      stream,
      cause: this.cause ?? this,
    });
  }

  /** Wraps anything thrown; a Failure passes through, an abort becomes `cancelled`. */
  static from(reason: unknown): Failure {
    if (reason instanceof Failure) return reason;
    if (reason instanceof Error) {
      const code = reason.name === "AbortError" ? "cancelled" : "internal";
      return new Failure(code, reason.message, { cause: reason });
    }
    return new Failure("internal", String(reason), { cause: reason });
  }
}

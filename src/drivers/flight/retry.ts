import { setTimeout as wait } from "node:timers/promises";
import { status as Status } from "@grpc/grpc-js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import { abortFailure } from "./abort-links.js";
import { CallEnd } from "./call-end.js";

/**
 * What making a call again could do: nothing (`safe`: a read that the server answers anew each time), or harm
 * unless the server certainly did not act on it (`once`: a ticket that is good for one reading, a statement that
 * may write), or unless it has undone all of it because another transaction was in its way (`conflict`: a statement
 * or a transaction as a whole, which the server ends with ABORTED).
 */
export type Replay = "safe" | "once" | "conflict";

/** One thing to be done, with what bounds its attempts. */
export interface Task {
  /** For the log: "GetFlightInfo", "endpoint 2". */
  readonly what: string;
  readonly replay: Replay;
  /** Milliseconds since the epoch after which nothing is begun any more; Infinity for never. */
  readonly deadline: number;
  /** Each ends a pause. */
  readonly signals: readonly AbortSignal[];
}

export interface RetryOptions {
  /** Attempts after the first one; 0 for none. */
  readonly retriesMax: number;
  readonly log: Context["log"];
  /** Asked when a call was refused for who made it; says whether the next one will be made by somebody else. */
  readonly renewIdentity?: () => boolean;
  /** Of 0 to 1. @default Math.random */
  readonly random?: () => number;
  /** Resolves after so many milliseconds, rejects on an abort. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The first pause is at most this long, each next one at most twice the one before. */
const firstPause = 200;
const longestPause = 10_000;

/** A server that wants to be left alone for longer than this is not waited for. */
const longestRequestedPause = 120_000;

/**
 * gRFC A6's throttling (https://github.com/grpc/proposal/blob/master/A6-client-retries.md): a failed attempt
 * costs a token, a success gives a tenth back, and below half of them nothing is tried again. It keeps many
 * streams together from storming a server that is down.
 */
const tokensMax = 40;
const tokensPerSuccess = 0.1;

/** Codes that say "come back later", with anything a server may add. */
const transient: ReadonlySet<number> = new Set([
  Status.UNAVAILABLE,
  Status.DEADLINE_EXCEEDED,
]);

/** The one policy by which calls of a connection are made again. */
export class Retries {
  readonly #retriesMax: number;
  readonly #log: Context["log"];
  readonly #random: () => number;
  readonly #renewIdentity: () => boolean;
  readonly #sleep: NonNullable<RetryOptions["sleep"]>;
  #tokens = tokensMax;

  constructor(options: RetryOptions) {
    const { retriesMax, log, random, renewIdentity, sleep } = options;
    this.#retriesMax = retriesMax;
    this.#log = log;
    this.#random = random ?? Math.random;
    this.#renewIdentity = renewIdentity ?? (() => false);
    this.#sleep = sleep ?? pause;
  }

  /**
   * Makes attempts until one succeeds, or the failure is not one that another attempt could mend. An attempt must
   * not have given anything to its caller when it fails.
   * @throws Failure of the last attempt, which says how many there were when there was more than one; what is not a
   *   Failure as it is.
   */
  async run<T>(task: Task, attempt: () => Promise<T>): Promise<T> {
    let isRenewed = false;
    for (let retries = 0; ; retries++) {
      let failure: Failure;
      try {
        const result = await attempt();
        this.#tokens = Math.min(tokensMax, this.#tokens + tokensPerSuccess);
        return result;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failure = error;
      }
      if (!isRenewed && isRefused(failure) && this.#renewIdentity()) {
        isRenewed = true;
        this.#log(
          "info",
          `${task.what}: ${failure.message}; trying a new token`,
        );
        continue;
      }
      const milliseconds = this.#pauseFor(failure, task, retries);
      if (milliseconds === undefined) throw told(failure, retries);
      const seconds = (milliseconds / 1000).toFixed(2);
      this.#log(
        "warn",
        `${task.what}: ${failure.message}; try ${String(retries + 2)} of ${String(this.#retriesMax + 1)} in ${seconds} s`,
      );
      const signal = AbortSignal.any([...task.signals]);
      try {
        await this.#sleep(milliseconds, signal);
      } catch {
        throw abortFailure(signal);
      }
    }
  }

  /** Milliseconds until the next attempt; undefined when there is to be none. */
  #pauseFor(failure: Failure, task: Task, retries: number): number | undefined {
    if (!mayRepeat(failure, task.replay)) return undefined;
    this.#tokens = Math.max(0, this.#tokens - 1);
    if (retries >= this.#retriesMax || this.#tokens <= tokensMax / 2)
      return undefined;
    const requested =
      failure.cause instanceof CallEnd ? failure.cause.retryAfter : undefined;
    if (requested !== undefined && requested > longestRequestedPause)
      return undefined;
    const longest = Math.min(longestPause, firstPause * 2 ** retries);
    const spread =
      this.#random() * (requested === undefined ? longest : firstPause);
    const milliseconds = (requested ?? 0) + spread;
    return Date.now() + milliseconds < task.deadline ? milliseconds : undefined;
  }
}

/** Whether another attempt could succeed and would do no harm. */
export function mayRepeat(failure: Failure, replay: Replay): boolean {
  const { cause } = failure;
  if (!(cause instanceof CallEnd)) return false;
  if (replay === "conflict") return cause.code === Status.ABORTED;
  const isTransient =
    (transient.has(cause.code) && failure.kind === "transient_error") ||
    (cause.code === Status.RESOURCE_EXHAUSTED &&
      cause.retryAfter !== undefined);
  return isTransient && (replay === "safe" || cause.untouched);
}

/** Whether the server did not take who called, before it did anything. */
function isRefused({ cause }: Failure): boolean {
  return (
    cause instanceof CallEnd &&
    cause.code === Status.UNAUTHENTICATED &&
    cause.untouched
  );
}

function told(failure: Failure, retries: number): Failure {
  if (retries === 0) return failure;
  return new Failure(
    failure.code,
    `${failure.message}; tried ${String(retries + 1)} times`,
    { stream: failure.stream, cause: failure.cause },
  );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal });
}

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../failure.js";
import type { Calls } from "./calls.js";
import type { Caller } from "./caller.js";
import type { DuckConnection } from "./duckdb/connection.js";
import {
  infoOfPending,
  infoOfPlan,
  ticketOf,
  timestampOf,
} from "./flight-info.js";
import type { Descriptor } from "./flight-info.js";
import type { Statement } from "./statement.js";
import type { Plan, Statements } from "./statements.js";
import { OpenCount } from "./open-count.js";
import { lifeMillis } from "./tickets.js";

/** A statement that runs on its own, whether or not somebody asks for it just now. */
interface Poll {
  readonly session: string;
  readonly uncount: () => void;
  readonly descriptor: Descriptor;
  readonly stop: AbortController;
  readonly plan: Promise<Plan>;
  connection: DuckConnection | undefined;
  /** Fires when nobody has asked for too long. */
  timer: NodeJS.Timeout;
}

/** How long a poll waits for an end that may be near, so that clients need not ask often. */
const waitMillis = 500;

/** Long statements of PollFlightInfo. One that nobody asks for during five minutes is cancelled. */
export class Polls {
  readonly #statements: Statements;
  readonly #calls: Calls;
  readonly #count: OpenCount;
  readonly #open = new Map<string, Poll>();

  /** @param max that one user may have. */
  constructor(statements: Statements, calls: Calls, max: number) {
    this.#statements = statements;
    this.#calls = calls;
    this.#count = new OpenCount(
      max,
      "statements of PollFlightInfo",
      "max-polls",
    );
  }

  /** The first poll: begins to run the statement. @throws Failure(exhausted) for a user that has too many. */
  start(statement: Statement, descriptor: Descriptor, caller: Caller) {
    const { session, user } = caller;
    const uncount = this.#count.open(user);
    const stop = new AbortController();
    const name = randomUUID();
    const plan = this.#calls.background((closing) =>
      this.#statements.run(
        statement,
        { ...caller, signal: AbortSignal.any([stop.signal, closing]) },
        (connection) => {
          poll.connection = connection;
        },
      ),
    );
    const poll: Poll = {
      session,
      uncount,
      descriptor,
      stop,
      plan,
      connection: undefined,
      timer: this.#startTimer(name),
    };
    this.#open.set(name, poll);
    const isOver = () => {
      poll.connection = undefined;
    };
    plan.then(isOver, isOver);
    return this.#answer(name, poll, caller);
  }

  /** Another poll. @throws Failure(not_found); what the statement failed with. */
  poll(handle: Uint8Array, caller: Caller) {
    const name = Buffer.from(handle).toString("latin1");
    const poll = this.#find(name, caller.session);
    if (poll === undefined)
      throw new Failure(
        "not_found",
        "no such query in this session: its result was told already, or it was cancelled",
      );
    poll.timer.refresh();
    return this.#answer(name, poll, caller);
  }

  /** @returns false when there is no such statement */
  cancel(handle: Uint8Array, session: string): boolean {
    const name = Buffer.from(handle).toString("latin1");
    const poll = this.#find(name, session);
    if (poll === undefined) return false;
    this.#drop(name, poll);
    return true;
  }

  async #answer(name: string, poll: Poll, { signal }: Caller) {
    const plan = await this.#planWithin(poll, signal).catch(
      (error: unknown) => {
        // What the client no longer waits for goes on, for its next poll.
        if (!signal.aborted) this.#drop(name, poll);
        throw error;
      },
    );
    if (plan !== undefined) {
      this.#drop(name, poll);
      return { info: infoOfPlan(plan, poll.descriptor), progress: 1 };
    }
    const handle = Buffer.from(name);
    return {
      info: infoOfPending(handle),
      flightDescriptor: { type: poll.descriptor.type, cmd: ticketOf(handle) },
      progress: progressOf(poll.connection),
      expirationTime: timestampOf(new Date(Date.now() + lifeMillis)),
    };
  }

  /** @returns undefined when the statement has not ended soon */
  async #planWithin(poll: Poll, signal: AbortSignal) {
    const ended = new AbortController();
    const timeout = delay(waitMillis, undefined, {
      signal: AbortSignal.any([signal, ended.signal]),
    });
    try {
      return await Promise.race([poll.plan, timeout]);
    } finally {
      ended.abort();
    }
  }

  #find(name: string, session: string): Poll | undefined {
    const poll = this.#open.get(name);
    return poll?.session === session ? poll : undefined;
  }

  #startTimer(name: string): NodeJS.Timeout {
    return setTimeout(() => {
      const poll = this.#open.get(name);
      if (poll !== undefined) this.#drop(name, poll);
    }, lifeMillis).unref();
  }

  #drop(name: string, { stop, timer, uncount }: Poll): void {
    clearTimeout(timer);
    this.#open.delete(name);
    uncount();
    stop.abort();
  }
}

/** From 0 to 1, undefined where DuckDB does not tell. */
function progressOf(connection: DuckConnection | undefined) {
  const percentage = connection?.progress ?? -1;
  return percentage < 0 ? undefined : percentage / 100;
}

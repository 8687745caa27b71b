import { randomUUID } from "node:crypto";
import { Failure } from "../failure.js";

/** A statement that was planned and is to run when its ticket comes. */
export interface PlannedStatement {
  readonly sql: string;
  readonly transaction: Uint8Array | undefined;
  readonly session: string;
}

interface Entry {
  readonly statement: PlannedStatement;
  /** Set while the statement runs. */
  running: AbortController | undefined;
}

/** Tickets that nobody redeems must not fill the memory: beyond this the oldest go. */
const ticketsMax = 10_000;
const textMax = 64 << 20;

/** Handles of planned statements. Each is good for one run, in the session that planned it. */
export class Tickets {
  readonly #entries = new Map<string, Entry>();
  #text = 0;

  add(statement: PlannedStatement): Uint8Array {
    const handle = randomUUID();
    this.#entries.set(handle, { statement, running: undefined });
    this.#text += statement.sql.length;
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= ticketsMax && this.#text <= textMax) break;
      if (entry.running === undefined && oldest !== handle)
        this.#delete(oldest);
    }
    return Buffer.from(handle);
  }

  /**
   * Redeems a handle and runs `work`, with a signal that `cancel` aborts as well.
   * @throws Failure(not_found) for a handle that is used up, unknown, or of another session.
   */
  async redeem(
    handle: Uint8Array,
    session: string,
    signal: AbortSignal,
    work: (statement: PlannedStatement, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const name = Buffer.from(handle).toString("latin1");
    const entry = this.#find(name, session);
    if (entry === undefined || entry.running !== undefined)
      throw new Failure(
        "not_found",
        "the ticket was redeemed already, is too old or belongs to another session; ask for a new one with GetFlightInfo",
      );
    entry.running = new AbortController();
    try {
      await work(
        entry.statement,
        AbortSignal.any([signal, entry.running.signal]),
      );
    } finally {
      this.#delete(name);
    }
  }

  /** Stops a statement that runs, forgets one that waits. @returns false when there is neither */
  cancel(handle: Uint8Array, session: string): boolean {
    const name = Buffer.from(handle).toString("latin1");
    const entry = this.#find(name, session);
    if (entry === undefined) return false;
    if (entry.running === undefined) this.#delete(name);
    else entry.running.abort();
    return true;
  }

  #find(name: string, session: string): Entry | undefined {
    const entry = this.#entries.get(name);
    return entry?.statement.session === session ? entry : undefined;
  }

  #delete(name: string): void {
    this.#text -= this.#entries.get(name)?.statement.sql.length ?? 0;
    this.#entries.delete(name);
  }
}

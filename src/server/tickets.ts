import { randomUUID } from "node:crypto";
import { Failure } from "../failure.js";
import { bytesOf, storedBytesMax } from "./stored-result.js";
import type { StoredResult } from "./stored-result.js";
import type { Statement } from "./statements.js";

/** What a ticket stands for: a query that runs when it is fetched, or rows that are there already. */
export type Redeemable =
  | { readonly kind: "planned"; readonly statement: Statement }
  | {
      readonly kind: "stored";
      readonly result: StoredResult;
      /** Whether it can be fetched again until it expires; else it is gone with the first fetch. */
      readonly expires: boolean;
    };

interface Entry {
  readonly session: string;
  readonly what: Redeemable;
  readonly bytes: number;
  /** Milliseconds since 1970; undefined for what is good for one fetch. */
  expiry: number | undefined;
  hasBeenRead: boolean;
  /** One per fetch that is under way. */
  readonly running: Set<AbortController>;
}

/** Tickets that nobody redeems must not fill the memory: beyond this the oldest go. */
const ticketsMax = 10_000;
const textMax = 64 << 20;

/** How long a stored result can be fetched again, after it was made and after each renewal. */
export const lifeMillis = 300_000;

/** Handles of planned statements and stored results. Each is good in the session that planned it. */
export class Tickets {
  readonly #entries = new Map<string, Entry>();
  #text = 0;
  #stored = 0;
  #sweeper: NodeJS.Timeout | undefined;

  /** @throws Failure(exhausted) when too many results wait to be fetched. */
  add(what: Redeemable, session: string): Uint8Array {
    const handle = randomUUID();
    const isStored = what.kind === "stored";
    const entry: Entry = {
      session,
      what,
      bytes: isStored ? bytesOf(what.result) : what.statement.query.length,
      expiry: isStored && what.expires ? Date.now() + lifeMillis : undefined,
      hasBeenRead: false,
      running: new Set(),
    };
    if (isStored) this.#makeRoom(entry.bytes);
    this.#entries.set(handle, entry);
    this.#count(entry, 1);
    this.#forgetOldest(handle);
    this.#sweep();
    return Buffer.from(handle);
  }

  /**
   * Redeems a handle and runs `work`, with a signal that `cancel` aborts as well.
   * @throws Failure(not_found) for a handle that is used up, expired, unknown, or of another session.
   */
  async redeem(
    handle: Uint8Array,
    session: string,
    signal: AbortSignal,
    work: (what: Redeemable, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const name = nameOf(handle);
    const entry = this.#find(name, session);
    if (
      entry === undefined ||
      (entry.expiry === undefined && entry.running.size > 0)
    )
      throw new Failure(
        "not_found",
        "the ticket was redeemed already, is too old or belongs to another session; ask for a new one with GetFlightInfo",
      );
    const running = new AbortController();
    entry.running.add(running);
    try {
      await work(entry.what, AbortSignal.any([signal, running.signal]));
      entry.hasBeenRead = true;
    } finally {
      entry.running.delete(running);
      if (entry.expiry === undefined) this.#delete(name);
    }
  }

  /** Stops what runs and forgets what waits. @returns false when there is neither */
  cancel(handle: Uint8Array, session: string): boolean {
    const name = nameOf(handle);
    const entry = this.#find(name, session);
    if (entry === undefined) return false;
    for (const running of entry.running) running.abort();
    // What runs for the last time is forgotten when it has stopped.
    if (entry.expiry !== undefined || entry.running.size === 0)
      this.#delete(name);
    return true;
  }

  /** When a result can no longer be fetched; undefined for what is good for one fetch. */
  expiryOf(handle: Uint8Array, session: string): Date | undefined {
    const expiry = this.#find(nameOf(handle), session)?.expiry;
    return expiry === undefined ? undefined : new Date(expiry);
  }

  /**
   * Lets a result live on. @returns the new expiry
   * @throws Failure(not_found) when it has expired, or never does.
   */
  renew(handle: Uint8Array, session: string): Date {
    const entry = this.#find(nameOf(handle), session);
    if (entry?.expiry === undefined)
      throw new Failure(
        "not_found",
        "there is no result to renew behind the endpoint: it has expired, or is good for one fetch whenever that comes",
      );
    // Later than before in any case, as a clock of milliseconds may not have moved.
    entry.expiry = Math.max(Date.now() + lifeMillis, entry.expiry + 1);
    return new Date(entry.expiry);
  }

  close(): void {
    clearTimeout(this.#sweeper);
    this.#entries.clear();
  }

  #find(name: string, session: string): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry?.session !== session) return undefined;
    return (entry.expiry ?? Infinity) > Date.now() ? entry : undefined;
  }

  /** Results that were fetched once already go first. */
  #makeRoom(bytes: number): void {
    this.#forget((entry) => (entry.expiry ?? Infinity) <= Date.now());
    this.#forget(
      (entry) =>
        this.#stored + bytes > storedBytesMax &&
        entry.what.kind === "stored" &&
        entry.hasBeenRead,
    );
    if (this.#stored + bytes > storedBytesMax)
      throw new Failure(
        "exhausted",
        "results of more than 1 GiB wait to be fetched; fetch them first, or cancel them with CancelFlightInfo",
      );
  }

  #forgetOldest(newest: string): void {
    for (const [oldest, { running }] of this.#entries) {
      if (this.#entries.size <= ticketsMax && this.#text <= textMax) break;
      if (running.size === 0 && oldest !== newest) this.#delete(oldest);
    }
  }

  #forget(isGone: (entry: Entry) => boolean): void {
    for (const [name, entry] of this.#entries)
      if (entry.running.size === 0 && isGone(entry)) this.#delete(name);
  }

  #sweep(): void {
    this.#sweeper ??= setTimeout(() => {
      this.#sweeper = undefined;
      this.#forget((entry) => (entry.expiry ?? Infinity) <= Date.now());
      if (this.#entries.size > 0) this.#sweep();
    }, lifeMillis / 10).unref();
  }

  #delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#count(entry, -1);
    this.#entries.delete(name);
  }

  #count({ what, bytes }: Entry, sign: 1 | -1): void {
    if (what.kind === "stored") this.#stored += sign * bytes;
    else this.#text += sign * bytes;
  }
}

function nameOf(handle: Uint8Array): string {
  return Buffer.from(handle).toString("latin1");
}

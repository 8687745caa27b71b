import { randomUUID } from "node:crypto";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import type { Statement } from "./statement.js";
import type { StoredBytes } from "./stored-bytes.js";
import type { StoredResult } from "./stored-result.js";

/** What a ticket stands for: a query that runs when it is fetched, or rows that are there already. */
export type Redeemable =
  | { readonly kind: "planned"; readonly statement: Statement }
  | {
      readonly kind: "stored";
      readonly result: StoredResult;
      /** Of its rows, which are counted as stored already. */
      readonly bytes: number;
      /** Whether it can be fetched again until it expires; else it is gone with the first fetch. */
      readonly expires: boolean;
    };

interface Entry {
  readonly session: string;
  readonly what: Redeemable;
  /** Milliseconds since 1970; undefined for what is good for one fetch. */
  expiry: number | undefined;
  /** When rows that are good for one fetch are forgotten if that never comes; Infinity for all else. */
  readonly patience: number;
  hasBeenRead: boolean;
  /** One per fetch that is under way. */
  readonly running: Set<AbortController>;
}

/** A fetch that is under way. */
export interface Redeeming {
  readonly signal: AbortSignal;
  /** Uses the ticket up. What fails or is cancelled before leaves it good. */
  readonly begin: () => void;
}

/** Tickets that nobody redeems must not fill the memory: beyond this the oldest go. */
const ticketsMax = 10_000;
const textMax = 64 << 20;

/** How long a stored result can be fetched again, after it was made and after each renewal. */
export const lifeMillis = 300_000;

/** How long rows wait for their one fetch. */
const patienceMillis = 2 * lifeMillis;

/** Handles of planned statements and stored results. Each is good in the session that planned it. */
export class Tickets {
  readonly #entries = new Map<string, Entry>();
  readonly #stored: StoredBytes;
  #text = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(stored: StoredBytes) {
    this.#stored = stored;
    stored.onFull((bytes) => {
      this.#makeRoom(bytes);
    });
  }

  add(what: Redeemable, session: string): Uint8Array {
    const handle = randomUUID();
    const now = Date.now();
    const isStored = what.kind === "stored";
    const expires = isStored && what.expires;
    this.#entries.set(handle, {
      session,
      what,
      expiry: expires ? now + lifeMillis : undefined,
      patience: isStored && !expires ? now + patienceMillis : Infinity,
      hasBeenRead: false,
      running: new Set(),
    });
    if (!isStored) this.#text += what.statement.query.length;
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
    { session, signal }: Caller,
    work: (what: Redeemable, redeeming: Redeeming) => Promise<void>,
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
    let hasBegun = false;
    entry.running.add(running);
    try {
      await work(entry.what, {
        signal: AbortSignal.any([signal, running.signal]),
        begin: () => {
          hasBegun = true;
        },
      });
      entry.hasBeenRead = true;
    } finally {
      entry.running.delete(running);
      const isUsedUp = (hasBegun as boolean) && entry.expiry === undefined;
      if (isUsedUp || running.signal.aborted) this.#delete(name);
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
    return isOver(entry) ? undefined : entry;
  }

  /** Results that were fetched once already go first; others stay until their time is up. */
  #makeRoom(bytes: number): void {
    let lacking = bytes;
    const forget = (isGone: (entry: Entry) => boolean) => {
      for (const [name, entry] of this.#entries)
        if (lacking > 0 && entry.what.kind === "stored" && isGone(entry))
          if (entry.running.size === 0) {
            this.#delete(name);
            lacking -= entry.what.bytes;
          }
    };
    forget(isOver);
    forget(({ hasBeenRead }) => hasBeenRead);
  }

  #forgetOldest(newest: string): void {
    for (const [oldest, { running }] of this.#entries) {
      if (this.#entries.size <= ticketsMax && this.#text <= textMax) break;
      if (running.size === 0 && oldest !== newest) this.#delete(oldest);
    }
  }

  #sweep(): void {
    this.#sweeper ??= setTimeout(() => {
      this.#sweeper = undefined;
      for (const [name, entry] of this.#entries)
        if (entry.running.size === 0 && isOver(entry)) this.#delete(name);
      if (this.#entries.size > 0) this.#sweep();
    }, lifeMillis / 10).unref();
  }

  #delete(name: string): void {
    const what = this.#entries.get(name)?.what;
    if (what === undefined) return;
    if (what.kind === "stored") this.#stored.give(what.bytes);
    else this.#text -= what.statement.query.length;
    this.#entries.delete(name);
  }
}

function isOver({ expiry = Infinity, patience }: Entry): boolean {
  return Math.min(expiry, patience) <= Date.now();
}

function nameOf(handle: Uint8Array): string {
  return Buffer.from(handle).toString("latin1");
}

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Failure } from "../failure.js";
import type { Database } from "./database.js";
import { Lane } from "./lane.js";
import type { Turn } from "./lane.js";

/** The cookie that Flight suggests for sessions (docs/source/format/Flight.rst of apache/arrow). */
export const sessionCookie = "arrow_flight_session_id";

/** Which session a call belongs to. */
export interface SessionId {
  readonly id: string;
  /** Whether the client will come back with it: it came with the cookie, or logged in for a session of its own. */
  readonly isKept: boolean;
}

interface Session {
  readonly lane: Lane;
  timer: NodeJS.Timeout;
}

const idBytes = 16;

/**
 * Sessions of clients: a connection that lasts, so that settings and temporary tables do. One begins when it is
 * needed: when options are set, or a temporary table is made. Its calls run one after another; those of clients
 * without one run side by side, each on a connection of its own.
 */
export class Sessions {
  readonly #database: Database;
  readonly #idleSeconds: number;
  readonly #warn: (text: string) => void;
  readonly #key = randomBytes(32);
  readonly #open = new Map<string, Promise<Session>>();

  constructor(
    database: Database,
    idleSeconds: number,
    warn: (text: string) => void,
  ) {
    this.#database = database;
    this.#idleSeconds = idleSeconds;
    this.#warn = warn;
  }

  /**
   * The session that a cookie names. It is good for the owner that it was given to only.
   * @param cookies values of the header `cookie`.
   * @param owner who calls.
   */
  named(cookies: readonly string[], owner: string): string | undefined {
    for (const pair of cookies.flatMap((header) => header.split(";"))) {
      const [name, value = ""] = pair.trim().split("=", 2);
      if (name !== sessionCookie) continue;
      const [id = "", signature = ""] = value.split(".", 2);
      if (isSame(signature, this.#sign(id, owner))) return id;
    }
    return undefined;
  }

  /** A session for a client that has none, and the header `set-cookie` that tells it. */
  offer(owner: string): { readonly id: string; readonly setCookie: string } {
    const id = randomBytes(idBytes).toString("base64url");
    return {
      id,
      setCookie: `${sessionCookie}=${id}.${this.#sign(id, owner)}; Path=/; HttpOnly`,
    };
  }

  isOpen({ id }: SessionId): boolean {
    return this.#open.has(id);
  }

  /** Runs work on the session's connection; the session begins with it if it has not. */
  async use<T>(
    { id }: SessionId,
    readOnly: boolean,
    work: (turn: Turn) => Promise<T>,
  ): Promise<T> {
    let opening = this.#open.get(id);
    if (opening === undefined) {
      opening = this.#begin(id, readOnly);
      this.#open.set(id, opening);
      // A session that could not begin is none.
      opening.catch(() => this.#open.delete(id));
    }
    const session = await opening;
    clearTimeout(session.timer);
    try {
      return await session.lane.run((turn) =>
        readOnly ? reading(turn, work) : work(turn),
      );
    } finally {
      if (!session.lane.isBusy && this.#open.has(id))
        session.timer = this.#startTimer(id);
    }
  }

  /** Ends a session behind the calls that it has; no session is no mistake. */
  async end({ id }: SessionId): Promise<void> {
    const opening = this.#open.get(id);
    this.#open.delete(id);
    if (opening === undefined) return;
    const { lane, timer } = await opening;
    clearTimeout(timer);
    await lane.close();
  }

  async close(): Promise<void> {
    const ids = [...this.#open.keys()];
    await Promise.all(ids.map((id) => this.end({ id, isKept: true })));
  }

  async #begin(id: string, readOnly: boolean): Promise<Session> {
    const connection = await this.#database.connect(readOnly);
    return { lane: new Lane(connection), timer: this.#startTimer(id) };
  }

  #startTimer(id: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#warn(
        `a session was closed after ${String(this.#idleSeconds)} s without use, with its settings and temporary tables`,
      );
      void this.end({ id, isKept: true });
    }, this.#idleSeconds * 1000).unref();
  }

  #sign(id: string, owner: string): string {
    return createHmac("sha256", this.#key)
      .update(JSON.stringify([id, owner]))
      .digest("base64url");
  }
}

/** Works in a transaction that DuckDB lets write nothing; what only the session has may change. */
async function reading<T>(
  turn: Turn,
  work: (turn: Turn) => Promise<T>,
): Promise<T> {
  const { connection } = turn;
  await connection.run("BEGIN TRANSACTION READ ONLY");
  try {
    return await work(turn);
  } finally {
    // A transaction that an error has aborted cannot be committed.
    await connection.run("COMMIT").catch(() => connection.run("ROLLBACK"));
  }
}

/** Where state is to last: a client that does not keep its session would never find it again. */
export function lasting(session: SessionId, what: string): SessionId {
  if (session.isKept) return session;
  throw new Failure(
    "invalid_input",
    `${what} lasts as long as its session, and the client has none: keep the cookie ${sessionCookie} that the server sends, log in with Handshake, or use a transaction`,
  );
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

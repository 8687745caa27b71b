import type { DuckConnection } from "./duckdb/connection.js";

/** A connection for as long as a call has it. */
export interface Turn {
  readonly connection: DuckConnection;
  /** Aborts when another call waits for the connection. */
  readonly wanted: AbortSignal;
}

/** A connection that several calls share: they have it one after another, in the order in which they came. */
export class Lane {
  readonly #connection: DuckConnection;
  #queue = Promise.resolve();
  #users = 0;
  #wanted = new AbortController();

  constructor(connection: DuckConnection) {
    this.#connection = connection;
  }

  /** Whether a call has the connection or waits for it. */
  get isBusy(): boolean {
    return this.#users > 0;
  }

  async run<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => {
      this.#wanted = new AbortController();
      if (this.#users > 1) this.#wanted.abort();
      return work({
        connection: this.#connection,
        wanted: this.#wanted.signal,
      });
    });
    this.#queue = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#users++;
    if (this.#users > 1) this.#wanted.abort();
    try {
      return await turn;
    } finally {
      this.#users--;
    }
  }

  /** Closes the connection behind the calls that have it or wait for it; what is open in it is rolled back. */
  async close(): Promise<void> {
    await this.run(({ connection }) => {
      connection.close();
      return Promise.resolve();
    });
  }
}

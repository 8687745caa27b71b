import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";

/** How long a statement may run, its result being read included. */
export class QueryTimeout {
  /** 0 is no limit. */
  readonly seconds: number;

  constructor(seconds = 0) {
    this.seconds = seconds;
  }

  /**
   * Works for a caller whose signal aborts when the time is up as well.
   * @throws Failure(timeout) in place of whatever the work fails with then.
   */
  async run<T>(
    caller: Caller,
    work: (limited: Caller) => Promise<T>,
  ): Promise<T> {
    if (this.seconds === 0) return work(caller);
    const over = new AbortController();
    const timer = setTimeout(() => {
      over.abort();
    }, this.seconds * 1000);
    const signal = AbortSignal.any([caller.signal, over.signal]);
    try {
      return await work({ ...caller, signal });
    } catch (error) {
      if (!over.signal.aborted || caller.signal.aborted) throw error;
      throw new Failure(
        "timeout",
        `the statement was stopped after ${String(this.seconds)} s, the time that the server gives to one, its result being read included (--query-timeout)`,
        { cause: error },
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

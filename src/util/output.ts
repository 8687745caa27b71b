import { fstatSync } from "node:fs";
import type { Socket } from "node:net";

import { PipeClosed, writeOut } from "./stdio.js";

/** Stdout, written in order and at the reader's pace. */
export interface Output {
  /**
   * Undefined when all of it was written, else a promise of that moment; until then `bytes` must stay as they are.
   * @throws PipeClosed, also for what was written before.
   */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Resolves when nothing waits. @throws PipeClosed */
  flush(): Promise<void>;
}

/** Writes that block this process until they are done: for little output, and for files. */
export const blockingOutput: Output = {
  write(bytes) {
    writeOut(bytes);
    return undefined;
  },
  flush: () => Promise.resolve(),
};

/**
 * Stdout for much output: a reader that pauses stops the caller, but neither signals nor the network, so that
 * this process can be stopped and its servers do not take it for dead.
 */
export async function openOutput(): Promise<Output> {
  const descriptor = 1;
  const kind = fstatSync(descriptor);
  if (!kind.isFIFO() && !kind.isSocket()) return blockingOutput;
  const { Socket } = await import("node:net");
  return new PipeOutput(
    new Socket({ fd: descriptor, readable: false, writable: true }),
  );
}

/** System errors (errno(3)) that say that there is no reader any more. */
const closedCodes: readonly unknown[] = ["EPIPE", "ECONNRESET"];

class PipeOutput implements Output {
  readonly #pipe: Socket;
  #failure: Error | undefined;
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(pipe: Socket) {
    this.#pipe = pipe;
    pipe.on("error", this.#fail);
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    // What the pipe has room for is written before `write` returns.
    this.#pipe.write(bytes, this.#written);
    if (this.#pipe.errored !== null) throw this.#fail(this.#pipe.errored);
    return this.#pipe.writableLength === 0 ? undefined : this.flush();
  }

  flush(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#pipe.writableLength === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  readonly #written = (error?: Error | null): void => {
    if (error instanceof Error) this.#fail(error);
    else if (this.#pipe.writableLength === 0)
      for (const { resolve } of this.#waiting.splice(0)) resolve();
  };

  readonly #fail = (error: Error): Error => {
    const code = "code" in error ? error.code : undefined;
    this.#failure ??= closedCodes.includes(code) ? new PipeClosed() : error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    return this.#failure;
  };
}

import { Failure } from "./failure.js";
import type { LogLevel } from "./message.js";

/**
 * What SIGINT and SIGTERM do: the first lets a command come to a good end, the second ends this process where it
 * stands.
 */
export class Interruption {
  readonly #abort = new AbortController();
  readonly #stop = new AbortController();
  #signal: NodeJS.Signals | undefined;

  /** Ends a command at once. */
  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  /** Lets a command come to a good end. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** The signal that interrupted a command. */
  get signal(): NodeJS.Signals | undefined {
    return this.#signal;
  }

  /** Heeds signals from here on, as the command wants it. */
  listen(command: string, log: (level: LogLevel, text: string) => void): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.on(signal, () => {
        if (this.stop.aborted) {
          this.#signal = signal;
          log("warn", `${signal} again: stopping now`);
          this.exit(1);
        }
        this.#stop.abort();
        // A signal is how a server is meant to end; any other command was interrupted.
        if (command === "serve") return;
        this.#signal = signal;
        log("warn", `${signal}: stopping; once more stops at once`);
        // What came is still loaded.
        if (command !== "write")
          this.#abort.abort(new Failure("cancelled", `stopped by ${signal}`));
      });
  }

  /** Ends this process: by the signal that interrupted it, else with the code. */
  exit(exitCode: number): void {
    // Whoever waits for us is to see the signal: 128 + n in a shell, the signal itself in a parent.
    if (this.#signal !== undefined) {
      process.removeAllListeners(this.#signal);
      process.kill(process.pid, this.#signal);
    }
    // Everything was written; nothing that is still open may keep us.
    process.exit(exitCode);
  }
}

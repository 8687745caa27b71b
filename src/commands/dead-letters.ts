import { isUtf8 } from "node:buffer";
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";

import type { Context } from "../engine.js";
import { Failure } from "../failure.js";
import type { InvalidLine } from "../message.js";

/** Lines that could not be loaded, kept in a file with what is wrong with them. */
export class DeadLetters {
  readonly #path: string;
  readonly #log: Context["log"];
  readonly #descriptor: number;
  #count = 0;
  #isDurable = true;

  /**
   * @param path a file of JSON lines, for its owner only; new lines go behind those that it has.
   * @throws Failure(invalid_config) when it cannot be written.
   */
  constructor(path: string, log: Context["log"]) {
    this.#path = path;
    this.#log = log;
    try {
      this.#descriptor = openSync(path, "a", 0o600);
      fchmodSync(this.#descriptor, 0o600);
    } catch (error) {
      throw new Failure(
        "invalid_config",
        `${Failure.from(error).message} (dead_letter_path)`,
        { cause: error },
      );
    }
  }

  add(letter: InvalidLine): void {
    if (this.#count === 0)
      this.#log(
        "warn",
        `set aside in ${this.#path}, as are others like it: ${letter.failure.message}`,
      );
    this.#count += 1;
    this.#isDurable = false;
    const bytes = Buffer.from(`${JSON.stringify(entryOf(letter))}\n`);
    for (let at = 0; at < bytes.length;)
      at += this.#tried(() => writeSync(this.#descriptor, bytes, at));
  }

  /** Makes what was set aside durable, as a state may be told only then. */
  sync(): void {
    if (this.#isDurable) return;
    this.#tried(() => {
      fsyncSync(this.#descriptor);
    });
    this.#isDurable = true;
  }

  /** Leaves no empty file. @returns what a run has to tell that set lines aside. */
  close(): Failure | undefined {
    this.sync();
    const isEmpty = fstatSync(this.#descriptor).size === 0;
    closeSync(this.#descriptor);
    if (isEmpty) rmSync(this.#path);
    if (this.#count === 0) return undefined;
    const lines = this.#count === 1 ? "line was" : "lines were";
    return new Failure(
      "dead_letters",
      `${String(this.#count)} ${lines} not loaded; see ${this.#path} for them and what is wrong with each`,
    );
  }

  #tried<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      throw new Failure(
        "exhausted",
        `${Failure.from(error).message} (writing ${this.#path})`,
        { cause: error },
      );
    }
  }
}

function entryOf({ stream, line, offset, bytes, failure }: InvalidLine) {
  const { code, message: reason } = failure;
  const entry = { time: new Date().toISOString(), stream, line, offset, code };
  const text = Buffer.from(bytes);
  return isUtf8(bytes)
    ? { ...entry, reason, text: text.toString() }
    : { ...entry, reason, base64: text.toString("base64") };
}

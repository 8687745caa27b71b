import type { Role } from "../../src/engine.js";
import type { Settings } from "../quirks/quirks.js";
import type { End } from "./program.js";
import type { Subject } from "./subject.js";

/**
 * What makes a subject wrong on purpose: something between a real program and the suite. Each check has to
 * find the fault of its twins.
 */
export interface Fault {
  /** Which program has it. */
  readonly role: Role;
  /** JavaScript that runs in the program's process before the program does. */
  readonly preload?: string;
  readonly arguments?: (given: readonly string[]) => readonly string[];
  readonly settings?: (given: Settings) => Settings;
  readonly catalog?: (given: string) => string;
  /** Happens before each start of the program. */
  readonly before?: (subject: Subject) => Promise<void>;
  readonly output?: (lines: AsyncIterable<string>) => AsyncGenerator<string>;
  /** What reaches the program of a line of its input, and what it seems to say at once. */
  readonly input?: (line: string) => {
    readonly forward: readonly string[];
    readonly answer: readonly string[];
  };
  readonly end?: (real: End) => End;
  readonly signal?: (given: NodeJS.Signals) => NodeJS.Signals;
}

type Lines = AsyncIterable<string>;

/** Output in which each line is another one, several or none. */
export function changed(
  change: (line: string) => readonly string[] | string,
): (lines: Lines) => AsyncGenerator<string> {
  return async function* (lines) {
    for await (const line of lines) {
      const result = change(line);
      if (typeof result === "string") yield result;
      else yield* result;
    }
  };
}

/** Output without the last line of a kind. */
export function withoutLast(
  isIt: (line: string) => boolean,
): (lines: Lines) => AsyncGenerator<string> {
  return async function* (lines) {
    // Holds back the newest such line with all that follows it.
    let held: string[] = [];
    for await (const line of lines)
      if (isIt(line)) {
        yield* held;
        held = [line];
      } else if (held.length > 0) held.push(line);
      else yield line;
    yield* held.slice(1);
  };
}

/** Output in which a line of a kind stands one line early. */
export function tooEarly(
  isIt: (line: string) => boolean,
): (lines: Lines) => AsyncGenerator<string> {
  return async function* (lines) {
    let before: string | undefined;
    for await (const line of lines) {
      if (isIt(line)) yield line;
      else {
        if (before !== undefined) yield before;
        before = line;
      }
    }
    if (before !== undefined) yield before;
  };
}

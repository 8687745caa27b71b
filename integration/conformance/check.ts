import type { Fault } from "./fault.js";
import type { Subject } from "./subject.js";

/** Something that every connector of every engine does in every protocol. */
export interface Check {
  /** As a sentence about the connector. */
  readonly name: string;
  /** @throws AssertionError when the subject does not do it. */
  run(subject: Subject): Promise<void>;
  /** Subjects that do it wrong: the check has to fail for each, for the reason given. */
  readonly twins: readonly Twin[];
}

export interface Twin {
  /** What the broken subject does, as the end of a sentence. */
  readonly does: string;
  readonly fault: (subject: Subject) => Fault;
  /** Matches the message of the assertion that has to fail, so that no other one can take its place. */
  readonly because: RegExp;
}

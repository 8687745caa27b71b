import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";

/** Parameters of a statement; it runs once per row. */
export interface Parameters {
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

/** SQL text, one statement or several, and where it is to run. */
export interface Statement {
  readonly query: string;
  readonly transactionId: Uint8Array | undefined;
  readonly parameters?: Parameters | undefined;
}

/** What can be told of a statement before it runs; nothing of several statements. */
export interface Description {
  /** Undefined where it depends on the types of the parameters. */
  readonly schema: Schema | undefined;
  readonly parameters: Schema;
  /** Whether it is there for what it does rather than for its rows. */
  readonly isUpdate: boolean;
  /** Whether it does nothing but give rows, so that it may run when they are fetched. */
  readonly isQuery: boolean;
}

/** How often a statement runs: without parameters once. */
export function runsOf({ parameters }: Statement): number {
  if (parameters === undefined) return 1;
  return parameters.batches.reduce((sum, { length }) => sum + length, 0);
}

/**
 * What a statement does that its connection would take away with it, as errors name it: settings that are not
 * for the whole database, what is prepared in SQL, and what is temporary. Undefined for all else.
 */
export function sessionEffect({ query }: Statement): string | undefined {
  const word = ofSession.exec(query)?.[1];
  return word === undefined ? undefined : `what ${word.toUpperCase()} does`;
}

/** How such statements begin. Comments may stand in front. */
const ofSession =
  /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(set(?!\s+global\b)|reset(?!\s+global\b)|use|prepare|create\s+(?:or\s+replace\s+)?temp(?:orary)?)\b/i;

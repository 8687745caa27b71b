import type { WriteMode } from "../../../src/catalog.js";
import type { Role } from "../../../src/engine.js";
import type { Settings } from "../../quirks/quirks.js";
import type { Finished } from "../program.js";

/** A table that a source shall read; incremental when it has a cursor. */
export interface Choice {
  readonly table: string;
  readonly cursor?: string;
}

/** What a line of a source says. Tables go by their bare names, values by their JSON text. */
export type Said =
  | {
      readonly type: "record";
      readonly table: string;
      readonly values: ReadonlyMap<string, string>;
    }
  | {
      readonly type: "state";
      /** Table → last cursor value without quotes, or that it was read whole. */
      readonly cursors: ReadonlyMap<string, string>;
      readonly complete: readonly string[];
    }
  | { readonly type: "other" };

/** A load by messages that the suite writes itself. */
export interface LoadPlan {
  readonly namespace: string;
  readonly table: string;
  readonly columns: Readonly<Record<string, "integer" | "string">>;
  readonly key: readonly string[];
  /** As the protocol spells it: one of `modes`, or a foreign one. */
  readonly mode: string;
}

export interface LoadLines {
  readonly settings: Settings;
  /** Text of the destination's catalog file, in protocols that have one. */
  readonly catalog: string | undefined;
  /** What comes before the first record. */
  readonly open: readonly string[];
  record(values: Readonly<Record<string, unknown>>): string;
  /** A state that carries a number. */
  state(number: number): string;
  /** The table is whole; behind it comes a last state. */
  complete(number: number): readonly string[];
}

/**
 * A wire format as an outsider knows it: written from the protocols' documents and sharing no code with
 * src/protocols, so that a fault there cannot hide here.
 */
export interface Format {
  readonly name: "singer" | "airbyte";
  /** First part of the bins' names. */
  readonly bins: Readonly<Record<Role, string>>;
  /** JSON Schema file of the lines, in specs/. */
  readonly lineSchema: string;
  /** What stands behind a time without an offset. */
  readonly naiveSuffix: string;
  /** How modes are called. */
  readonly modes: Readonly<Record<WriteMode, string>>;
  /** Modes that the protocol or its tools know, and that this program does not have. */
  readonly foreignModes: readonly string[];
  readonly spec: readonly string[];
  /** JSON Schema of the settings, from the output of `spec`. */
  settingsSchema(output: string): unknown;
  /** Modes that the output of a destination's `spec` claims. */
  claimedModes(output: string): readonly string[];
  check(config: string): readonly string[];
  /** Whether the connection works, and what is said when it does not. */
  checked(finished: Finished): {
    readonly isGood: boolean;
    readonly message: string;
  };
  /** What a failed check exits with, when the credentials are wrong or the server is down. */
  readonly failedCheckExits: readonly number[];
  discover(config: string): readonly string[];
  /** Names of the tables of a schema in the output of `discover`. */
  tablesOf(output: string, namespace: string): readonly string[];
  /** Text of the catalog file that chooses tables, from the output of `discover`. */
  selected(
    output: string,
    namespace: string,
    choices: readonly Choice[],
  ): string;
  read(
    config: string,
    catalog: string,
    state: string | undefined,
  ): readonly string[];
  said(line: string): Said;
  /** Text of the state file that the next run of a source gets. */
  stateOf(lines: readonly string[]): string;
  write(config: string, catalog: string | undefined): readonly string[];
  /** The load of what a source says: with the catalog that it was read by. */
  forward(
    catalog: string,
    mode: WriteMode,
  ): { readonly settings: Settings; readonly catalog: string | undefined };
  load(plan: LoadPlan): LoadLines;
  /** The number of a state that a destination gave back; undefined for other lines. */
  givenBack(line: string): number | undefined;
  /** What a destination says when it gives back a state of its input; undefined for other lines. */
  echo(line: string): string | undefined;
}

/** Whether a line is a message of a type. */
export function isOfType(type: "RECORD" | "STATE") {
  const text = `{"type":"${type}"`;
  return (line: string): boolean => line.startsWith(text);
}

import type { Batch } from "./arrow/batch.js";
import type { Schema } from "./arrow/schema.js";
import type {
  SelectedStream,
  Stream,
  TableName,
  TargetStream,
  WriteMode,
} from "./catalog.js";
import type { Failure } from "./failure.js";
import type { LogLevel } from "./message.js";
import type { StreamState } from "./state.js";

export type Role = "source" | "destination";

/** Settings after ajv has checked them against the engine's schema and filled in the defaults. */
export type Config = Readonly<Record<string, unknown>>;

export interface Capabilities {
  readonly writeModes: readonly WriteMode[];
  /** A reader sees a load whole or not at all. */
  readonly atomicWrites: boolean;
}

/** What the outside hands to an engine. */
export interface Context {
  /** Aborts every open call. */
  readonly signal: AbortSignal;
  readonly log: (level: LogLevel, text: string) => void;
}

/** What one step of an examination found. */
export interface Finding {
  /** "DNS", "TCP", … */
  readonly step: string;
  readonly status: "ok" | "failed" | "skipped";
  /** What is there, what went wrong, or why it was not looked at. */
  readonly detail: string;
  /** What to change. */
  readonly hint?: string | undefined;
  readonly milliseconds: number;
  readonly failure?: Failure | undefined;
}

/** A database product that can be reached. */
export interface Engine {
  /** `--engine` value, key `engine` of the config, file name. */
  readonly name: string;
  /** URL schemes that choose this engine, without the colon. */
  readonly schemes: readonly string[];
  /** JSON Schema of the settings: printed by `spec`, enforced before every other command. */
  configSchema(role: Role): object;
  readonly capabilities: Capabilities;
  /** Examines a connection step by step, and leaves nothing behind. Never throws what a step failed with. */
  explain?(
    config: Config,
    role: Role,
    context: Context,
  ): AsyncIterable<Finding>;
  /** @throws Failure(invalid_config | unauthenticated | unavailable | …) */
  connect(config: Config, context: Context): Promise<Connection>;
}

/** An open session. Every call ends with a Failure when the context's signal aborts. */
export interface Connection extends AsyncDisposable {
  /** Tables and views, all or those asked for. A name that is not there is simply not yielded. */
  streams(only?: readonly TableName[]): AsyncIterable<Stream>;
  plan(
    stream: SelectedStream,
    reflected: Stream,
    since: StreamState | undefined,
    options: CursorOptions,
  ): Promise<Plan>;
  /** Batches of one partition; all have the plan's columns, in its order. */
  read(partition: Partition, signal: AbortSignal): AsyncIterable<Batch>;
  write(stream: TargetStream, mode: WriteMode): Promise<TableWriter>;
}

/** How an incremental stream is read along its cursor. */
export interface CursorOptions {
  /** Where a stream begins that has no state: the exact text of a value of the cursor, or a time for columns that hold times. */
  readonly start?:
    { readonly value: string } | { readonly date: string } | undefined;
  /** By how much the last value is lowered: seconds of times, days of dates, units of numbers. */
  readonly lag: number;
  /** Rows at the last value are not read again. */
  readonly exclusive: boolean;
  /** Rows are wanted in the order of the cursor, those without a value first, where the engine can do that. */
  readonly ordered: boolean;
}

/** What will be read of one stream. Bounds are frozen here: rows that come later belong to the next run. */
export interface Plan {
  readonly schema: Schema;
  /** Independently readable; empty when there is nothing to read. */
  readonly partitions: readonly Partition[];
  /** The given state, where the stream goes on from it. */
  readonly since?: StreamState | undefined;
  /** Whether the rows come in the order of the cursor, those without a value first. @default false */
  readonly ordered?: boolean;
  /** The state that is true once every partition was read; undefined for a full table or one without cursor values. */
  readonly state: StreamState | undefined;
  /** Why the given state could not be used and the stream starts anew. */
  readonly reset?: string | undefined;
}

/** A piece of one stream: a Flight endpoint, a key range. Only the connection that made it looks inside. */
export interface Partition {
  /** For messages: "endpoint 2 of 4". */
  readonly label: string;
}

/**
 * Loads one stream. append → … → flush → … → close; every call in order. A failed call leaves the table as
 * the last flush left it, and the writer takes no more.
 */
/** Rows of earlier versions of a stream: the source has them no more. */
export interface OlderRows {
  /** Rows with a smaller version in this column; those without one are left alone. */
  readonly versionColumn: string;
  readonly version: bigint;
  /** What is done to them: they are deleted, or marked by a time where they are not yet. */
  readonly action:
    | { readonly type: "delete" }
    | {
        readonly type: "mark";
        /** A timestamp in UTC. */
        readonly column: string;
        /** Milliseconds since the epoch. */
        readonly at: number;
      };
}

export interface TableWriter {
  /**
   * Takes a batch, and with it the memory that it has to itself (`Batch.memory`): it must not be read any more. Resolves
   * when more can be taken. Nothing of it is durable yet.
   */
  append(batch: Batch): Promise<void>;
  /** Adds columns or widens them as the new schema asks, after a flush. */
  alter(stream: TargetStream): Promise<void>;
  /** Everything appended so far is durable when it resolves, and for append and upsert also visible. */
  flush(): Promise<void>;
  /** Flushes, and deletes or marks rows of the table. An overwrite leaves it to its swap. */
  retire(older: OlderRows): Promise<void>;
  /** Flushes and, for overwrite, swaps the staged rows in. */
  commit(): Promise<void>;
  /** Gives up what is not flushed; for overwrite the old table stays. */
  abort(): Promise<void>;
}

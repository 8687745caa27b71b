import type { Batch } from "./arrow/batch.js";
import type { Schema } from "./arrow/schema.js";
import type { SelectedStream, Stream, TargetStream } from "./catalog.js";
import type { OlderRows, Role } from "./engine.js";
import type { Failure } from "./failure.js";
import type { StreamState } from "./state.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Files that hold rows of one stream. */
export interface RowFiles {
  /**
   * jsonl is a JSON object a line, without anything around it; arrow the IPC file format. A batch of a file has
   * columns of the stream's names, in any order.
   */
  readonly format: "jsonl" | "parquet" | "arrow";
  /** Of a jsonl file as a whole; Parquet and Arrow files say themselves how they are compressed. */
  readonly compression: "none" | "gzip";
  /** Absolute paths. */
  readonly paths: readonly string[];
}

/** Everything that a command can say. Which of these have a line of their own is the protocol's business. */
export type Message =
  | {
      readonly type: "spec";
      readonly role: Role;
      readonly configSchema: object;
    }
  | { readonly type: "connection_status"; readonly failure?: Failure }
  | { readonly type: "catalog"; readonly streams: readonly Stream[] }
  | StreamStatusMessage
  /** Columns and key of the batches that follow; comes before the first batch of its stream. */
  | {
      readonly type: "schema";
      readonly stream: SelectedStream;
      readonly schema: Schema;
      readonly primaryKey: readonly string[];
    }
  | {
      readonly type: "batch";
      readonly stream: SelectedStream;
      readonly batch: Batch;
    }
  /** Rows that were written to files instead of being said in batches. */
  | {
      readonly type: "files";
      readonly stream: SelectedStream;
      readonly files: RowFiles;
      readonly rows: number;
    }
  /** Every row of the stream up to this state was said before it. `state` is undefined when the stream keeps none. */
  | {
      readonly type: "state";
      readonly stream: SelectedStream;
      readonly state: StreamState | undefined;
      /** The stream is read whole: nothing of it follows in this run. */
      readonly complete: boolean;
    }
  /** A state of the input, given back because every row before it is durable. */
  | { readonly type: "committed"; readonly state: InputState }
  | { readonly type: "log"; readonly level: LogLevel; readonly text: string }
  | { readonly type: "failure"; readonly failure: Failure };

export interface StreamStatusMessage {
  readonly type: "stream_status";
  readonly stream: SelectedStream;
  readonly status: "started" | "complete" | "incomplete";
}

/** A state as it stood in the input, so that nothing of it is lost. */
export interface InputState {
  /** Id of the stream it speaks of; undefined when it covers all. */
  readonly stream: string | undefined;
  /** JSON text of the value, byte for byte. */
  readonly json: string;
  /** Rows of `stream` (of all, when undefined) since the state before it. */
  readonly records: number;
  /** Lines of `stream` that were set aside since then. */
  readonly rejected: number;
}

/** A line that cannot be loaded and was set aside. */
export interface InvalidLine {
  /** Undefined when the line does not tell. */
  readonly stream: string | undefined;
  /** Of the input, from 1. */
  readonly line: number;
  /** Where it begins in the input, in bytes. */
  readonly offset: number;
  /** As it came, without the line feed. */
  readonly bytes: Uint8Array;
  /** What is wrong with it. */
  readonly failure: Failure;
}

/** How rows of files become rows of their stream. */
export interface FileRows {
  /** The columns that files bring, canonical. They may have other types there: then they are read as JSON. */
  readonly schema: Schema;
  /**
   * Batches of rows that stand as JSON objects, one a line; an empty chunk stands for the end.
   * @param name of the file, for errors
   */
  readonly parse: (name: string) => (chunk: Uint8Array) => Iterable<Input>;
  /** Adds the columns that no file has. */
  readonly complete: (batch: Batch) => Batch;
}

/**
 * Everything that the input of `write` can say. A state comes only after every row before it was given out
 * in a batch; rows behind it may have come already.
 */
export type Input =
  | { readonly type: "schema"; readonly stream: TargetStream }
  | { readonly type: "batch"; readonly stream: string; readonly batch: Batch }
  | {
      readonly type: "files";
      readonly stream: string;
      readonly files: RowFiles;
      readonly rows: FileRows;
    }
  | { readonly type: "state"; readonly state: InputState }
  /** The producer said that a stream is whole, or that it is not. Taken back by a later batch of the stream. */
  | {
      readonly type: "stream_status";
      readonly stream: string;
      readonly status: "complete" | "incomplete";
    }
  /** What came before of the stream is its newest version; rows of earlier ones are to go. */
  | {
      readonly type: "older_rows";
      readonly stream: string;
      readonly older: OlderRows;
    }
  | { readonly type: "invalid"; readonly line: InvalidLine };

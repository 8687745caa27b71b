import type { Schema } from "./arrow/schema.js";
import { Globs } from "./util/glob.js";

/** Where a table lies. Parts that the database does not have are undefined. */
export interface TableName {
  readonly catalog?: string | undefined;
  /** The database schema: Airbyte's namespace, the first part of a Singer stream id. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** A table or view as reflection found it. */
export interface Stream extends TableName {
  readonly schema: Schema;
  /** Column names in key order; empty when there is no key. */
  readonly primaryKey: readonly string[];
  readonly isView: boolean;
  /** What the database's people say of the table. */
  readonly comment?: string;
}

/** What the user chose to read of one stream. */
export interface SelectedStream extends TableName {
  /** The stream's name in the user's catalog, state and messages. */
  readonly id: string;
  /** The stream's name in messages, where it is to be another. Singer only. */
  readonly alias?: string | undefined;
  /** Selected columns in catalog order; undefined selects all. */
  readonly columns: readonly string[] | undefined;
  readonly syncMode: "full_table" | "incremental";
  /** Required when incremental. */
  readonly cursorField?: string | undefined;
  /** Overrides the reflected key when it is not undefined. */
  readonly primaryKey?: readonly string[] | undefined;
}

export type ReplicationMethod = "FULL_TABLE" | "INCREMENTAL";

/** What the settings say of single streams, over their catalog and over what holds for all. */
export interface StreamOptions {
  readonly key_properties?: readonly string[];
  readonly replication_method?: ReplicationMethod;
  readonly replication_key?: string;
  readonly start_value?: string;
  readonly lag?: number;
  readonly boundary?: "dedupe" | "inclusive" | "exclusive";
}

/** Options by globs of stream ids, and what of them holds for one stream: of two that say something the later. */
export class StreamOptionsByGlob<Options extends object> {
  readonly #all: readonly (readonly [Globs, Options])[];

  constructor(all: Readonly<Record<string, Options>> = {}) {
    this.#all = Object.entries(all).map(([glob, options]) => [
      new Globs([glob]),
      options,
    ]);
  }

  of(id: string): Partial<Options> {
    return this.#all
      .filter(([globs]) => globs.match(id))
      .reduce<Partial<Options>>(
        (earlier, [, later]) => ({ ...earlier, ...later }),
        {},
      );
  }
}

/** How rows are put into a table. Append adds, upsert merges by key, overwrite replaces whole. */
export type WriteMode = "append" | "upsert" | "overwrite";

/** What is to be loaded: one table with its columns and keys. */
export interface TargetStream extends TableName {
  readonly id: string;
  readonly schema: Schema;
  readonly primaryKey: readonly string[];
  /** Columns besides the key that every record has to bring. @default none */
  readonly required?: readonly string[];
  /** Undefined leaves the choice to the setting `load_method`. */
  readonly mode?: WriteMode | undefined;
}

/** The table as people write it: `catalog.namespace.name`, unquoted. */
export function displayName(table: TableName): string {
  return [table.catalog, table.namespace, table.name]
    .filter((part) => part !== undefined && part !== "")
    .join(".");
}

import type { WriteMode } from "../../src/catalog.js";

/** Settings as they stand in a config file. */
export type Settings = Readonly<Record<string, unknown>>;

/** A row of a result, every value as text. */
export type TextRow = readonly (string | undefined)[];

/** A column of the table that holds every type of the engine. */
export interface ColumnFact {
  readonly name: string;
  /** Type as the engine's DDL writes it. */
  readonly type: string;
  /** Type that the column has in the destination when it is another one. @default `type` */
  readonly loadedType?: string;
  /**
   * Values as SQL, each with the JSON text that a record must have for it. `{naive}` stands for what a
   * protocol writes behind a wall clock time.
   */
  readonly values: readonly (readonly [sql: string, json: string])[];
  /** What NULL becomes where the type has none in Arrow: its JSON, and the text that it is loaded as. */
  readonly missing?: { readonly json: string; readonly text: string };
}

/** A column of a table with many rows, computed from the row number `n`. */
interface GeneratedColumn {
  readonly name: string;
  /** Value from `n`. */
  readonly value: string;
  /** JSON text of the value, from the column's name: the engine's own casts, none of our code. */
  readonly json: string;
}

/** A type that a stream can be read along. */
export interface CursorFact {
  readonly name: string;
  readonly type: string;
  /** Values rise with `n`, an integer expression; neighbours differ only in the last digit that the type has. */
  readonly value: (n: string) => string;
}

/** A running server with tables of its own. */
export interface Server extends AsyncDisposable {
  /** How a program connects. */
  readonly settings: Settings;
  /** The same with credentials that the server refuses. */
  readonly wrongCredentials: Settings;
  /** Texts of `settings` and `wrongCredentials` that no output may show. */
  readonly secrets: readonly string[];
  /** Runs a statement, over a connection that no program of the suite shares. */
  run(sql: string): Promise<void>;
  /** Rows of a query, over the same connection. */
  query(sql: string): Promise<readonly TextRow[]>;
  /** Calls that the server has open at this moment, the one that asks included. */
  openCalls(): Promise<number>;
}

/**
 * What the suite has to know of an engine. Facts only: where engines differ, they differ in here, and no check
 * asks for an engine's name.
 */
export interface Quirks {
  /** Last part of the bins' names, first part of the files in specs/config. */
  readonly engine: string;
  readonly writeModes: readonly WriteMode[];
  /** A reader never sees an overwrite half done. */
  readonly atomicWrites: boolean;
  start(): Promise<Server>;
  /** Settings for a server that is not there. */
  readonly unreachable: Settings;
  readonly columns: readonly ColumnFact[];
  readonly generated: readonly GeneratedColumn[];
  readonly cursors: readonly CursorFact[];
  readonly bigint: string;
  readonly varchar: string;
  /** A qualified table name; the parts hold nothing that needs quotes. */
  table(namespace: string, name: string): string;
  createSchema(namespace: string): string;
  /** A FROM item with one column `n` that counts from 0 to `rows` - 1. */
  series(rows: number): string;
  /** The exact text of a value. */
  text(expression: string): string;
  /** A text that says of all values of a column what they are, whatever their order. */
  checksum(expression: string): string;
  /** Query for name and type of a table's columns, in order. */
  columnTypes(namespace: string, table: string): string;
  /** Query for the names of all tables of a schema. */
  tableNames(namespace: string): string;
}

import { type Batch, batchOf, memoryOf } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { builtVector } from "./built-vector.js";
import { refuseDuplicates } from "./cell-code.js";
import { addMembers } from "./cell-parser.js";
import { ColumnBuilder } from "./column-builder.js";
import { addNull } from "./empty-cells.js";
import { LineKernel, type Frame, type Lines } from "./kernel/line-kernel.js";
import { Members } from "./members.js";
import { malformed, skipSpace } from "./scan.js";
import { Source } from "./source.js";

export interface RowParserOptions {
  /** Rows at which a batch is full. @default 8_192 */
  readonly batchRows?: number;
  /** Bytes of Arrow buffers at which a batch is full. @default 1_048_576 */
  readonly batchBytes?: number;
  /** Names of columns that every row has to bring. @default none */
  readonly required?: readonly string[];
}

/** Parses JSON objects into the columns of a batch. */
export class RowParser {
  readonly #schema: Schema;
  readonly #columns: readonly ColumnBuilder[];
  readonly #members: Members;
  readonly #kernel: LineKernel | undefined;
  readonly #source = new Source();
  readonly #batchRows: number;
  readonly #batchBytes: number;
  /** Columns whose size does not follow from the number of rows. */
  readonly #variable: readonly ColumnBuilder[];
  /** Bytes of a row in the other columns. */
  readonly #rowBytes: number;
  /** Rows that lack a column, by its index. */
  #absent = new Map<number, number[]>();
  #rows = 0;

  /**
   * @param schema canonical.
   * @throws Failure(unsupported) when two columns have one name.
   */
  constructor(schema: Schema, options: RowParserOptions = {}) {
    refuseDuplicates(schema.fields, "");
    this.#schema = schema;
    this.#columns = schema.fields.map(
      (field) =>
        new ColumnBuilder(
          field,
          field.name,
          options.required?.includes(field.name),
        ),
    );
    this.#members = new Members(
      this.#columns,
      schema.fields.map(({ name }) => name),
    );
    this.#kernel = LineKernel.for(this.#columns);
    this.#batchRows = options.batchRows ?? 8192;
    this.#batchBytes = options.batchBytes ?? 1_048_576;
    this.#variable = this.#columns.filter(({ width }) => width === 0);
    this.#rowBytes = this.#columns.reduce((sum, { width }) => sum + width, 0);
  }

  /** Rows held. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether the rows held make a batch of the size asked for; more rows may follow all the same. */
  get full(): boolean {
    if (this.#rows >= this.#batchRows) return true;
    let bytes = this.#rowBytes * this.#rows;
    for (const column of this.#variable) bytes += column.byteLength;
    return bytes >= this.#batchBytes;
  }

  /**
   * Parses whole lines `frame.prefix {row} frame.tail` from `at` on, as many as are easily understood and make a
   * batch full; none when a line takes `parse`, which also tells what is wrong with it.
   * @returns the position behind them.
   */
  parseLines(lines: Lines, at: number, frame: Frame): number {
    if (this.#kernel === undefined) return at;
    const rows = this.#rows;
    const next = this.#kernel.parse(
      lines,
      at,
      frame,
      Math.max(this.#batchRows - rows, 1),
      this.#noteAbsent,
    );
    this.#rows = rows + this.#kernel.rows;
    return next;
  }

  /**
   * Parses the JSON object at `at` (white space may come before it); returns the position behind it. It is fastest when the same array comes
   * again and again, and when keys come in one order. After a Failure nothing of the row stays.
   * @throws Failure(invalid_input) when it is not a JSON object that ends before `end`.
   * @throws Failure(invalid_data) when a value does not fit its column, or a required one is missing.
   */
  parse(bytes: Uint8Array, at: number, end: number): number {
    const row = this.#rows;
    this.#source.aim(bytes, end);
    try {
      const start = skipSpace(bytes, at, end);
      const next = addMembers(this.#source, start, this.#members, row);
      if (next > end)
        throw malformed(bytes, end, end, "an object does not end");
      if (this.#members.added !== this.#columns.length) this.#addAbsent(row);
      this.#rows++;
      return next;
    } catch (reason) {
      this.#truncate(row);
      throw reason;
    }
  }

  /** Takes back the rows that were parsed last. */
  undo(count: number): void {
    this.#truncate(this.#rows - count);
    for (const rows of this.#absent.values())
      while ((rows.at(-1) ?? -1) >= this.#rows) rows.pop();
  }

  #truncate(rows: number): void {
    this.#rows = rows;
    for (const column of this.#columns) column.truncate(rows);
  }

  /** Nulls for the columns that the row lacks. */
  #addAbsent(row: number): void {
    const isAbsent = ({ length }: ColumnBuilder) => length === row;
    const missing = this.#columns.find(
      (column) => column.required && isAbsent(column),
    );
    if (missing !== undefined)
      throw new Failure(
        "invalid_data",
        `column "${missing.path}" is missing, and every record has to bring it`,
      );
    this.#columns.forEach((column, index) => {
      if (!isAbsent(column)) return;
      addNull(column);
      this.#noteAbsent(index, row - this.#rows);
    });
  }

  /** @param row counted from the rows held. */
  readonly #noteAbsent = (index: number, row: number): void => {
    const rows = this.#absent.get(index);
    if (rows === undefined) this.#absent.set(index, [this.#rows + row]);
    else rows.push(this.#rows + row);
  };

  /** Gives out the rows held and begins anew; undefined when there are none. */
  take(): Batch | undefined {
    const rows = this.#rows;
    if (rows === 0) return undefined;
    const vectors = this.#columns.map(builtVector);
    const memory = memoryOf(vectors);
    const batch = { ...batchOf(this.#schema, vectors, rows), memory };
    const absent = this.#absentBitmaps(rows);
    for (const column of this.#columns) column.clear();
    this.#absent = new Map();
    this.#rows = 0;
    return absent === undefined ? batch : { ...batch, absent };
  }

  #absentBitmaps(rows: number): Map<string, Uint8Array> | undefined {
    if (this.#absent.size === 0) return undefined;
    const bitmaps = new Map<string, Uint8Array>();
    for (const [index, absent] of this.#absent) {
      const bitmap = new Uint8Array((rows + 7) >> 3);
      for (const row of absent)
        bitmap[row >> 3] = (bitmap[row >> 3] as number) | (1 << (row & 7));
      bitmaps.set(this.#schema.fields[index]?.name ?? "", bitmap);
    }
    return bitmaps;
  }
}

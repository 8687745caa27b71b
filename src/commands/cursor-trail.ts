import { type Batch, batchOf } from "../arrow/batch.js";
import { equalRows } from "../arrow/equal-rows.js";
import { takeRows } from "../arrow/take.js";
import { isValid, type Vector } from "../arrow/vector.js";

/** Rows with one value that follow each other. */
export interface ValueRun {
  /** The value, in one row. */
  readonly cursor: Vector;
  /** How many there are. */
  readonly length: number;
  /** The rows themselves; undefined when they are more than `rowsMax`. */
  readonly rows: readonly Batch[] | undefined;
}

/**
 * Follows rows that come in the order of a column: after the first row with another value, every row up to the value
 * before it has come.
 */
export class CursorTrail {
  readonly #column: number;
  readonly #rowsMax: number;
  #complete: ValueRun | undefined;
  #current: ValueRun | undefined;

  /** @param rowsMax of longer runs the rows are not kept. */
  constructor(column: number, rowsMax: number) {
    this.#column = column;
    this.#rowsMax = rowsMax;
  }

  /** The last value of which every row has come; the same object as long as it is the same value. */
  get complete(): ValueRun | undefined {
    return this.#complete;
  }

  /** @param batch not empty. */
  add(batch: Batch): void {
    const cursors = batch.vectors[this.#column];
    if (cursors === undefined) return;
    const last = runStart(cursors, batch.length);
    if (last > 0) {
      const before = runStart(cursors, last);
      this.#begin(cursors, batch, before, last);
    }
    this.#begin(cursors, batch, last, batch.length);
  }

  /** The rows belong to the current value, or make it complete. */
  #begin(cursors: Vector, batch: Batch, from: number, to: number): void {
    const current = this.#current;
    const isSame =
      current !== undefined &&
      from === 0 &&
      equalRows(cursors, from, current.cursor, 0);
    const before = isSame ? current : undefined;
    if (!isSame && current !== undefined)
      this.#complete = isValid(current.cursor, 0) ? current : undefined;
    const length = (before?.length ?? 0) + to - from;
    const rows = before === undefined ? [] : before.rows;
    this.#current = {
      cursor: before?.cursor ?? takeRows(cursors, Int32Array.of(from)),
      length,
      rows:
        length > this.#rowsMax || rows === undefined
          ? undefined
          : [...rows, copyRows(batch, from, to)],
    };
  }
}

/** Rows `from` to `to`, in memory of their own: the batch's own is released when it was sent. */
function copyRows(batch: Batch, from: number, to: number): Batch {
  const rows = Int32Array.from({ length: to - from }, (_, at) => from + at);
  const vectors = batch.vectors.map((vector) => takeRows(vector, rows));
  return batchOf(batch.schema, vectors, rows.length);
}

/** Where the run of equal values begins that ends before row `end`. */
function runStart(cursors: Vector, end: number): number {
  let start = end - 1;
  while (start > 0 && equalRows(cursors, start - 1, cursors, end - 1)) start--;
  return start;
}

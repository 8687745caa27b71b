import type { Batch } from "../arrow/batch.js";
import { equalRows } from "../arrow/equal-rows.js";
import { isValid, type Vector } from "../arrow/vector.js";

/** Rows `from` to `to` of a batch. */
interface Piece {
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

/** Rows with one value that follow each other. */
export interface ValueRun {
  /** Where the value is. */
  readonly cursors: Vector;
  readonly row: number;
  readonly rows: number;
  /** Undefined when the rows are more than `rowsMax`. */
  readonly pieces: readonly Piece[] | undefined;
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
      equalRows(cursors, from, current.cursors, current.row);
    const before = isSame ? current : undefined;
    if (!isSame && current !== undefined)
      this.#complete = isValid(current.cursors, current.row)
        ? current
        : undefined;
    const rows = (before?.rows ?? 0) + to - from;
    const pieces = before === undefined ? [] : before.pieces;
    this.#current = {
      cursors: before?.cursors ?? cursors,
      row: before?.row ?? from,
      rows,
      pieces:
        rows > this.#rowsMax || pieces === undefined
          ? undefined
          : [...pieces, { batch, from, to }],
    };
  }
}

/** Where the run of equal values begins that ends before row `end`. */
function runStart(cursors: Vector, end: number): number {
  let start = end - 1;
  while (start > 0 && equalRows(cursors, start - 1, cursors, end - 1)) start--;
  return start;
}

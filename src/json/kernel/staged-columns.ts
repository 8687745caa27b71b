import { addCell } from "../cell-parser.js";
import type { ColumnBuilder } from "../column-builder.js";
import { addNull } from "../empty-cells.js";
import { Source } from "../source.js";
import * as layout from "./layout.js";
import type { Plan } from "./memory.js";
import type { ParserMemory } from "./parser-memory.js";
import { describeChildren, placeAll, StagedColumn } from "./staged-column.js";

const descriptorBytes = 4 * layout.DESCRIPTOR_WORDS;

/** The columns of one stream as they lie in the kernel's memory, and the way from there to their builders. */
export class StagedColumns {
  readonly #memory: ParserMemory;
  readonly #columns: readonly StagedColumn[];
  /** Those whose cells the kernel only finds, and the others. */
  readonly #deferred: readonly StagedColumn[];
  readonly #parsed: readonly StagedColumn[];
  /** Also those within others; side by side those within one. */
  readonly #all: readonly StagedColumn[];
  readonly #source = new Source();
  /** Position of the descriptors, which lie side by side: of the struct of the rows, and of all columns. */
  readonly start: number;

  /** Takes what it needs of `plan`; nothing is written yet. */
  constructor(
    columns: readonly ColumnBuilder[],
    memory: ParserMemory,
    plan: Plan,
  ) {
    this.#memory = memory;
    this.#columns = columns.map(
      (column) => new StagedColumn(column, column.path, memory),
    );
    const isDeferred = ({ op }: StagedColumn) => op === layout.OP_DEFERRED;
    this.#deferred = this.#columns.filter(isDeferred);
    this.#parsed = this.#columns.filter((column) => !isDeferred(column));
    const all = [...this.#columns];
    for (const { children } of all) all.push(...children);
    this.#all = all;
    this.start = plan.take(descriptorBytes * this.count);
    all.forEach((column, index) => {
      column.plan(this.start + descriptorBytes * (index + 1), plan);
    });
  }

  /** Descriptors. */
  get count(): number {
    return this.#all.length + 1;
  }

  /** Writes everything that the kernel finds in place. */
  place(): void {
    const root = this.#memory.words.subarray(this.start >> 2);
    root.fill(0, 0, layout.DESCRIPTOR_WORDS);
    root[layout.OP] = layout.OP_STRUCT;
    describeChildren(root, this.#columns);
    placeAll(this.#columns);
  }

  /**
   * Adds the first `parsed` rows to the builders. Fewer when a deferred cell turns out to be no value of its
   * column; returns how many.
   * @param absent gets index and row (of these) of each cell that did not come.
   */
  take(parsed: number, absent: (column: number, row: number) => void): number {
    let rows = parsed;
    const base = this.#deferred[0]?.column.length ?? 0;
    for (const column of this.#deferred) rows = this.#addDeferred(column, rows);
    for (const { column } of this.#deferred) column.truncate(base + rows);
    for (const column of this.#parsed) column.add(rows);
    this.#columns.forEach((column, index) => {
      column.takeAbsent(rows, (row) => {
        absent(index, row);
      });
    });
    return rows;
  }

  /** Parses the cells of a column that the kernel has only found; gives the number of rows up to the first bad one. */
  #addDeferred(staged: StagedColumn, rows: number): number {
    const { column } = staged;
    const base = column.length;
    for (let row = 0; row < rows; row++) {
      const { start, end } = staged.range(row);
      if (end === 0) addNull(column);
      else if (!this.#addCell(column, start, end)) {
        column.truncate(base + row);
        return row;
      }
    }
    return rows;
  }

  #addCell(column: ColumnBuilder, start: number, end: number): boolean {
    this.#source.aim(this.#memory.bytes, end);
    try {
      return addCell(this.#source, start, column) === end;
    } catch {
      // The general way meets the same error, and knows line and byte of it.
      return false;
    }
  }
}

import type { Column } from "../column.js";
import { Plan } from "./memory.js";
import { StagedCells } from "./staged-cells.js";
import { OVERHANG } from "./writer-layout.js";
import { WriterMemory } from "./writer-memory.js";

/** What stands around the members of a row may have so many bytes on each side. */
const frameBytesMax = 4096;
/** A table that would take more of the kernel's memory is written without it. */
const tableBytesMax = 32 << 20;

/** One memory for all tables. */
let shared: WriterMemory | undefined;
/** Whose rows lie in it. */
let owner: StagedCells | undefined;

/**
 * Writes rows of one table by the WebAssembly kernel. What that refuses is for the writer in TypeScript, which
 * writes all the same and says what is wrong with the rest.
 */
export class RowKernel {
  readonly #memory: WriterMemory;
  readonly #cells: StagedCells;
  readonly #headAt: number;
  readonly #tailAt: number;
  readonly #blockAt: number;
  readonly #blockBytes: number;
  readonly #end: number;
  #head: Uint8Array = new Uint8Array(0);
  #tail: Uint8Array = new Uint8Array(0);
  /** Rows up to this one are staged. */
  #staged = 0;
  /** The row behind the last one that was written. */
  row = 0;
  /** Whether that is a row which the kernel does not write. */
  isRefused = false;

  /** Undefined for tables that the kernel is not made for. @param blockBytes no row begins behind so many. */
  static for(
    columns: readonly Column[],
    blockBytes: number,
  ): RowKernel | undefined {
    const kernel = new RowKernel(columns, blockBytes);
    return kernel.#end <= tableBytesMax ? kernel : undefined;
  }

  private constructor(columns: readonly Column[], blockBytes: number) {
    this.#memory = shared ??= new WriterMemory();
    const plan = new Plan(this.#memory.free);
    this.#headAt = plan.take(frameBytesMax + OVERHANG);
    this.#tailAt = plan.take(frameBytesMax + OVERHANG);
    this.#cells = new StagedCells(columns, this.#memory, plan);
    this.#blockBytes = blockBytes;
    this.#blockAt = plan.take(
      blockBytes + 2 * frameBytesMax + this.#cells.rowBytesMax + OVERHANG,
    );
    this.#end = plan.end;
  }

  /**
   * Begins a batch, whose vectors the columns are bound to.
   * @param head and `tail`: what stands before and behind the members of a row.
   * @returns false when they are too long for the kernel.
   */
  begin(head: Uint8Array, tail: Uint8Array): boolean {
    if (Math.max(head.length, tail.length) > frameBytesMax) return false;
    this.#head = head;
    this.#tail = tail;
    this.row = 0;
    // Whatever lies in the memory is of another batch.
    if (owner === this.#cells) owner = undefined;
    return true;
  }

  /**
   * Writes rows from `row` on until a block is full, row `rows` is reached or one is refused. The block lies in
   * the kernel's memory and lasts until the next call for any table.
   */
  fill(rows: number): Uint8Array {
    const { exports } = this.#memory;
    this.#place();
    const limit = this.#blockAt + this.#blockBytes;
    let at = this.#blockAt;
    while (this.row < rows && at < limit) {
      if (this.row === this.#staged) {
        this.#staged = this.#cells.stage(this.row, rows);
        if (this.row === this.#staged) break;
      }
      const { base } = this.#cells;
      const to = this.#staged;
      at = exports.write(this.row - base, to - base, at, limit);
      this.row = base + exports.row.value;
      if (this.row < to) break;
    }
    this.isRefused = this.row < rows && at < limit;
    return this.#memory.bytes.subarray(this.#blockAt, at);
  }

  /** Goes on behind a row that was refused. */
  skip(): void {
    this.row++;
    this.#staged = Math.max(this.#staged, this.row);
  }

  /** Lays out the memory for this table, unless it is. */
  #place(): void {
    if (owner === this.#cells) return;
    const memory = this.#memory;
    memory.reserve(this.#end);
    memory.bytes.set(this.#head, this.#headAt);
    memory.bytes.set(this.#tail, this.#tailAt);
    memory.exports.setFrame(
      this.#headAt,
      this.#head.length,
      this.#tailAt,
      this.#tail.length,
    );
    this.#cells.place();
    this.#staged = this.row;
    owner = this.#cells;
  }
}

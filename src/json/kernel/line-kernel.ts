import type { ColumnBuilder } from "../column-builder.js";
import * as layout from "./layout.js";
import { kernelIsOn, Plan } from "./memory.js";
import { ParserMemory } from "./parser-memory.js";
import { StagedColumns } from "./staged-columns.js";

/** What stands around the rows of a stream. Other bytes are another object. */
export interface Frame {
  readonly prefix: Uint8Array;
  /** The line feed included. */
  readonly tail: Uint8Array;
}

/** Lines in memory that does not change while the same object is handed in. */
export interface Lines {
  readonly bytes: Uint8Array;
  /** Behind the last line feed. */
  readonly end: number;
}

/** Longer prefixes and tails are no envelopes. */
const frameBytesMax = 4096;
/** A table that would take more of the kernel's memory is parsed without it. */
const tableBytesMax = 64 << 20;
/** After so many refusals in a row the kernel is left alone for some lines. */
const refusalsMax = 64;
const restLines = 4096;
const lineFeed = 10;

/** One memory for all streams: a stream's cells are taken out of it after each call. */
let shared: ParserMemory | undefined;
/** Whose columns lie in it, and which lines. */
let owner: StagedColumns | undefined;
let loaded:
  | { readonly lines: Lines; readonly from: number; readonly to: number }
  | undefined;

/**
 * Parses lines of one stream by the WebAssembly kernel, as far as that understands them. What it refuses is for the
 * parser in TypeScript, which takes the same and says what is wrong with the rest.
 */
export class LineKernel {
  readonly #memory: ParserMemory;
  readonly #staged: StagedColumns;
  readonly #frameAt: number;
  readonly #lineStarts: number;
  /** Bytes of memory behind `free`. */
  readonly #size: number;
  #frame: Frame | undefined;
  #refusals = 0;
  #rest = 0;
  /** Rows that the last call added. */
  rows = 0;

  /** Undefined for tables that the kernel is not made for, and when FLIGHTSYNC_KERNEL is off. */
  static for(columns: readonly ColumnBuilder[]): LineKernel | undefined {
    if (!kernelIsOn() || columns.length === 0) return undefined;
    const kernel = new LineKernel(columns);
    return kernel.#size <= tableBytesMax ? kernel : undefined;
  }

  private constructor(columns: readonly ColumnBuilder[]) {
    this.#memory = shared ??= new ParserMemory();
    const { free } = this.#memory;
    const plan = new Plan(free);
    this.#staged = new StagedColumns(columns, this.#memory, plan);
    this.#frameAt = plan.take(2 * frameBytesMax + layout.SLACK);
    this.#lineStarts = plan.take(4 * layout.ROWS_MAX);
    this.#size = plan.end - free;
  }

  /**
   * Parses lines from `at` on and adds their rows to the columns, at most `rowsMax`; `rows` tells how many.
   * @param absent gets index and row (of these) of each cell that did not come.
   * @returns the position behind the last line.
   */
  parse(
    lines: Lines,
    at: number,
    frame: Frame,
    rowsMax: number,
    absent: (column: number, row: number) => void,
  ): number {
    this.rows = 0;
    if (this.#rest > 0) {
      this.#rest--;
      return at;
    }
    if (Math.max(frame.prefix.length, frame.tail.length) > frameBytesMax)
      return at;
    this.#place(frame);
    const next = this.#parse(lines, at, rowsMax, absent);
    this.#refusals = this.rows > 0 ? 0 : this.#refusals + 1;
    if (this.#refusals === refusalsMax) {
      this.#rest = restLines;
      this.#refusals = 0;
    }
    return next;
  }

  #parse(
    lines: Lines,
    at: number,
    rowsMax: number,
    absent: (column: number, row: number) => void,
  ): number {
    const { window, exports } = this.#memory;
    for (;;) {
      const { from, to } = this.#load(lines, at);
      const behind = exports.parse(
        window + at - from,
        window + to - from,
        Math.min(rowsMax, layout.ROWS_MAX),
      );
      const parsed = exports.rows.value;
      if (parsed > 0) {
        this.rows = this.#staged.take(parsed, absent);
        const next = this.rows < parsed ? this.#lineStart(this.rows) : behind;
        return from + next - window;
      }
      // Unless it is the window that ends within the line.
      if (from === at || to === lines.end) return at;
      loaded = undefined;
    }
  }

  #lineStart(row: number): number {
    return this.#memory.words[(this.#lineStarts >> 2) + row] as number;
  }

  /** The piece of the lines that lies in the window and holds `at`. */
  #load(lines: Lines, at: number): NonNullable<typeof loaded> {
    if (loaded?.lines === lines && at >= loaded.from && at < loaded.to)
      return loaded;
    const { bytes, window } = this.#memory;
    const to = Math.min(at + layout.WINDOW, lines.end);
    bytes.set(lines.bytes.subarray(at, to), window);
    bytes[window + to - at] = lineFeed;
    loaded = { lines, from: at, to };
    return loaded;
  }

  /** Lays out the memory for these columns and what stands around the rows. */
  #place(frame: Frame): void {
    if (owner === this.#staged && this.#frame === frame) return;
    const memory = this.#memory;
    if (owner !== this.#staged) {
      memory.reserve(memory.free + this.#size);
      this.#staged.place();
      const { start, count } = this.#staged;
      memory.exports.setColumns(start, count, this.#lineStarts);
      owner = this.#staged;
    }
    const { prefix, tail } = frame;
    const tailAt = this.#frameAt + frameBytesMax;
    memory.bytes.set(prefix, this.#frameAt);
    memory.bytes.set(tail, tailAt);
    memory.exports.setEnvelope(
      this.#frameAt,
      prefix.length,
      tailAt,
      tail.length,
    );
    this.#frame = frame;
  }
}

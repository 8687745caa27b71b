import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { Block, Piece, PIECE_OVERHANG, writePiece } from "./block.js";
import { writeMembers } from "./cell-writer.js";
import { memberColumns, MemberColumns, type TextOptions } from "./column.js";
import { kernelIsOn } from "./kernel/memory.js";
import { RowKernel } from "./kernel/row-kernel.js";

export interface RowWriterOptions extends TextOptions {
  /** A block is given out when it holds so many bytes. @default 32_768 */
  readonly blockBytes?: number;
  /** Whether the WebAssembly kernel writes what it can. @default unless FLIGHTSYNC_KERNEL is off */
  readonly kernel?: boolean;
}

/** Writes the rows of batches of one schema as lines of JSON. */
export class RowWriter {
  readonly #members: MemberColumns;
  readonly #blockBytes: number;
  /** Made for the first rows, unless the kernel is off. */
  #makeKernel: (() => RowKernel | undefined) | undefined;
  #kernel: RowKernel | undefined;
  #block = new Block(0, 0);
  /** The row that is being written, or the next one. */
  #row = 0;

  /**
   * @param schema canonical.
   * @throws Failure(unsupported) when two columns have one name.
   */
  constructor(schema: Schema, options: RowWriterOptions = {}) {
    this.#members = new MemberColumns(
      memberColumns(schema.fields, "", options),
    );
    this.#blockBytes = options.blockBytes ?? 32_768;
    if (options.kernel ?? kernelIsOn())
      this.#makeKernel = () =>
        RowKernel.for(this.#members.columns, this.#blockBytes);
  }

  /**
   * Blocks of whole lines `prefix {row} suffix`, none much larger than `blockBytes` unless one row is. A block
   * is a view of memory that the next one of any writer reuses, so write it before asking for another, and
   * finish one batch before beginning the next.
   * @param prefix and `suffix`: UTF-8, written as they are.
   * @throws Failure(invalid_data) naming column and row when JSON or UTF-8 cannot say a value, behind the rows
   * before it.
   */
  *write(
    batch: Batch,
    prefix: Uint8Array,
    suffix: Uint8Array,
  ): Generator<Uint8Array, void, undefined> {
    const { columns } = this.#members;
    if (batch.vectors.length !== columns.length)
      throw new Failure("internal", "the batch is not of the writer's schema");
    if (batch.length === 0) return;
    columns.forEach((column, index) => {
      const vector = batch.vectors[index];
      if (vector !== undefined) column.bind(vector);
    });
    const head = new Piece(joined(prefix, "{"));
    const tail = new Piece(joined("}", suffix));
    this.#row = 0;
    this.#kernel ??= this.#makeKernel?.();
    this.#makeKernel = undefined;
    if (this.#kernel?.begin(head.bytes, tail.bytes) === true)
      yield* this.#byKernel(this.#kernel, batch.length, head, tail);
    while (this.#row < batch.length) yield this.#fill(batch.length, head, tail);
  }

  /** What the kernel refuses is written here, where it is an odd value's row, or too long, or fails. */
  *#byKernel(
    kernel: RowKernel,
    rows: number,
    head: Piece,
    tail: Piece,
  ): Generator<Uint8Array, void, undefined> {
    while (kernel.row < rows) {
      const block = kernel.fill(rows);
      if (block.length > 0) yield block;
      this.#row = kernel.row;
      if (!kernel.isRefused) continue;
      yield this.#fill(kernel.row + 1, head, tail);
      kernel.skip();
    }
  }

  /** A block of rows until it is full or row `rows` is reached. */
  #fill(rows: number, head: Piece, tail: Piece): Uint8Array {
    const members = this.#members;
    const slack = head.length + members.room + tail.length + 2 * PIECE_OVERHANG;
    // The half that rows do not fill takes what strings ask for in advance.
    const size = 2 * this.#blockBytes;
    if (!this.#block.fits(size, slack)) this.#block = new Block(size, slack);
    // A row begins before `limit`, behind which the block has its slack.
    const block = this.#block;
    const limit = this.#blockBytes;
    const first = this.#row;
    let end = 0;
    try {
      for (; this.#row < rows && end < limit; this.#row++) {
        let at = writePiece(block.view, end, head);
        at = writeMembers(block, at, members, this.#row);
        end = writePiece(block.view, at, tail);
      }
    } catch (reason) {
      // The rows before it go out first; the next call meets it again.
      if (this.#row === first) throw inRow(Failure.from(reason), first);
    }
    return block.bytes.subarray(0, end);
  }
}

function inRow(failure: Failure, row: number): Failure {
  return new Failure(
    failure.code,
    `${failure.message}, row ${String(row)} of its batch`,
    { cause: failure.cause },
  );
}

function joined(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)),
  );
}

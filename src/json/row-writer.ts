import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { Block, Piece, PIECE_OVERHANG, writePiece } from "./block.js";
import { writeMembers } from "./cell-writer.js";
import { memberColumns, MemberColumns, type TextOptions } from "./column.js";

export interface RowWriterOptions extends TextOptions {
  /** A block is given out when it holds so many bytes. @default 32_768 */
  readonly blockBytes?: number;
}

/** Writes the rows of batches of one schema as lines of JSON. */
export class RowWriter {
  readonly #members: MemberColumns;
  readonly #blockBytes: number;
  #block: Block;
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
    this.#block = new Block(0, 0);
  }

  /**
   * Blocks of whole lines `prefix {row} suffix`, none much larger than `blockBytes` unless one row is. A block
   * is a view of memory that the next one reuses, so write it before asking for another, and finish one batch
   * before beginning the next.
   * @param prefix and `suffix`: UTF-8, written as they are.
   * @throws Failure(invalid_data) naming column and row when JSON or UTF-8 cannot say a value.
   */
  *write(
    batch: Batch,
    prefix: Uint8Array,
    suffix: Uint8Array,
  ): Generator<Uint8Array, void, undefined> {
    if (batch.vectors.length !== this.#members.columns.length)
      throw new Failure("internal", "the batch is not of the writer's schema");
    this.#members.columns.forEach((column, index) => {
      const vector = batch.vectors[index];
      if (vector !== undefined) column.bind(vector);
    });
    const head = new Piece(joined(prefix, "{"));
    const tail = new Piece(joined("}", suffix));
    const slack =
      head.length + this.#members.room + tail.length + 2 * PIECE_OVERHANG;
    // The half that rows do not fill takes what strings ask for in advance.
    const size = 2 * this.#blockBytes;
    if (!this.#block.fits(size, slack)) this.#block = new Block(size, slack);
    this.#row = 0;
    while (this.#row < batch.length) {
      const length = this.#fill(batch.length, head, tail);
      yield this.#block.bytes.subarray(0, length);
    }
  }

  /** Writes rows until the block is full or `rows` are done; returns how many bytes they took. */
  #fill(rows: number, head: Piece, tail: Piece): number {
    // A row begins before `limit`, behind which the block has its slack.
    const block = this.#block;
    const members = this.#members;
    const limit = this.#blockBytes;
    let at = 0;
    let row = this.#row;
    try {
      for (; row < rows && at < limit; row++) {
        at = writePiece(block.view, at, head);
        at = writeMembers(block, at, members, row);
        at = writePiece(block.view, at, tail);
      }
    } catch (reason) {
      throw inRow(Failure.from(reason), row);
    }
    this.#row = row;
    return at;
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

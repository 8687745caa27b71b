import { Failure } from "../failure.js";

/**
 * Memory that text is written into. Whoever writes may always write `slack` bytes behind its position
 * without asking, and reserves what depends on a value on top of that. So a row of numbers costs one check.
 */
export class Block {
  bytes: Uint8Array;
  view: DataView;
  #slack: number;

  /** @param size bytes to begin with, beside the slack. */
  constructor(size: number, slack: number) {
    this.#slack = slack;
    this.bytes = new Uint8Array(size + slack);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `count` bytes and the slack behind `at`; `bytes` and `view` may be new afterwards. */
  reserve(at: number, count: number): void {
    const needed = at + count + this.#slack;
    if (needed > this.bytes.length) this.#grow(at, needed);
  }

  /** Whether it has this slack, and is neither smaller than `size` nor still as large as some huge row made it. */
  fits(size: number, slack: number): boolean {
    const spare = this.bytes.length - slack;
    return this.#slack === slack && spare >= size && spare <= 4 * size;
  }

  #grow(used: number, needed: number): void {
    const old = this.bytes;
    this.bytes = new Uint8Array(Math.max(needed, old.length * 2));
    this.view = new DataView(this.bytes.buffer);
    this.bytes.set(old.subarray(0, used));
  }
}

/**
 * Constant bytes, kept as doubles so that they are stored eight at a time. No eight bytes of UTF-8 are a NaN
 * (one would need 0xFF, or 0xF0–0xFF before 0x7F), so the doubles keep their bits.
 */
export class Piece {
  readonly words: Float64Array;
  readonly length: number;

  /** @param bytes valid UTF-8. */
  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    const padded = new Uint8Array((bytes.length + 7) & ~7);
    padded.set(bytes);
    const view = new DataView(padded.buffer);
    this.words = Float64Array.from({ length: padded.length / 8 }, (_, index) =>
      view.getFloat64(8 * index, true),
    );
    if (this.words.some(Number.isNaN))
      throw new Failure("internal", "the text around a row is not UTF-8");
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.words.buffer, 0, this.length);
  }
}

/** Bytes that may be overwritten behind the end of a piece. */
export const PIECE_OVERHANG = 16;

/** Writes a piece; returns the position behind it. */
export function writePiece(view: DataView, at: number, piece: Piece): number {
  const { words } = piece;
  for (let index = 0; index < words.length; index++)
    view.setFloat64(at + 8 * index, words[index] as number, true);
  return at + piece.length;
}

/** Writes characters U+0000 to U+007F; returns the position behind them. */
export function writeAscii(view: DataView, at: number, text: string): number {
  for (let index = 0; index < text.length; index++)
    view.setUint8(at + index, text.charCodeAt(index));
  return at + text.length;
}

import { Failure } from "../failure.js";

/** Whole lines in memory, each with its line feed. */
export interface LineRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where bytes[0] stands in the input. */
  readonly offset: number;
}

/** A longer line means that the input is no lines at all; the longest real ones are about 20 MB. */
const lineBytesMax = 256 * 1024 * 1024;

const lineFeed = 10;

/** Memory for a cut line is kept for the next one up to this size. */
const keptBytesMax = 1024 * 1024;

/**
 * Cuts chunks into ranges of whole lines. Lines inside a chunk are not copied; a line that goes over
 * chunks is put together in memory that doubles as it grows, so that each byte is copied a few times at most.
 */
export class LineChunks {
  #kept = new Uint8Array(64 * 1024);
  #keptLength = 0;
  /** Where the kept bytes stand in the input. */
  #keptOffset = 0;
  /** Bytes of the input before the next chunk. */
  #offset = 0;

  /**
   * A range holds until the next one is asked for.
   * @throws Failure(invalid_input) for a line beyond any measure.
   */
  *feed(chunk: Uint8Array): Iterable<LineRange> {
    const offset = this.#offset;
    this.#offset += chunk.length;
    let start = 0;
    if (this.#keptLength > 0) {
      start = chunk.indexOf(lineFeed) + 1;
      if (start === 0) {
        this.#keep(chunk, offset);
        return;
      }
      this.#keep(chunk.subarray(0, start), offset);
      yield this.#taken();
    }
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end < chunk.length) this.#keep(chunk.subarray(end), offset + end);
    if (end > start) yield { bytes: chunk, start, end, offset };
  }

  /** The last line when it has no line feed. */
  rest(): LineRange | undefined {
    return this.#keptLength > 0 ? this.#taken() : undefined;
  }

  /** A copy: the caller may read the next chunk into the same memory. */
  #keep(part: Uint8Array, offset: number): void {
    if (this.#keptLength === 0) this.#keptOffset = offset;
    const length = this.#keptLength + part.length;
    if (length > lineBytesMax)
      throw new Failure(
        "invalid_input",
        `a line goes on for more than ${String(lineBytesMax)} bytes; is this the output of a tap or source?`,
      );
    if (length > this.#kept.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = larger;
    }
    this.#kept.set(part, this.#keptLength);
    this.#keptLength = length;
  }

  #taken(): LineRange {
    const range = {
      bytes: this.#kept,
      start: 0,
      end: this.#keptLength,
      offset: this.#keptOffset,
    };
    this.#keptLength = 0;
    if (this.#kept.length > keptBytesMax)
      this.#kept = new Uint8Array(64 * 1024);
    return range;
  }
}

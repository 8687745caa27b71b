/**
 * What stands around the rows of one stream, as its last RECORD line had it:
 * `{"type":"RECORD","stream":"x","record":` … `,"time_extracted":"2026-01-02T03:04:05Z"}`. Producers repeat it
 * byte for byte but for the digits of times and versions, so a compare finds the row without reading JSON.
 */
export class Envelope {
  readonly #prefix: Words;
  #tail: Words;
  /** The same as bytes; another object when the tail is another. */
  frame: { readonly prefix: Uint8Array; readonly tail: Uint8Array };

  /**
   * @param line a whole line; `start` and `end` are the bounds of its row.
   */
  constructor(line: Uint8Array, start: number, end: number) {
    this.#prefix = new Words(line.slice(0, start));
    this.#tail = new Words(line.slice(end));
    this.frame = { prefix: this.#prefix.bytes, tail: this.#tail.bytes };
  }

  /** Where the row begins when a line begins at `at` with this prefix, else -1. */
  rowAt(view: DataView, at: number, end: number): number {
    const behind = at + this.#prefix.bytes.length;
    return behind < end && this.#prefix.stand(view, at) ? behind : -1;
  }

  /**
   * The byte behind the line when the row's end at `at` is followed by the tail of an earlier line, or by one that
   * differs from it in digits only; else -1.
   */
  behindTail(view: DataView, at: number, end: number): number {
    const behind = at + this.#tail.bytes.length;
    if (behind > end) return -1;
    return this.#tail.stand(view, at) || this.#tail.standButDigits(view, at)
      ? behind
      : -1;
  }

  /** Expects this tail from now on. */
  learnTail(tail: Uint8Array): void {
    this.#tail = new Words(tail.slice());
    this.frame = { prefix: this.#prefix.bytes, tail: this.#tail.bytes };
  }
}

/**
 * Bytes that are compared eight at a time, as doubles, which is the widest load that V8 compiles without an
 * allocation. Doubles are equal exactly when their bytes are, but for NaN, which ends in a compare byte by
 * byte, and for the zeros, whose NUL bytes no JSON text has.
 */
class Words {
  readonly bytes: Uint8Array;
  /** Eight bytes each; the last word ends where the bytes end, so it may overlap the one before. */
  readonly #words: Float64Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#words = Float64Array.from(
      { length: bytes.length < 8 ? 0 : (bytes.length + 7) >> 3 },
      (_, index) =>
        view.getFloat64(Math.min(8 * index, bytes.length - 8), true),
    );
  }

  /** Whether exactly these bytes stand at `at`, where there must be as many. */
  stand(view: DataView, at: number): boolean {
    const words = this.#words;
    const last = words.length - 1;
    if (last < 0) return this.#standByBytes(view, at);
    for (let index = 0; index < last; index += 1)
      if (view.getFloat64(at + 8 * index, true) !== words[index])
        return this.#isNaN(index) && this.#standByBytes(view, at);
    const end = at + this.bytes.length - 8;
    if (view.getFloat64(end, true) === words[last]) return true;
    return this.#isNaN(last) && this.#standByBytes(view, at);
  }

  #isNaN(index: number): boolean {
    return Number.isNaN(this.#words[index]);
  }

  #standByBytes(view: DataView, at: number): boolean {
    const { bytes } = this;
    for (let index = 0; index < bytes.length; index += 1)
      if (view.getUint8(at + index) !== bytes[index]) return false;
    return true;
  }

  /** The same, with any digit where these bytes have one. */
  standButDigits(view: DataView, at: number): boolean {
    const { bytes } = this;
    const { length } = bytes;
    for (let index = 0; index < length; index += 1) {
      const wanted = bytes[index] as number;
      const byte = view.getUint8(at + index);
      if (byte !== wanted && !(isDigit(byte) && isDigit(wanted))) return false;
    }
    return true;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

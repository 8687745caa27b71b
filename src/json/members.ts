import type { ColumnBuilder } from "./column-builder.js";

/** The bytes `"name":`, to be compared with what stands where a key may stand. */
export class Key {
  readonly length: number;
  /** Eight bytes each; the last one ends where the key ends, so it may overlap the one before. */
  readonly #words: Float64Array;
  /** The same with four bytes each, for keys of fewer than eight. */
  readonly #halves: Int32Array;

  constructor(name: string) {
    const bytes = new TextEncoder().encode(`${JSON.stringify(name)}:`);
    const view = new DataView(bytes.buffer);
    const { length } = bytes;
    this.length = length;
    const words = length < 8 ? 0 : (length + 7) >> 3;
    // The empty name's key is shorter than half a word, so it never matches and is looked up by name.
    const halves = length < 4 || length >= 8 ? 0 : 2;
    this.#words = Float64Array.from({ length: words }, (_, index) =>
      view.getFloat64(Math.min(8 * index, length - 8), true),
    );
    this.#halves = Int32Array.from({ length: halves }, (_, index) =>
      view.getInt32(index * (length - 4), true),
    );
  }

  /**
   * Whether the key stands at `at`. Eight bytes are compared as a double: those of a key are never NaN, zero or
   * minus zero, so they equal no others.
   */
  stands(view: DataView, at: number): boolean {
    const { length } = this;
    const words = this.#words;
    if (at + length > view.byteLength) return false;
    const last = words.length - 1;
    if (last < 0) return this.#stands(view, at);
    if (view.getFloat64(at + length - 8, true) !== words[last]) return false;
    for (let index = 0; index < last; index++)
      if (view.getFloat64(at + 8 * index, true) !== words[index]) return false;
    return true;
  }

  #stands(view: DataView, at: number): boolean {
    const halves = this.#halves;
    return (
      halves.length > 0 &&
      view.getInt32(at, true) === halves[0] &&
      view.getInt32(at + this.length - 4, true) === halves[1]
    );
  }
}

/**
 * The columns that the members of an object go to. It learns in which order the keys come, whatever that is, so
 * that a key is compared with one name instead of looked up.
 */
export class Members {
  readonly columns: readonly ColumnBuilder[];
  readonly #byName: ReadonlyMap<string, number>;
  /** The column whose key came behind that of column i - 1 the last time; at 0 the first one. */
  readonly #next: Int32Array;

  constructor(columns: readonly ColumnBuilder[], names: readonly string[]) {
    this.columns = columns;
    this.#byName = new Map(names.map((name, index) => [name, index]));
    this.#next = Int32Array.from(
      { length: columns.length + 1 },
      (_, index) => index % Math.max(columns.length, 1),
    );
  }

  /** Index of the column that is likely to come behind column `previous`; -1 begins an object. */
  guess(previous: number): number {
    return this.#next[previous + 1] as number;
  }

  /** Index of the column with this name, which came behind `previous`; -1 when there is none. */
  find(name: string, previous: number): number {
    const index = this.#byName.get(name);
    if (index === undefined) return -1;
    this.#next[previous + 1] = index;
    return index;
  }
}

import type { ColumnBuilder } from "./column-builder.js";

/** The bytes `"name":` in between their first and last eight, to be compared eight at a time. */
class KeyMiddle {
  readonly #words: Float64Array;

  constructor(bytes: Uint8Array, view: DataView) {
    const count = Math.max(((bytes.length + 7) >> 3) - 2, 0);
    this.#words = Float64Array.from({ length: count }, (_, index) =>
      view.getFloat64(8 * index + 8, true),
    );
  }

  stands(view: DataView, at: number): boolean {
    const words = this.#words;
    for (let index = 0; index < words.length; index++)
      if (view.getFloat64(at + 8 * index + 8, true) !== words[index])
        return false;
    return true;
  }
}

/**
 * The columns that the members of an object go to. It learns in which order the keys come, whatever that is, so
 * that a key is compared with one name instead of looked up. The keys lie side by side in arrays: to follow a
 * pointer from each column to its key takes a tenth of the time of a whole row.
 */
export class Members {
  readonly columns: readonly ColumnBuilder[];
  /** Columns that got a cell from the last object. */
  added = 0;
  readonly #byName: ReadonlyMap<string, number>;
  /** The column whose key came behind that of column i - 1 the last time; at 0 the first one. */
  readonly #next: Int32Array;
  /** Bytes of every `"name":`. */
  readonly #lengths: Int32Array;
  /**
   * Its first and its last eight bytes, as doubles: those of a key are never NaN, zero or minus zero, so they equal
   * no others. Of a shorter key four bytes each, as integers.
   */
  readonly #ends: Float64Array;
  readonly #middles: readonly KeyMiddle[];

  constructor(columns: readonly ColumnBuilder[], names: readonly string[]) {
    this.columns = columns;
    this.#byName = new Map(names.map((name, index) => [name, index]));
    this.#next = Int32Array.from(
      { length: columns.length + 1 },
      (_, index) => index % Math.max(columns.length, 1),
    );
    const keys = names.map((name) =>
      new TextEncoder().encode(`${JSON.stringify(name)}:`),
    );
    const views = keys.map(({ buffer }) => new DataView(buffer));
    this.#lengths = Int32Array.from(keys, ({ length }) => length);
    this.#ends = Float64Array.from(
      views.flatMap((view) => [endOf(view, 0), endOf(view, 1)]),
    );
    this.#middles = keys.map(
      (key, index) => new KeyMiddle(key, views[index] as DataView),
    );
  }

  /** Index of the column that is likely to come behind column `previous`; -1 begins an object. */
  guess(previous: number): number {
    return this.#next[previous + 1] as number;
  }

  /** The position behind the key of column `index` when it stands at `at`, else -1. */
  behindKey(view: DataView, at: number, index: number): number {
    const length = this.#lengths[index] as number;
    const next = at + length;
    // Also for an index that no column has.
    if (!(next <= view.byteLength)) return -1;
    const first = this.#ends[2 * index];
    const last = this.#ends[2 * index + 1];
    if (length < 8)
      // The empty name's key is shorter than four bytes, so it never matches and is looked up by name.
      return length >= 4 &&
        view.getInt32(at, true) === first &&
        view.getInt32(next - 4, true) === last
        ? next
        : -1;
    if (
      view.getFloat64(at, true) !== first ||
      view.getFloat64(next - 8, true) !== last
    )
      return -1;
    return length <= 16 || this.#middles[index]?.stands(view, at) === true
      ? next
      : -1;
  }

  /** Index of the column with this name, which came behind `previous`; -1 when there is none. */
  find(name: string, previous: number): number {
    const index = this.#byName.get(name);
    if (index === undefined) return -1;
    this.#next[previous + 1] = index;
    return index;
  }
}

/** The first (0) or last (1) word of a key. */
function endOf(key: DataView, side: 0 | 1): number {
  const { byteLength } = key;
  if (byteLength < 4) return 0;
  return byteLength < 8
    ? key.getInt32(side * (byteLength - 4), true)
    : key.getFloat64(side * (byteLength - 8), true);
}

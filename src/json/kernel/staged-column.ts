import { putBit } from "../../arrow/bits.js";
import type { ColumnBuilder } from "../column-builder.js";
import { bitOf, clearBits } from "./bitmaps.js";
import * as layout from "./layout.js";
import type { Plan } from "./memory.js";
import { opOf } from "./ops.js";
import type { ParserMemory } from "./parser-memory.js";

/** Bytes behind a key that the kernel may read. */
const keySlack = 8;
/** Items of lists that the window has room for: the shortest is a digit and a comma. */
const itemsMax = layout.WINDOW / 2;

/** Where the parts of a column lie. */
interface Parts {
  /** Its descriptor, in words. */
  readonly words: number;
  readonly key: number;
  readonly validity: number;
  /** 0 for columns within others. */
  readonly absent: number;
  readonly data: number;
  readonly offsets: number;
}

/** A column as it lies in the kernel's memory, with those within it, and the way from there to its builder. */
export class StagedColumn {
  readonly column: ColumnBuilder;
  /** One of the OP constants. */
  readonly op: number;
  readonly children: readonly StagedColumn[];
  readonly #memory: ParserMemory;
  readonly #key: Uint8Array;
  readonly #isRoot: boolean;
  readonly #cellsMax: number;
  #parts: Parts = {
    words: 0,
    key: 0,
    validity: 0,
    absent: 0,
    data: 0,
    offsets: 0,
  };

  /** @param holder the column that it is in; undefined for a column of the table. */
  constructor(
    column: ColumnBuilder,
    name: string,
    memory: ParserMemory,
    holder?: StagedColumn,
  ) {
    this.column = column;
    this.op = opOf(column);
    this.#memory = memory;
    this.#key = new TextEncoder().encode(JSON.stringify(name));
    this.#isRoot = holder === undefined;
    if (holder === undefined) this.#cellsMax = layout.ROWS_MAX;
    else
      this.#cellsMax =
        holder.op === layout.OP_LIST ? itemsMax : holder.#cellsMax;
    this.children =
      this.op === layout.OP_DEFERRED
        ? []
        : column.children.map(
            (child, index) =>
              new StagedColumn(child, fieldName(column, index), memory, this),
          );
  }

  get #bitmapBytes(): number {
    return (this.#cellsMax >> 3) + 1;
  }

  /** Takes memory, with the descriptor at `at`. */
  plan(at: number, plan: Plan): void {
    const isVariable = this.op === layout.OP_TEXT || this.op === layout.OP_LIST;
    this.#parts = {
      words: at >> 2,
      key: plan.take(this.#key.length + keySlack),
      validity: plan.take(this.#bitmapBytes),
      absent: this.#isRoot ? plan.take(this.#bitmapBytes) : 0,
      data: plan.take(this.#dataBytes()),
      offsets: plan.take(isVariable ? 4 * (this.#cellsMax + 1) : 4),
    };
  }

  #dataBytes(): number {
    switch (this.op) {
      case layout.OP_DEFERRED:
        return 8 * this.#cellsMax;
      case layout.OP_TEXT:
        // All texts of the window, and what the last store of 16 bytes reaches over.
        return layout.WINDOW + layout.SLACK;
      case layout.OP_BOOL:
        return this.#bitmapBytes;
      default:
        return this.column.width * this.#cellsMax;
    }
  }

  /** Position of its descriptor. */
  get at(): number {
    return 4 * this.#parts.words;
  }

  /**
   * Writes everything that the kernel finds in place.
   * @param next position of the descriptor of the column whose key is expected behind this one's.
   */
  place(next: number): void {
    const { column } = this;
    const { type } = column;
    const { bytes, words } = this.#memory;
    const parts = this.#parts;
    const descriptor = words.subarray(parts.words);
    descriptor[layout.OP] = this.op;
    descriptor[layout.KEY] = parts.key;
    descriptor[layout.KEY_LENGTH] = this.#key.length;
    descriptor[layout.FLAGS] =
      (column.nullable ? layout.MAY_BE_NULL : 0) |
      (this.#mayBeAbsent ? layout.MAY_BE_ABSENT : 0);
    descriptor[layout.VALIDITY] = parts.validity;
    descriptor[layout.ABSENT] = parts.absent;
    descriptor[layout.DATA] = parts.data;
    descriptor[layout.OFFSETS] = parts.offsets;
    descriptor[layout.DIGITS] = column.digits;
    descriptor[layout.WIDTH] = column.width;
    descriptor[layout.PRECISION] =
      type.type === "decimal" ? Math.min(type.precision, 38) : 18;
    descriptor[layout.NEXT] = next;
    describeChildren(descriptor, this.children);
    // A line feed stands in no line.
    descriptor[layout.LEAD] = 0x0a;
    descriptor[layout.LEAD_MASK] = 0xff;
    bytes.set(this.#key, parts.key);
    bytes.fill(0xff, parts.validity, parts.validity + this.#bitmapBytes);
    if (this.#isRoot)
      bytes.fill(0, parts.absent, parts.absent + this.#bitmapBytes);
    words[parts.offsets >> 2] = 0;
    placeAll(this.children);
  }

  get #mayBeAbsent(): boolean {
    const { required, nullable } = this.column;
    return this.#isRoot ? !required : nullable;
  }

  /** Where cell `row` of a deferred column stands; both zero when it did not come. */
  range(row: number): { readonly start: number; readonly end: number } {
    const { words } = this.#memory;
    const at = (this.#parts.data >> 2) + 2 * row;
    return { start: words[at] as number, end: words[at + 1] as number };
  }

  /** Adds the first `count` cells to the builder. */
  add(count: number): void {
    const { column } = this;
    const base = column.length;
    while (column.capacity < base + count) column.grow();
    switch (this.op) {
      case layout.OP_TEXT:
        this.#addTexts(count);
        break;
      case layout.OP_LIST:
        for (const item of this.children)
          item.add(this.#addEnds(count, item.column.length));
        break;
      case layout.OP_STRUCT:
        for (const child of this.children) child.add(count);
        break;
      case layout.OP_BOOL:
        this.#addBools(count);
        break;
      default:
        this.#addFixed(count);
    }
    column.length = base + count;
    this.#addNulls(base, count);
  }

  #addFixed(count: number): void {
    const { data, length, width } = this.column;
    const { bytes } = this.#memory;
    const from = this.#parts.data;
    data.set(bytes.subarray(from, from + width * count), width * length);
  }

  #addBools(count: number): void {
    const { data, length } = this.column;
    const { bytes } = this.#memory;
    for (let index = 0; index < count; index++)
      putBit(data, length + index, bitOf(bytes, this.#parts.data, index) === 1);
  }

  #addTexts(count: number): void {
    const { column } = this;
    const { data } = this.#parts;
    const from = column.used;
    const length = this.#addEnds(count, from);
    column.reserve(from, length);
    column.data.set(this.#memory.bytes.subarray(data, data + length), from);
  }

  /** Adds where texts or lists end, seen from `from`; gives what they take all together. */
  #addEnds(count: number, from: number): number {
    const { words } = this.#memory;
    const ends = this.#parts.offsets >> 2;
    const { offsets, length } = this.column;
    for (let index = 1; index <= count; index++)
      offsets[length + index] = from + (words[ends + index] as number);
    return words[ends + count] as number;
  }

  #addNulls(base: number, count: number): void {
    const { bytes, words } = this.#memory;
    const { words: descriptor, validity } = this.#parts;
    let nulls = words[descriptor + layout.NULLS] as number;
    if (nulls === 0) return;
    const length = words[descriptor + layout.LENGTH] as number;
    for (let index = count; index < length; index++) {
      if (bitOf(bytes, validity, index) === 1) continue;
      putBit(bytes.subarray(validity), index, true);
      nulls--;
    }
    this.column.nulls += nulls;
    clearBits(this.column.validity, base, bytes, validity, count);
    bytes.fill(0xff, validity, validity + (length >> 3) + 1);
  }

  /** Tells the rows below `rows` that lack the column. */
  takeAbsent(rows: number, absent: (row: number) => void): void {
    const { bytes, words } = this.#memory;
    const { words: descriptor, absent: bitmap } = this.#parts;
    if (words[descriptor + layout.ABSENTS] === 0) return;
    for (let row = 0; row < rows; row++)
      if (bitOf(bytes, bitmap, row) === 1) absent(row);
    bytes.fill(0, bitmap, bitmap + this.#bitmapBytes);
  }
}

export function describeChildren(
  descriptor: Int32Array,
  children: readonly StagedColumn[],
): void {
  const first = children[0]?.at ?? 0;
  descriptor[layout.CHILDREN] = first;
  descriptor[layout.CHILD_COUNT] = children.length;
  descriptor[layout.FIRST] = first;
}

/** Places the columns of one table, struct or list. */
export function placeAll(columns: readonly StagedColumn[]): void {
  columns.forEach((column, index) => {
    const next = columns[(index + 1) % columns.length] ?? column;
    column.place(next.at);
  });
}

function fieldName({ type }: ColumnBuilder, index: number): string {
  return type.type === "struct" ? (type.fields[index]?.name ?? "") : "";
}

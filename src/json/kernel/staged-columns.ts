import { cell, type CellCode } from "../cell-code.js";
import { addCell } from "../cell-parser.js";
import type { ColumnBuilder } from "../column-builder.js";
import { addNull } from "../empty-cells.js";
import { Source } from "../source.js";
import * as layout from "./layout.js";
import type { Plan } from "./memory.js";
import type { ParserMemory } from "./parser-memory.js";

/** How the kernel reads each kind of cell. Of what it does not know it only finds the end. */
const ops: Readonly<Record<CellCode, number>> = {
  [cell.none]: layout.OP_DEFERRED,
  [cell.bool]: layout.OP_BOOL,
  [cell.int8]: layout.OP_INT,
  [cell.int16]: layout.OP_INT,
  [cell.int32]: layout.OP_INT,
  [cell.int64]: layout.OP_INT,
  [cell.uint8]: layout.OP_UINT,
  [cell.uint16]: layout.OP_UINT,
  [cell.uint32]: layout.OP_UINT,
  [cell.uint64]: layout.OP_UINT,
  [cell.float16]: layout.OP_DEFERRED,
  [cell.float32]: layout.OP_DEFERRED,
  [cell.float64]: layout.OP_FLOAT64,
  [cell.decimal]: layout.OP_DECIMAL,
  [cell.utf8]: layout.OP_TEXT,
  [cell.binary]: layout.OP_DEFERRED,
  [cell.fixedBinary]: layout.OP_DEFERRED,
  [cell.dateDay]: layout.OP_DATE,
  [cell.dateMs]: layout.OP_DEFERRED,
  [cell.time32]: layout.OP_TIME,
  [cell.time64]: layout.OP_TIME,
  [cell.timestamp]: layout.OP_TIMESTAMP,
  [cell.duration]: layout.OP_DEFERRED,
  [cell.months]: layout.OP_DEFERRED,
  [cell.dayTime]: layout.OP_DEFERRED,
  [cell.monthDayNano]: layout.OP_DEFERRED,
  [cell.list]: layout.OP_DEFERRED,
  [cell.fixedList]: layout.OP_DEFERRED,
  [cell.struct]: layout.OP_DEFERRED,
  [cell.mapObject]: layout.OP_DEFERRED,
  [cell.mapEntries]: layout.OP_DEFERRED,
  [cell.union]: layout.OP_DEFERRED,
};

/** Bytes behind a key that the kernel may read. */
const keySlack = 8;
const bitmapBytes = layout.ROWS_MAX / 8;

/** The columns of one stream as they lie in the kernel's memory, and the way from there to their builders. */
export class StagedColumns {
  readonly #columns: readonly ColumnBuilder[];
  readonly #memory: ParserMemory;
  readonly #start: number;
  /** Descriptors and keys, to be copied to `#start`. */
  readonly #image: Uint8Array;
  readonly #source = new Source();

  /** Takes what it needs of `plan`; nothing is written yet. */
  constructor(
    columns: readonly ColumnBuilder[],
    memory: ParserMemory,
    plan: Plan,
  ) {
    this.#columns = columns;
    this.#memory = memory;
    this.#start = plan.take(4 * layout.DESCRIPTOR_WORDS * columns.length);
    const keys = columns.map(({ path }) =>
      new TextEncoder().encode(JSON.stringify(path)),
    );
    const places = keys.map(({ length }) => plan.take(length + keySlack));
    this.#image = new Uint8Array(plan.end - this.#start);
    const words = new Int32Array(this.#image.buffer);
    columns.forEach((column, index) => {
      const key = keys[index] as Uint8Array;
      const place = places[index] as number;
      this.#image.set(key, place - this.#start);
      const descriptor = words.subarray(layout.DESCRIPTOR_WORDS * index);
      describe(column, descriptor, plan);
      descriptor[layout.KEY] = place;
      descriptor[layout.KEY_LENGTH] = key.length;
      descriptor[layout.NEXT] = (index + 1) % columns.length;
    });
  }

  /** Position of the descriptors, which lie side by side. */
  get start(): number {
    return this.#start;
  }

  get count(): number {
    return this.#columns.length;
  }

  /** Writes everything that the kernel finds in place. */
  place(): void {
    const { bytes, words } = this.#memory;
    bytes.set(this.#image, this.#start);
    for (let index = 0; index < this.count; index++) {
      const { validity, absent, offsets } = this.#descriptor(index);
      bytes.fill(0xff, validity, validity + bitmapBytes);
      bytes.fill(0, absent, absent + bitmapBytes);
      words[offsets >> 2] = 0;
    }
  }

  /**
   * Adds the first `parsed` rows to the builders. Fewer when a deferred cell turns out to be no value of its
   * column; returns how many.
   * @param absent gets index and row (of these) of each cell that did not come.
   */
  take(parsed: number, absent: (column: number, row: number) => void): number {
    const base = (this.#columns[0] as ColumnBuilder).length;
    let rows = parsed;
    this.#columns.forEach((column, index) => {
      if (isDeferred(column)) rows = this.#addDeferred(column, index, rows);
    });
    this.#columns.forEach((column, index) => {
      if (isDeferred(column)) column.truncate(base + rows);
      else this.#addStaged(column, index, rows);
      this.#takeAbsent(index, rows, absent);
    });
    return rows;
  }

  #descriptor(index: number) {
    const at = (this.#start >> 2) + layout.DESCRIPTOR_WORDS * index;
    const { words } = this.#memory;
    const word = (field: number) => words[at + field] as number;
    return {
      data: word(layout.DATA),
      validity: word(layout.VALIDITY),
      absent: word(layout.ABSENT),
      offsets: word(layout.OFFSETS),
      nulls: word(layout.NULLS),
      absents: word(layout.ABSENTS),
    };
  }

  /** Parses the cells of a column that the kernel has only found; gives the number of rows up to the first bad one. */
  #addDeferred(column: ColumnBuilder, index: number, rows: number): number {
    const { bytes, words } = this.#memory;
    const { data } = this.#descriptor(index);
    const base = column.length;
    for (let row = 0; row < rows; row++) {
      const start = words[(data >> 2) + 2 * row] as number;
      const end = words[(data >> 2) + 2 * row + 1] as number;
      if (end === 0) addNull(column);
      else if (!this.#addCell(column, bytes, start, end)) {
        column.truncate(base + row);
        return row;
      }
    }
    return rows;
  }

  #addCell(
    column: ColumnBuilder,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    this.#source.aim(bytes, end);
    try {
      return addCell(this.#source, start, column) === end;
    } catch {
      // The general way meets the same error, and knows line and byte of it.
      return false;
    }
  }

  #addStaged(column: ColumnBuilder, index: number, rows: number): void {
    const { bytes, words } = this.#memory;
    const { data, validity, offsets, nulls } = this.#descriptor(index);
    const base = column.length;
    while (column.capacity < base + rows) column.grow();
    switch (column.code) {
      case cell.utf8: {
        const from = column.used;
        const length = words[(offsets >> 2) + rows] as number;
        column.reserve(from, length);
        column.data.set(bytes.subarray(data, data + length), from);
        for (let row = 1; row <= rows; row++)
          column.offsets[base + row] =
            from + (words[(offsets >> 2) + row] as number);
        break;
      }
      case cell.bool:
        for (let row = 0; row < rows; row++)
          putBit(column.data, base + row, bitOf(bytes, data, row));
        break;
      default: {
        const { width } = column;
        const end = data + width * rows;
        column.data.set(bytes.subarray(data, end), width * base);
      }
    }
    column.length = base + rows;
    if (nulls === 0) return;
    for (let row = 0; row < rows; row++) {
      if (bitOf(bytes, validity, row) === 1) continue;
      putBit(column.validity, base + row, 0);
      column.nulls++;
    }
    bytes.fill(0xff, validity, validity + bitmapBytes);
  }

  #takeAbsent(
    index: number,
    rows: number,
    absent: (column: number, row: number) => void,
  ): void {
    const { bytes } = this.#memory;
    const { absent: bitmap, absents } = this.#descriptor(index);
    if (absents === 0) return;
    for (let row = 0; row < rows; row++)
      if (bitOf(bytes, bitmap, row) === 1) absent(index, row);
    bytes.fill(0, bitmap, bitmap + bitmapBytes);
  }
}

function isDeferred(column: ColumnBuilder): boolean {
  return ops[column.code] === layout.OP_DEFERRED;
}

function describe(
  column: ColumnBuilder,
  descriptor: Int32Array,
  plan: Plan,
): void {
  const { type } = column;
  descriptor[layout.OP] = ops[column.code];
  descriptor[layout.FLAGS] =
    (column.nullable ? layout.MAY_BE_NULL : 0) |
    (column.required ? 0 : layout.MAY_BE_ABSENT);
  descriptor[layout.VALIDITY] = plan.take(bitmapBytes);
  descriptor[layout.ABSENT] = plan.take(bitmapBytes);
  descriptor[layout.DATA] = plan.take(dataBytes(column));
  descriptor[layout.OFFSETS] = plan.take(
    column.code === cell.utf8 ? 4 * (layout.ROWS_MAX + 1) : 4,
  );
  descriptor[layout.DIGITS] = column.digits;
  descriptor[layout.WIDTH] = column.width;
  descriptor[layout.PRECISION] =
    type.type === "decimal" ? Math.min(type.precision, 38) : 18;
}

function dataBytes(column: ColumnBuilder): number {
  if (isDeferred(column)) return 8 * layout.ROWS_MAX;
  switch (column.code) {
    case cell.utf8:
      // All texts of the window, and what the last store of 16 bytes reaches over.
      return layout.WINDOW + layout.SLACK;
    case cell.bool:
      return bitmapBytes;
    default:
      return column.width * layout.ROWS_MAX;
  }
}

function bitOf(bytes: Uint8Array, at: number, index: number): number {
  return ((bytes[at + (index >> 3)] as number) >> (index & 7)) & 1;
}

function putBit(bits: Uint8Array, index: number, value: number): void {
  const bit = 1 << (index & 7);
  const byte = bits[index >> 3] as number;
  bits[index >> 3] = value === 1 ? byte | bit : byte & ~bit;
}

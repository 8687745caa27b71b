import { Block } from "../block.js";
import { cell, type CellCode } from "../cell-code.js";
import { writeCell } from "../cell-writer.js";
import type { Column } from "../column.js";
import type { Plan } from "./memory.js";
import * as layout from "./writer-layout.js";
import type { WriterMemory } from "./writer-memory.js";

/** How the kernel writes each kind of cell. What has cells within cells is written by the twin. */
const ops: Readonly<Record<CellCode, number>> = {
  [cell.none]: layout.OP_NULL,
  [cell.bool]: layout.OP_BOOL,
  [cell.int8]: layout.OP_INT8,
  [cell.int16]: layout.OP_INT16,
  [cell.int32]: layout.OP_INT32,
  [cell.int64]: layout.OP_INT64,
  [cell.uint8]: layout.OP_UINT8,
  [cell.uint16]: layout.OP_UINT16,
  [cell.uint32]: layout.OP_UINT32,
  [cell.uint64]: layout.OP_UINT64,
  [cell.float16]: layout.OP_FLOAT16,
  [cell.float32]: layout.OP_FLOAT32,
  [cell.float64]: layout.OP_FLOAT64,
  [cell.decimal]: layout.OP_DECIMAL,
  [cell.utf8]: layout.OP_TEXT,
  [cell.binary]: layout.OP_BINARY,
  [cell.fixedBinary]: layout.OP_FIXED_BINARY,
  [cell.dateDay]: layout.OP_DATE_DAY,
  [cell.dateMs]: layout.OP_DATE_MS,
  [cell.time32]: layout.OP_TIME32,
  [cell.time64]: layout.OP_TIME64,
  [cell.timestamp]: layout.OP_TIMESTAMP,
  [cell.duration]: layout.OP_DURATION,
  [cell.months]: layout.OP_MONTHS,
  [cell.dayTime]: layout.OP_DAY_TIME,
  [cell.monthDayNano]: layout.OP_MONTH_DAY_NANO,
  [cell.list]: layout.OP_RAW,
  [cell.fixedList]: layout.OP_RAW,
  [cell.struct]: layout.OP_RAW,
  [cell.mapObject]: layout.OP_RAW,
  [cell.mapEntries]: layout.OP_RAW,
  [cell.union]: layout.OP_RAW,
};

const nonFinites = {
  string: layout.NONFINITE_STRING,
  null: layout.NONFINITE_NULL,
  fail: layout.NONFINITE_FAIL,
} as const;

const rowsMax = 1024;
/** Bytes that the cells of fixed width may take, unless eight rows need more. */
const fixedBytesMax = 1 << 19;
/** Bytes of texts and binaries, and as many of what the twin wrote. */
const variableBytesMax = 1 << 17;
/** How long a byte of text may become: `\u001f`. */
const escapedLength = 6;

/** Where the parts of a column lie in the kernel's memory. */
interface Place {
  readonly column: Column;
  readonly validity: number;
  readonly data: number;
  readonly offsets: number;
}

/** Some rows of a table's columns, copied into the kernel's memory. */
export class StagedCells {
  readonly #memory: WriterMemory;
  readonly #places: readonly Place[];
  /** Those with texts and binaries, and those that the twin writes. */
  readonly #variable: readonly Column[];
  #raw = new Block(0, 0);
  /** What the twin may write of a cell without asking. */
  readonly #rawSlack: number;
  readonly #start: number;
  /** Descriptors and keys, to be copied to `#start`. */
  readonly #image: Uint8Array;
  readonly #variableAt: number;
  readonly #rowsMax: number;
  /** Bytes that a staged row becomes at most, without what stands around it. */
  readonly rowBytesMax: number;
  /** The row of the batch that is the kernel's row 0; a multiple of 8, so that bitmaps need no shifts. */
  base = 0;

  /** Takes what it needs of `plan`; nothing is written yet. */
  constructor(columns: readonly Column[], memory: WriterMemory, plan: Plan) {
    this.#memory = memory;
    this.#variable = columns.filter(({ code }) => isVariable(code));
    const raw = columns.filter(isRaw);
    this.#rawSlack = raw.reduce((max, { room }) => Math.max(max, room), 0);
    const rowBytes = columns.reduce(
      (sum, column) => sum + cellBytes(column),
      1,
    );
    this.#rowsMax = Math.min(
      rowsMax,
      Math.max(8, Math.trunc(fixedBytesMax / rowBytes) & ~7),
    );
    this.rowBytesMax =
      columns.reduce((sum, column) => sum + textRoom(column), 0) +
      escapedLength * variableBytesMax +
      variableBytesMax;

    this.#start = plan.take(4 * layout.DESCRIPTOR_WORDS * columns.length);
    const keys = columns.map(({ key }) => key.bytes);
    const keyPlaces = keys.map(({ length }) =>
      plan.take(length + layout.OVERHANG),
    );
    this.#image = new Uint8Array(plan.end - this.#start);
    this.#places = columns.map((column) => this.#place(column, plan));
    this.#variableAt = plan.take(2 * variableBytesMax + layout.OVERHANG);
    const words = new Int32Array(this.#image.buffer);
    this.#places.forEach((place, index) => {
      const key = keys[index] as Uint8Array;
      const keyPlace = keyPlaces[index] as number;
      this.#image.set(key, keyPlace - this.#start);
      const descriptor = words.subarray(layout.DESCRIPTOR_WORDS * index);
      describe(place, descriptor);
      descriptor[layout.KEY] = keyPlace;
      descriptor[layout.KEY_LENGTH] = key.length;
    });
  }

  /** Writes everything that the kernel finds in place. */
  place(): void {
    this.#memory.bytes.set(this.#image, this.#start);
    this.#memory.exports.setColumns(this.#start, this.#places.length);
  }

  /** Copies rows from `row` on, as many as there is room for; gives the row behind the last one. */
  stage(row: number, rows: number): number {
    this.base = row & ~7;
    let to = Math.min(this.base + this.#rowsMax, rows);
    to = this.#fitting(row, to);
    if (to === row) return row;
    let variable = this.#variableAt;
    this.#places.forEach((place, index) => {
      const { column } = place;
      if (isVariable(column.code))
        variable = this.#stageVariable(place, index, row, to, variable);
      else if (!isRaw(column)) this.#stageFixed(place, to);
      if (!isRaw(column)) this.#stageValidity(place, index, to);
    });
    const limit = this.#variableAt + 2 * variableBytesMax;
    this.#places.forEach((place, index) => {
      if (!isRaw(place.column) || to === row) return;
      const end = this.#writeRaw(place, row, to, limit - variable);
      to = end.row;
      this.#memory.bytes.set(this.#raw.bytes.subarray(0, end.length), variable);
      this.#describe(index, layout.DATA, variable);
      variable += end.length;
    });
    return to;
  }

  /** The last row that the texts and binaries from `row` on have room up to. */
  #fitting(row: number, to: number): number {
    if (this.#variableBytes(row, to) <= variableBytesMax) return to;
    let fits = row;
    while (to - fits > 1) {
      const middle = (fits + to) >> 1;
      if (this.#variableBytes(row, middle) <= variableBytesMax) fits = middle;
      else to = middle;
    }
    return fits;
  }

  #variableBytes(row: number, to: number): number {
    let sum = 0;
    for (const { offsets } of this.#variable)
      sum += (offsets[to] as number) - (offsets[row] as number);
    return sum;
  }

  #stageVariable(
    { column, offsets }: Place,
    index: number,
    row: number,
    to: number,
    at: number,
  ): number {
    const from = column.offsets[row] as number;
    const end = column.offsets[to] as number;
    const { bytes, words } = this.#memory;
    bytes.set(column.data.subarray(from, end), at);
    words.set(column.offsets.subarray(this.base, to + 1), offsets >> 2);
    this.#describe(index, layout.DATA, at - from);
    return at + end - from;
  }

  #stageFixed({ column, data }: Place, to: number): void {
    const { bytes } = this.#memory;
    const { width } = column;
    const from = column.code === cell.bool ? this.base >> 3 : this.base * width;
    const end = column.code === cell.bool ? (to + 7) >> 3 : to * width;
    bytes.set(column.data.subarray(from, end), data);
  }

  #stageValidity(place: Place, index: number, to: number): void {
    const { hasNulls, validity } = place.column;
    this.#describe(index, layout.VALIDITY, hasNulls ? place.validity : 0);
    if (hasNulls)
      this.#memory.bytes.set(
        validity.subarray(this.base >> 3, (to + 7) >> 3),
        place.validity,
      );
  }

  /** The twin writes the cells, up to the first that it refuses or that is too much; the row behind, and the bytes. */
  #writeRaw(
    { column, offsets }: Place,
    row: number,
    to: number,
    room: number,
  ): { readonly row: number; readonly length: number } {
    const { words } = this.#memory;
    const ends = offsets >> 2;
    let length = 0;
    // One huge cell does not keep its memory.
    if (!this.#raw.fits(variableBytesMax, this.#rawSlack))
      this.#raw = new Block(variableBytesMax, this.#rawSlack);
    words[ends + row - this.base] = 0;
    for (; row < to; row++) {
      this.#raw.reserve(length, 0);
      const end = writtenCell(this.#raw, length, column, row);
      if (end === undefined || end > room) break;
      length = end;
      words[ends + row - this.base + 1] = length;
    }
    return { row, length };
  }

  #describe(index: number, field: number, value: number): void {
    const at = (this.#start >> 2) + layout.DESCRIPTOR_WORDS * index;
    this.#memory.words[at + field] = value;
  }

  #place(column: Column, plan: Plan): Place {
    const rows = this.#rowsMax;
    const hasOffsets = isVariable(column.code) || isRaw(column);
    const fixedBytes =
      column.code === cell.bool ? rows / 8 : column.width * rows;
    return {
      column,
      validity: plan.take(rows / 8),
      data: hasOffsets ? 0 : plan.take(fixedBytes + layout.OVERHANG),
      offsets: hasOffsets ? plan.take(4 * (rows + 1)) : 0,
    };
  }
}

/** Behind the cell; undefined when it is refused, which the twin will say again when it writes the whole row. */
function writtenCell(
  block: Block,
  at: number,
  column: Column,
  row: number,
): number | undefined {
  try {
    return writeCell(block, at, column, row);
  } catch {
    return undefined;
  }
}

function isVariable(code: CellCode): boolean {
  return code === cell.utf8 || code === cell.binary;
}

function isRaw({ code }: Column): boolean {
  return ops[code] === layout.OP_RAW;
}

/** Bytes of a staged cell beside those of texts, binaries and what the twin wrote. */
function cellBytes(column: Column): number {
  const offset = isVariable(column.code) || isRaw(column) ? 4 : 0;
  return column.width + offset + 1 / 4;
}

/** Bytes that a member may become at most, without the content of texts, binaries and what the twin wrote. */
function textRoom(column: Column): number {
  const content = isRaw(column) ? 0 : column.room;
  const base64 =
    column.code === cell.fixedBinary ? 4 * Math.ceil(column.width / 3) : 0;
  return column.key.length + content + base64;
}

function describe(place: Place, descriptor: Int32Array): void {
  const { column } = place;
  descriptor[layout.OP] = ops[column.code];
  descriptor[layout.DATA] = place.data;
  descriptor[layout.OFFSETS] = place.offsets;
  descriptor[layout.WIDTH] = column.width;
  descriptor[layout.DIGITS] = column.digits;
  descriptor[layout.NONFINITE] = nonFinites[column.nonFinite];
  descriptor[layout.ZULU] = column.zulu ? 1 : 0;
}

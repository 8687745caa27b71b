import { cell, type CellCode } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";
import { addDecimal } from "./decimal-parse.js";
import { addDuration } from "./duration-parse.js";
import { addNull, nullMember } from "./empty-cells.js";
import { addFloat } from "./float-parse.js";
import { addInteger } from "./integer-parse.js";
import type { Members } from "./members.js";
import {
  malformed,
  readString,
  skipColon,
  skipSpace,
  skipValue,
  skipWord,
} from "./scan.js";
import { misfit, type Source } from "./source.js";
import { addBinary, addText } from "./text-parse.js";
import { addDate, addTime, addTimestamp } from "./time-parse.js";

/** Adds the value at `at` to a column; returns the position behind it. */
type CellParser = (source: Source, at: number, column: ColumnBuilder) => number;

const LETTER_N = 0x6e;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Adds the value at `at` to a column; returns the position behind it. After an error the column and its children
 * may hold parts of the value: truncate them.
 * @throws Failure(invalid_input) when it is not JSON; Failure(invalid_data) when it does not fit.
 */
export function addCell(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (source.bytes[at] === LETTER_N) return addNullWord(source, at, column);
  // What most tables are made of is called directly, so that it can be inlined into the loop over members.
  switch (column.code) {
    case cell.float64:
      return addFloat(source, at, column);
    case cell.int64:
      return addInteger(source, at, column);
    case cell.utf8:
      return addText(source, at, column);
    case cell.timestamp:
      return addTimestamp(source, at, column);
    default:
      return parsers[column.code](source, at, column);
  }
}

function addNullWord(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  const next = skipWord(source.bytes, at, source.end, "null");
  const holdsNull =
    column.code === cell.union ? nullMember(column) >= 0 : column.nullable;
  if (!holdsNull) throw misfit(source, at, column, "null is not allowed");
  addNull(column);
  return next;
}

/**
 * Adds the members of the object at `at` to their columns, in whatever order they come. Members without a column
 * are skipped. Returns the position behind the object; columns whose member did not come keep their length, and
 * `members.added` counts the others.
 * @param row the length of every column of `members` before.
 */
export function addMembers(
  source: Source,
  at: number,
  members: Members,
  row: number,
): number {
  const { bytes, view, end } = source;
  const { columns } = members;
  if (at >= end || bytes[at] !== OPEN_OBJECT)
    throw malformed(bytes, at, end, 'expected "{"');
  at = skipSpace(bytes, at + 1, end);
  members.added = 0;
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  let added = 0;
  let previous = -1;
  for (;;) {
    let index = members.guess(previous);
    let column: ColumnBuilder | undefined;
    const behindKey = members.behindKey(view, at, index);
    if (behindKey >= 0) {
      at = behindKey;
      column = columns[index];
      if ((bytes[at] as number) <= SPACE) at = skipSpace(bytes, at, end);
    } else {
      const { value: name, next } = readString(bytes, at, end);
      at = skipColon(bytes, next, end);
      index = members.find(name, previous);
      column = columns[index];
    }
    if (column === undefined) {
      at = skipValue(bytes, at, end);
    } else {
      // The last one of members of one name counts, as JSON.parse has it.
      if (column.length === row) added++;
      else column.truncate(row);
      at = addCell(source, at, column);
      previous = index;
    }
    if ((bytes[at] as number) <= SPACE) at = skipSpace(bytes, at, end);
    if (bytes[at] !== COMMA) break;
    at++;
    if ((bytes[at] as number) <= SPACE) at = skipSpace(bytes, at, end);
  }
  if (at >= end || bytes[at] !== CLOSE_OBJECT)
    throw malformed(bytes, at, end, 'expected "," or "}"');
  members.added = added;
  return at + 1;
}

const addNothing: CellParser = (source, at, column) => {
  throw misfit(source, at, column, "not null");
};

const addBool: CellParser = (source, at, column) => {
  const { bytes, end } = source;
  const first = bytes[at];
  if (first !== 0x74 && first !== 0x66)
    throw misfit(source, at, column, "neither true nor false");
  if (column.length === column.capacity) column.grow();
  const index = column.length;
  const value = first === 0x74;
  const next = skipWord(bytes, at, end, value ? "true" : "false");
  const bit = 1 << (index & 7);
  const byte = column.data[index >> 3] as number;
  column.data[index >> 3] = value ? byte | bit : byte & ~bit;
  column.length++;
  return next;
};

const addStruct: CellParser = (source, at, column) => {
  if (source.bytes[at] !== OPEN_OBJECT)
    throw misfit(source, at, column, "not an object");
  if (column.length === column.capacity) column.grow();
  const row = column.length;
  const next = addMembers(source, at, column.members, row);
  if (column.members.added !== column.children.length)
    for (const child of column.children) {
      if (child.length !== row) continue;
      if (!child.nullable)
        throw misfit(source, at, child, "a value is missing");
      addNull(child);
    }
  column.length++;
  return next;
};

const addList: CellParser = (source, at, column) => {
  const { bytes, end } = source;
  if (bytes[at] !== OPEN_ARRAY)
    throw misfit(source, at, column, "not an array");
  if (column.length === column.capacity) column.grow();
  const item = column.children[0] as ColumnBuilder;
  let place = skipSpace(bytes, at + 1, end);
  if (bytes[place] === CLOSE_ARRAY) place++;
  else
    for (let next = COMMA; next === COMMA;) {
      place = addCell(source, skipSpace(bytes, place, end), item);
      place = skipSpace(bytes, place, end);
      next = place < end ? (bytes[place++] as number) : 0;
      if (next !== COMMA && next !== CLOSE_ARRAY)
        throw malformed(bytes, place - 1, end, 'expected "," or "]"');
    }
  const count = item.length - (column.offsets[column.length] as number);
  if (column.type.type === "fixed_size_list" && count !== column.type.size)
    throw misfit(source, at, column, `not ${String(column.type.size)} values`);
  column.offsets[++column.length] = item.length;
  return place;
};

/** A map as an object, or as the array of keys and values that maps with other keys have. */
const addMap: CellParser = (source, at, column) => {
  const { bytes, end } = source;
  if (bytes[at] !== OPEN_OBJECT) return addList(source, at, column);
  if (column.length === column.capacity) column.grow();
  const entries = column.children[0] as ColumnBuilder;
  const [key, value] = entries.children as [ColumnBuilder, ColumnBuilder];
  let place = skipSpace(bytes, at + 1, end);
  if (bytes[place] === CLOSE_OBJECT) place++;
  else
    for (let next = COMMA; next === COMMA;) {
      place = skipSpace(bytes, place, end);
      if (bytes[place] !== QUOTE)
        throw malformed(bytes, place, end, "expected a key");
      place = skipColon(bytes, addText(source, place, key), end);
      place = skipSpace(bytes, addCell(source, place, value), end);
      if (entries.length === entries.capacity) entries.grow();
      entries.length++;
      next = place < end ? (bytes[place++] as number) : 0;
      if (next !== COMMA && next !== CLOSE_OBJECT)
        throw malformed(bytes, place - 1, end, 'expected "," or "}"');
    }
  column.offsets[++column.length] = entries.length;
  return place;
};

/** A union as the object of the one member that it has. */
const addUnion: CellParser = (source, at, column) => {
  const { bytes, end } = source;
  if (bytes[at] !== OPEN_OBJECT || column.type.type !== "union")
    throw misfit(source, at, column, "not an object of one member");
  if (column.length === column.capacity) column.grow();
  let place = skipSpace(bytes, at + 1, end);
  if (bytes[place] !== QUOTE)
    throw misfit(source, at, column, "not an object of one member");
  const { value: name, next } = readString(bytes, place, end);
  const index = column.members.find(name, -1);
  const child = column.children[index];
  if (child === undefined)
    throw misfit(source, at, column, "a member that the union lacks");
  // Counted before its member is added, so that a failure finds both to take back.
  column.offsets[column.length] = child.length;
  column.typeIds[column.length] = column.type.typeIds[index] as number;
  column.length++;
  place = addCell(source, skipColon(bytes, next, end), child);
  place = skipSpace(bytes, place, end);
  if (place >= end || bytes[place] !== CLOSE_OBJECT)
    throw misfit(source, at, column, "not an object of one member");
  return place + 1;
};

const parsers: Readonly<Record<CellCode, CellParser>> = {
  [cell.none]: addNothing,
  [cell.bool]: addBool,
  [cell.int8]: addInteger,
  [cell.int16]: addInteger,
  [cell.int32]: addInteger,
  [cell.int64]: addInteger,
  [cell.uint8]: addInteger,
  [cell.uint16]: addInteger,
  [cell.uint32]: addInteger,
  [cell.uint64]: addInteger,
  [cell.float16]: addFloat,
  [cell.float32]: addFloat,
  [cell.float64]: addFloat,
  [cell.decimal]: addDecimal,
  [cell.utf8]: addText,
  [cell.binary]: addBinary,
  [cell.fixedBinary]: addBinary,
  [cell.dateDay]: addDate,
  [cell.dateMs]: addDate,
  [cell.time32]: addTime,
  [cell.time64]: addTime,
  [cell.timestamp]: addTimestamp,
  [cell.duration]: addDuration,
  [cell.months]: addDuration,
  [cell.dayTime]: addDuration,
  [cell.monthDayNano]: addDuration,
  [cell.list]: addList,
  [cell.fixedList]: addList,
  [cell.struct]: addStruct,
  [cell.mapObject]: addMap,
  [cell.mapEntries]: addList,
  [cell.union]: addUnion,
};

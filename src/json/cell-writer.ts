import { writePiece, type Block } from "./block.js";
import { cell, type CellCode } from "./cell-code.js";
import {
  KEY_WORDS,
  memberRoom,
  type Column,
  type MemberColumns,
} from "./column.js";
import * as scalar from "./scalar-cells.js";
import { unwritable, writeNull, type CellWriter } from "./scalar-cells.js";

/**
 * Writes row `index` of a bound column as JSON; returns the position behind it. `out` must have the column's
 * `room` behind `at`.
 * @throws Failure(invalid_data) naming the column when JSON or UTF-8 cannot say the value.
 */
export function writeCell(
  out: Block,
  at: number,
  column: Column,
  index: number,
): number {
  if (
    column.hasNulls &&
    (((column.validity[index >> 3] as number) >> (index & 7)) & 1) === 0
  )
    return writeNull(out.view, at);
  // What most tables are made of is called directly, so that it can be inlined into the loop over cells.
  switch (column.code) {
    case cell.float64:
      return scalar.writeFloat64Cell(out, at, column, index);
    case cell.int64:
      return scalar.writeInt64Cell(out, at, column, index);
    case cell.utf8:
      return scalar.writeTextCell(out, at, column, index);
    case cell.timestamp:
      return scalar.writeTimestampCell(out, at, column, index);
    default:
      return writers[column.code](out, at, column, index);
  }
}

/**
 * Writes the members of an object without the braces. The keys lie side by side in one array: to follow a
 * pointer from each column to its key takes a sixth of the time of a whole row.
 */
export function writeMembers(
  out: Block,
  at: number,
  members: MemberColumns,
  index: number,
): number {
  const { columns, words, lengths } = members;
  for (let place = 0; place < lengths.length; place++) {
    const { view } = out;
    const length = lengths[place] as number;
    const word = KEY_WORDS * place;
    view.setFloat64(at, words[word] as number, true);
    view.setFloat64(at + 8, words[word + 1] as number, true);
    if (length > 16) {
      view.setFloat64(at + 16, words[word + 2] as number, true);
      view.setFloat64(at + 24, words[word + 3] as number, true);
    }
    const column = columns[place] as Column;
    if (length > 8 * KEY_WORDS) writePiece(view, at, column.key);
    at = writeCell(out, at + length, column, index);
  }
  return at;
}

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;

const writeStructCell: CellWriter = (out, at, column, index) => {
  out.view.setUint8(at, OPEN_OBJECT);
  at = writeMembers(out, at + 1, column.members, index);
  out.view.setUint8(at, CLOSE_OBJECT);
  return at + 1;
};

const writeListCell: CellWriter = (out, at, column, index) => {
  const item = column.children[0] as Column;
  const to = column.offsets[index + 1] as number;
  let from = column.offsets[index] as number;
  out.view.setUint8(at, OPEN_ARRAY);
  if (from === to) {
    out.view.setUint8(at + 1, CLOSE_ARRAY);
    return at + 2;
  }
  for (; from < to; from++) {
    out.reserve(++at, item.room);
    at = writeCell(out, at, item, from);
    out.view.setUint8(at, COMMA);
  }
  out.view.setUint8(at, CLOSE_ARRAY);
  return at + 1;
};

const writeMapObjectCell: CellWriter = (out, at, column, index) => {
  const [key, value] = (column.children[0] as Column).children as [
    Column,
    Column,
  ];
  const to = column.offsets[index + 1] as number;
  let from = column.offsets[index] as number;
  out.view.setUint8(at, OPEN_OBJECT);
  if (from === to) {
    out.view.setUint8(at + 1, CLOSE_OBJECT);
    return at + 2;
  }
  for (; from < to; from++) {
    out.reserve(++at, memberRoom(key) + value.room);
    const behindKey = writeCell(out, at, key, from);
    if (out.bytes[at] !== QUOTE) throw unwritable(key, "null cannot be a key");
    at = behindKey;
    out.view.setUint8(at, COLON);
    at = writeCell(out, at + 1, value, from);
    out.view.setUint8(at, COMMA);
  }
  out.view.setUint8(at, CLOSE_OBJECT);
  return at + 1;
};

const writeUnionCell: CellWriter = (out, at, column, index) => {
  const typeId = column.typeIds[index] as number;
  const child = column.childOfTypeId.get(typeId);
  if (child === undefined)
    throw unwritable(column, `unknown union type id ${String(typeId)}`);
  out.view.setUint8(at, OPEN_OBJECT);
  at = writePiece(out.view, at + 1, child.key);
  at = writeCell(out, at, child, column.offsets[index] as number);
  out.view.setUint8(at, CLOSE_OBJECT);
  return at + 1;
};

const writers: Readonly<Record<CellCode, CellWriter>> = {
  [cell.none]: (out, at) => writeNull(out.view, at),
  [cell.bool]: scalar.writeBoolCell,
  [cell.int8]: scalar.writeInt8Cell,
  [cell.int16]: scalar.writeInt16Cell,
  [cell.int32]: scalar.writeInt32Cell,
  [cell.int64]: scalar.writeInt64Cell,
  [cell.uint8]: scalar.writeUint8Cell,
  [cell.uint16]: scalar.writeUint16Cell,
  [cell.uint32]: scalar.writeUint32Cell,
  [cell.uint64]: scalar.writeUint64Cell,
  [cell.float16]: scalar.writeFloat16Cell,
  [cell.float32]: scalar.writeFloat32Cell,
  [cell.float64]: scalar.writeFloat64Cell,
  [cell.decimal]: scalar.writeDecimalCell,
  [cell.utf8]: scalar.writeTextCell,
  [cell.binary]: scalar.writeBinaryCell,
  [cell.fixedBinary]: scalar.writeFixedBinaryCell,
  [cell.dateDay]: scalar.writeDateDayCell,
  [cell.dateMs]: scalar.writeDateMsCell,
  [cell.time32]: scalar.writeTime32Cell,
  [cell.time64]: scalar.writeTime64Cell,
  [cell.timestamp]: scalar.writeTimestampCell,
  [cell.duration]: scalar.writeDurationCell,
  [cell.months]: scalar.writeMonthsCell,
  [cell.dayTime]: scalar.writeDayTimeCell,
  [cell.monthDayNano]: scalar.writeMonthDayNanoCell,
  [cell.list]: writeListCell,
  [cell.fixedList]: writeListCell,
  [cell.struct]: writeStructCell,
  [cell.mapObject]: writeMapObjectCell,
  [cell.mapEntries]: writeListCell,
  [cell.union]: writeUnionCell,
};

import { isUtf8 } from "node:buffer";
import { Failure } from "../failure.js";
import { writeBase64 } from "./base64.js";
import { writeAscii, type Block } from "./block.js";
import type { Column } from "./column.js";
import { writeDecimal } from "./decimal-text.js";
import { writeInt } from "./digits.js";
import {
  writeDayTime,
  writeDuration,
  writeMonthDayNano,
  writeMonths,
} from "./duration-text.js";
import { float16Value } from "./float16.js";
import { TWO_32, writeInt64, writeUint64 } from "./integer-text.js";
import { writeFloat16, writeFloat32, writeFloat64 } from "./shortest-float.js";
import { writeString } from "./string-text.js";
import {
  unitsOfSecond,
  writeClock,
  writeDate,
  writeTimestamp,
} from "./time-text.js";

/** Writes row `index` of a bound column, which is not null, as JSON; returns the position behind it. */
export type CellWriter = (
  out: Block,
  at: number,
  column: Column,
  index: number,
) => number;

const QUOTE = 0x22;
const NULL_WORD = 0x6c6c756e;

export function writeNull(view: DataView, at: number): number {
  view.setInt32(at, NULL_WORD, true);
  return at + 4;
}

export const writeBoolCell: CellWriter = (out, at, column, index) => {
  const bit = ((column.data[index >> 3] as number) >> (index & 7)) & 1;
  return writeAscii(out.view, at, bit === 1 ? "true" : "false");
};

export const writeInt8Cell: CellWriter = (out, at, column, index) =>
  writeInt(out.view, at, column.view.getInt8(index));

export const writeInt16Cell: CellWriter = (out, at, column, index) =>
  writeInt(out.view, at, column.view.getInt16(2 * index, true));

export const writeInt32Cell: CellWriter = (out, at, column, index) =>
  writeInt(out.view, at, column.view.getInt32(4 * index, true));

export function writeInt64Cell(
  out: Block,
  at: number,
  column: Column,
  index: number,
): number {
  const low = column.view.getInt32(8 * index, true);
  const high = column.view.getInt32(8 * index + 4, true);
  if (high === low >> 31) return writeInt(out.view, at, low);
  return writeInt64(out.view, at, low, high);
}

export const writeUint8Cell: CellWriter = (out, at, column, index) =>
  writeInt(out.view, at, column.view.getUint8(index));

export const writeUint16Cell: CellWriter = (out, at, column, index) =>
  writeInt(out.view, at, column.view.getUint16(2 * index, true));

export const writeUint32Cell: CellWriter = (out, at, column, index) =>
  writeInt(out.view, at, column.view.getUint32(4 * index, true));

export const writeUint64Cell: CellWriter = (out, at, column, index) =>
  writeUint64(
    out.view,
    at,
    column.view.getInt32(8 * index, true),
    column.view.getInt32(8 * index + 4, true),
  );

export const writeFloat16Cell: CellWriter = (out, at, column, index) => {
  const value = float16Value(column.view.getUint16(2 * index, true));
  if (value - value !== 0) return writeNonFinite(out.view, at, column, value);
  return writeFloat16(out.view, at, value);
};

export const writeFloat32Cell: CellWriter = (out, at, column, index) => {
  const value = column.view.getFloat32(4 * index, true);
  if (value - value !== 0) return writeNonFinite(out.view, at, column, value);
  return writeFloat32(out.view, at, value);
};

export function writeFloat64Cell(
  out: Block,
  at: number,
  column: Column,
  index: number,
): number {
  const value = column.view.getFloat64(8 * index, true);
  if (value - value !== 0) return writeNonFinite(out.view, at, column, value);
  return writeFloat64(out.view, at, value);
}

function writeNonFinite(
  view: DataView,
  at: number,
  column: Column,
  value: number,
): number {
  switch (column.nonFinite) {
    case "string":
      return writeAscii(view, at, `"${String(value)}"`);
    case "null":
      return writeNull(view, at);
    case "fail":
      throw unwritable(column, `${String(value)} is not a JSON number`);
  }
}

export const writeDecimalCell: CellWriter = (out, at, column, index) =>
  writeDecimal(
    out.view,
    at,
    column.view,
    column.width * index,
    column.width,
    column.digits,
  );

export function writeTextCell(
  out: Block,
  at: number,
  column: Column,
  index: number,
): number {
  const { data, offsets } = column;
  const from = offsets[index] as number;
  const to = offsets[index + 1] as number;
  if (from === to) {
    out.view.setInt16(at, 0x2222);
    return at + 2;
  }
  if (!isText(column, from, to))
    throw unwritable(column, "invalid UTF-8 (cast it to binary in the query)");
  return writeString(out, at, data, column.view, from, to);
}

/** Within bytes that are UTF-8 as a whole, a part is when no character begins outside or ends behind it. */
function isText(column: Column, from: number, to: number): boolean {
  const { data } = column;
  if (!column.isText) return isUtf8(data.subarray(from, to));
  if (((data[from] as number) & 0xc0) === 0x80) return false;
  return to === column.dataEnd || ((data[to] as number) & 0xc0) !== 0x80;
}

export const writeBinaryCell: CellWriter = (out, at, column, index) => {
  const { data, offsets } = column;
  const from = offsets[index] as number;
  return writeBase64(out, at, data, from, offsets[index + 1] as number);
};

export const writeFixedBinaryCell: CellWriter = (out, at, column, index) => {
  const from = column.width * index;
  return writeBase64(out, at, column.data, from, from + column.width);
};

export const writeDateDayCell: CellWriter = (out, at, column, index) =>
  writeDateCell(out.view, at, column, column.view.getInt32(4 * index, true));

const MS_OF_DAY = 86_400_000;

export const writeDateMsCell: CellWriter = (out, at, column, index) => {
  const value = column.view.getBigInt64(8 * index, true);
  const day = value / BigInt(MS_OF_DAY);
  if (day * BigInt(MS_OF_DAY) !== value)
    throw unwritable(
      column,
      `the date ${String(value)} ms is not a whole day (cast it to a timestamp in the query)`,
    );
  return writeDateCell(out.view, at, column, Number(day));
};

function writeDateCell(
  view: DataView,
  at: number,
  column: Column,
  day: number,
): number {
  view.setUint8(at, QUOTE);
  at = writeDate(view, at + 1, day, column.dateTexts);
  view.setUint8(at, QUOTE);
  return at + 1;
}

export const writeTime32Cell: CellWriter = (out, at, column, index) =>
  writeTime(out.view, at, column, column.view.getInt32(4 * index, true));

export const writeTime64Cell: CellWriter = (out, at, column, index) => {
  const low = column.view.getUint32(8 * index, true);
  const high = column.view.getInt32(8 * index + 4, true);
  return writeTime(out.view, at, column, high * TWO_32 + low);
};

function writeTime(
  view: DataView,
  at: number,
  column: Column,
  value: number,
): number {
  const perSecond = unitsOfSecond[column.digits] as number;
  // 24:00:00, the end of a day, is a time in ISO 8601, DuckDB and PostgreSQL.
  if (value < 0 || value > 86_400 * perSecond)
    throw unwritable(column, `${String(value)} is not a time of day`);
  const second = Math.floor(value / perSecond);
  view.setUint8(at, QUOTE);
  at = writeClock(
    view,
    at + 1,
    second,
    value - second * perSecond,
    column.digits,
  );
  view.setUint8(at, QUOTE);
  return at + 1;
}

export function writeTimestampCell(
  out: Block,
  at: number,
  column: Column,
  index: number,
): number {
  const view = out.view;
  const low = column.view.getInt32(8 * index, true);
  const high = column.view.getInt32(8 * index + 4, true);
  view.setUint8(at, QUOTE);
  at = writeTimestamp(view, at + 1, low, high, column.digits, column.dateTexts);
  if (column.zulu) view.setUint8(at++, 0x5a);
  view.setUint8(at, QUOTE);
  return at + 1;
}

export const writeDurationCell: CellWriter = (out, at, column, index) => {
  const low = column.view.getInt32(8 * index, true);
  const high = column.view.getInt32(8 * index + 4, true);
  out.view.setUint8(at, QUOTE);
  at = writeDuration(out.view, at + 1, low, high, column.digits);
  out.view.setUint8(at, QUOTE);
  return at + 1;
};

export const writeMonthsCell: CellWriter = (out, at, column, index) => {
  out.view.setUint8(at, QUOTE);
  at = writeMonths(out.view, at + 1, column.view.getInt32(4 * index, true));
  out.view.setUint8(at, QUOTE);
  return at + 1;
};

export const writeDayTimeCell: CellWriter = (out, at, column, index) => {
  const days = column.view.getInt32(8 * index, true);
  const milliseconds = column.view.getInt32(8 * index + 4, true);
  out.view.setUint8(at, QUOTE);
  at = writeDayTime(out.view, at + 1, days, milliseconds);
  out.view.setUint8(at, QUOTE);
  return at + 1;
};

export const writeMonthDayNanoCell: CellWriter = (out, at, column, index) => {
  const { view } = column;
  const months = view.getInt32(16 * index, true);
  const days = view.getInt32(16 * index + 4, true);
  const low = view.getInt32(16 * index + 8, true);
  const high = view.getInt32(16 * index + 12, true);
  out.view.setUint8(at, QUOTE);
  at = writeMonthDayNano(out.view, at + 1, months, days, low, high);
  out.view.setUint8(at, QUOTE);
  return at + 1;
};

/** A value that its text cannot say; whoever knows the row adds it. */
export function unwritable(column: Column, reason: string): Failure {
  return new Failure("invalid_data", `${reason} in column "${column.path}"`);
}

import { cell } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";
import { decimalOf, numberText, scaledInteger } from "./decimal-value.js";
import { TWO_32 } from "./integer-text.js";
import { misfit, type Source } from "./source.js";

const MINUS = 0x2d;
const POINT = 0x2e;

/** Adds an integer to a column of any width; returns the position behind it. */
export function addInteger(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  const { bytes, end } = source;
  const negative = bytes[at] === MINUS;
  const first = negative ? at + 1 : at;
  let place = first;
  // Nine digits fit a small integer, which is twice as fast as a double; more overflow it and are read again.
  let small = 0;
  let digit = (bytes[place] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    small = (small * 10 + digit) | 0;
    digit = (bytes[++place] as number) - 48;
  }
  // Fifteen digits are exact in a double. A point, an exponent or a leading zero is for the general path.
  const count = place - first;
  if (
    count === 0 ||
    count > 15 ||
    place > end ||
    isNumberByte(bytes[place]) ||
    (count > 1 && bytes[first] === 48)
  )
    return addAnyInteger(source, at, column);
  if (count <= 9 && column.code === cell.int64) {
    const { view } = column;
    const value = negative ? -small : small;
    view.setInt32(8 * column.length, value, true);
    view.setInt32(8 * column.length++ + 4, value >> 31, true);
    return place;
  }
  const value = count <= 9 ? small : digitsValue(bytes, first, place);
  if (!storeInteger(column, negative ? -value : value))
    throw misfit(source, at, column, "out of range");
  return place;
}

/** The value of up to fifteen digits. */
function digitsValue(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let place = from; place < to; place++)
    value = value * 10 + (bytes[place] as number) - 48;
  return value;
}

function isNumberByte(byte: number | undefined): boolean {
  return byte === POINT || byte === 0x65 || byte === 0x45;
}

/** Stores an integer below 2^53 behind the last cell and counts it; false when it is out of range. */
function storeInteger(column: ColumnBuilder, value: number): boolean {
  const { view } = column;
  const index = column.length;
  switch (column.code) {
    case cell.int64:
      view.setInt32(8 * index, value | 0, true);
      view.setInt32(8 * index + 4, Math.floor(value / TWO_32), true);
      break;
    case cell.int32:
      if (value !== (value | 0)) return false;
      view.setInt32(4 * index, value, true);
      break;
    case cell.int16:
      if (value !== (value << 16) >> 16) return false;
      view.setInt16(2 * index, value, true);
      break;
    case cell.int8:
      if (value !== (value << 24) >> 24) return false;
      view.setInt8(index, value);
      break;
    case cell.uint64:
      if (value < 0) return false;
      view.setInt32(8 * index, value | 0, true);
      view.setInt32(8 * index + 4, Math.floor(value / TWO_32), true);
      break;
    case cell.uint32:
      if (value !== value >>> 0) return false;
      view.setUint32(4 * index, value, true);
      break;
    case cell.uint16:
      if (value !== (value & 0xffff)) return false;
      view.setUint16(2 * index, value, true);
      break;
    case cell.uint8:
      if (value !== (value & 0xff)) return false;
      view.setUint8(index, value);
      break;
  }
  column.length++;
  return true;
}

/** Sixteen digits and more, `1.0`, `1e3`, and strings of these. */
function addAnyInteger(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  const number = numberText(source, at);
  if (number === undefined) throw misfit(source, at, column, "not an integer");
  const value = scaledInteger(decimalOf(number.text), 0, 20);
  if (value === "fraction") throw misfit(source, at, column, "not an integer");
  if (value === "large") throw misfit(source, at, column, "out of range");
  const isSafe = value >= -0x1fffffffffffffn && value <= 0x1fffffffffffffn;
  const stored = isSafe
    ? storeInteger(column, Number(value))
    : storeInt64(column, value);
  if (!stored) throw misfit(source, at, column, "out of range");
  return number.next;
}

/** Stores a 64-bit integer behind the last cell and counts it; false when the column is narrower. */
export function storeInt64(column: ColumnBuilder, value: bigint): boolean {
  const unsigned = column.code === cell.uint64;
  if (column.width !== 8) return false;
  if (
    value !== (unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value))
  )
    return false;
  column.view.setBigInt64(8 * column.length, BigInt.asIntN(64, value), true);
  column.length++;
  return true;
}

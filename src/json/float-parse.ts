import { cell } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";
import { compareSize, decimalOf, numberText } from "./decimal-value.js";
import { float16Bits, roundToFloat16 } from "./float16.js";
import {
  exactPowers,
  POWER_MAX,
  powerHigh,
  powerLow,
  productError,
} from "./power-of-ten.js";
import { readString } from "./scan.js";
import { misfit, type Source } from "./source.js";

const MINUS = 0x2d;
const POINT = 0x2e;
const QUOTE = 0x22;

/** Adds a number to a float column of any width; returns the position behind it. */
export function addFloat(
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
  let mantissa = 0;
  let digit = (bytes[place] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    mantissa = (mantissa * 10 + digit) | 0;
    digit = (bytes[++place] as number) - 48;
  }
  const whole = place - first;
  let scale = 0;
  if (digit === POINT - 48) {
    const fraction = ++place;
    digit = (bytes[place] as number) - 48;
    while (digit >= 0 && digit <= 9) {
      mantissa = (mantissa * 10 + digit) | 0;
      digit = (bytes[++place] as number) - 48;
    }
    scale = place - fraction;
    if (scale === 0) return addAnyFloat(source, at, column);
  }
  let value: number = mantissa;
  if (whole + scale > 9) value = digitsValue(bytes, first, place);
  // One division of two exact numbers rounds once. An exponent or a leading zero is for the general path.
  if (
    whole === 0 ||
    value >= 9_007_199_254_740_992 ||
    scale > 22 ||
    place > end ||
    digit === 53 ||
    digit === 21 ||
    (whole > 1 && bytes[first] === 48)
  )
    return addAnyFloat(source, at, column);
  if (scale > 0) value /= exactPowers[scale] as number;
  if (negative) value = -value;
  if (column.code === cell.float64)
    column.view.setFloat64(8 * column.length++, value, true);
  else storeNarrow(source, at, column, value);
  return place;
}

/** The digits as an integer, the point among them left out; exact below 2^53. */
function digitsValue(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let place = from; place < to; place++)
    if (bytes[place] !== POINT)
      value = value * 10 + (bytes[place] as number) - 48;
  return value;
}

/** Long numbers, exponents, strings of these, and the names of what JSON numbers lack. */
function addAnyFloat(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  const { bytes, end } = source;
  let value: number;
  let next: number;
  if (bytes[at] === QUOTE) {
    const string = readString(bytes, at, end);
    next = string.next;
    const named = nonFinite.get(string.value);
    if (named === undefined && numberText(source, at) === undefined)
      throw misfit(source, at, column, "not a number");
    value = named ?? finite(source, at, column, Number(string.value));
  } else {
    const number = numberText(source, at);
    if (number === undefined) throw misfit(source, at, column, "not a number");
    next = number.next;
    value = longNumber(bytes, at, next);
    if (value !== value) value = Number(number.text);
    finite(source, at, column, value);
  }
  if (column.code === cell.float64)
    column.view.setFloat64(8 * column.length++, value, true);
  else storeNarrow(source, at, column, value);
  return next;
}

const nonFinite: ReadonlyMap<string, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

function finite(
  source: Source,
  at: number,
  column: ColumnBuilder,
  value: number,
): number {
  if (Math.abs(value) === Infinity)
    throw misfit(source, at, column, "out of range");
  return value;
}

/**
 * The double nearest to a number of up to 19 significant digits; NaN when it has more, is very large or small, or
 * is so near the middle of two doubles that 100 bits do not tell.
 * @param to behind its last character; its grammar has been checked.
 */
function longNumber(bytes: Uint8Array, from: number, to: number): number {
  const negative = bytes[from] === MINUS;
  let head = 0;
  let tail = 0;
  let digits = 0;
  let place = negative ? from + 1 : from;
  let fraction = to;
  for (; place < to; place++) {
    const byte = bytes[place] as number;
    if (byte === POINT) {
      fraction = place + 1;
      continue;
    }
    if (byte > 57) break;
    if (digits < 15) head = head * 10 + byte - 48;
    else tail = tail * 10 + byte - 48;
    if (head > 0) digits++;
  }
  if (digits > 19 || digits === 0 || to - place > 5) return NaN;
  let power = Math.min(fraction - place, 0);
  if (place < to) power += smallInteger(bytes, place + 1, to);
  if (Math.abs(power) > POWER_MAX) return NaN;
  const lift = exactPowers[Math.max(digits - 15, 0)] as number;
  const lifted = head * lift;
  const high = lifted + tail;
  // The rest of a sum whose first term is the larger one, and of the product before it.
  const low = tail - (high - lifted) + productError(head, lift, lifted);
  const scale = powerHigh(power);
  const product = high * scale;
  const error =
    productError(high, scale, product) + (high * powerLow(power) + low * scale);
  const value = product + error;
  const rest = error - (value - product);
  // Off the middle by more than the error of 2^-100, relative to the value: this is the nearest double.
  if (value + rest * (1 + 2 ** -40) !== value) return NaN;
  if (value < 1e-280 || value > 1e280) return NaN;
  return negative ? -value : value;
}

/** An integer of a few digits with or without a sign. */
function smallInteger(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let place = from; place < to; place++) {
    const byte = bytes[place] as number;
    if (byte >= 48) value = value * 10 + byte - 48;
  }
  return bytes[from] === MINUS ? -value : value;
}

/** Rounds to the width of the column, stores it behind the last cell and counts it. */
function storeNarrow(
  source: Source,
  at: number,
  column: ColumnBuilder,
  value: number,
): void {
  const round = column.code === cell.float16 ? roundToFloat16 : Math.fround;
  let rounded = round(value);
  // The text was rounded to a double before. Where that is the middle of two narrower floats, the text decides.
  const other = 2 * value - rounded;
  if (rounded !== value && round(other) === other) {
    const text = numberText(source, at)?.text ?? "0";
    const side = compareSize(decimalOf(text), value);
    const isOuter = Math.abs(rounded) > Math.abs(other);
    if ((side > 0 && !isOuter) || (side < 0 && isOuter)) rounded = other;
  }
  if (Math.abs(rounded) === Infinity && Math.abs(value) !== Infinity)
    throw misfit(source, at, column, "out of range");
  if (column.code === cell.float16)
    column.view.setUint16(2 * column.length, float16Bits(rounded), true);
  else column.view.setFloat32(4 * column.length, rounded, true);
  column.length++;
}

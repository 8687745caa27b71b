// Numbers as in ../../integer-parse.ts, ../../float-parse.ts and ../../decimal-parse.ts. 0 means: the general way.
import { DIGITS, POWERS, PRECISION, WIDTH } from "../layout";
import { digits, fraction, mantissa, POINT, whole } from "./digits";
import { QUOTE } from "./scan";

const MINUS: u32 = 0x2d;

/** 10^0 to 10^18. */
const integerPowers: StaticArray<u64> = [
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
  1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000,
  10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
];

@inline
export function powerOfTen(exponent: u32): u64 {
  return unchecked(integerPowers[exponent]);
}

@inline
function continuesNumber(byte: u32): bool {
  return byte == POINT || (byte | 0x20) == 0x65;
}

/** An integer of at most 18 digits into an integer column. */
export function integer(
  at: usize,
  target: usize,
  column: usize,
  signed: bool,
): usize {
  const negative = <u32>load<u8>(at) == MINUS;
  const first = at + (negative ? 1 : 0);
  const next = digits(first);
  if (
    fraction != 0 ||
    whole == 0 ||
    whole > 18 ||
    continuesNumber(load<u8>(next)) ||
    (whole > 1 && load<u8>(first) == 48)
  )
    return 0;
  const value = negative ? -(<i64>mantissa) : <i64>mantissa;
  const width: u32 = load<u32>(column, WIDTH << 2);
  if (width == 8) {
    if (!signed && value < 0) return 0;
    store<i64>(target, value);
    return next;
  }
  const bits = width << 3;
  const low: i64 = signed ? -((<i64>1) << (bits - 1)) : 0;
  const high: i64 = ((<i64>1) << (signed ? bits - 1 : bits)) - 1;
  if (value < low || value > high) return 0;
  if (width == 4) store<u32>(target, <u32>value);
  else if (width == 2) store<u16>(target, <u16>value);
  else store<u8>(target, <u8>value);
  return next;
}

/** An integer of 128 bits. */
let wideLow: u64 = 0;
let wideHigh: u64 = 0;

@inline
function clearWide(): void {
  wideLow = 0;
  wideHigh = 0;
}

/** The upper half of a product of 128 bits. */
@inline
function upperProduct(a: u64, b: u64): u64 {
  const aLow = a & 0xffff_ffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffff_ffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const other = aLow * bHigh + (middle & 0xffff_ffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}

function multiplyAdd(factor: u64, addend: u64): void {
  const low = wideLow * factor;
  const sum = low + addend;
  wideHigh =
    wideHigh * factor + upperProduct(wideLow, factor) + (sum < low ? 1 : 0);
  wideLow = sum;
}

/** Reads so many digits behind those that are there. */
function appendDigits(at: usize, count: u32): void {
  while (count > 0) {
    const part = min<u32>(count, 18);
    let value: u64 = 0;
    for (const end = at + part; at < end; at++)
      value = value * 10 + (<u64>load<u8>(at) - 48);
    multiplyAdd(powerOfTen(part), value);
    count -= part;
  }
}

/** Little endian, and the sign in all of `width` bytes. */
@inline
function storeWide(target: usize, width: u32, negative: bool): void {
  const low = negative ? ~wideLow + 1 : wideLow;
  const high = negative ? ~wideHigh + (wideLow == 0 ? 1 : 0) : wideHigh;
  store<u64>(target, low);
  store<u64>(target, high, 8);
  for (let place: u32 = 16; place < width; place += 8)
    store<i64>(target + place, <i64>high >> 63);
}

/** A decimal whose integer has at most 38 digits, with or without quotes. */
export function decimal(at: usize, target: usize, column: usize): usize {
  const quoted = <u32>load<u8>(at) == QUOTE;
  if (quoted) at++;
  const negative = <u32>load<u8>(at) == MINUS;
  const first = at + (negative ? 1 : 0);
  let next = digits(first);
  const scale: i32 = load<i32>(column, DIGITS << 2);
  const missing = scale - <i32>fraction;
  const count: u32 = whole + fraction + <u32>missing;
  if (
    whole == 0 ||
    missing < 0 ||
    count > 38 ||
    continuesNumber(load<u8>(next)) ||
    (whole > 1 && load<u8>(first) == 48)
  )
    return 0;
  if (quoted) {
    if (<u32>load<u8>(next) != QUOTE) return 0;
    next++;
  }
  const precision: u32 = load<u32>(column, PRECISION << 2);
  if (count > 18) {
    if (count > precision) return 0;
    clearWide();
    appendDigits(first, whole);
    appendDigits(first + whole + 1, fraction);
    for (let left: u32 = missing; left > 0;) {
      const part = min<u32>(left, 18);
      multiplyAdd(powerOfTen(part), 0);
      left -= part;
    }
    storeWide(target, load<u32>(column, WIDTH << 2), negative);
    return next;
  }
  const size = mantissa * powerOfTen(missing);
  if (precision < 18 && size >= powerOfTen(precision)) return 0;
  const value = negative ? -(<i64>size) : <i64>size;
  const width: u32 = load<u32>(column, WIDTH << 2);
  if (width == 4) {
    store<i32>(target, <i32>value);
    return next;
  }
  store<i64>(target, value);
  for (let place: u32 = 8; place < width; place += 8)
    store<i64>(target + place, value >> 63);
  return next;
}

/** Tables of 10^-POWERS to 10^POWERS, each the sum of two doubles: ../../power-of-ten.ts. */
let highPowers: usize = 0;
let lowPowers: usize = 0;

export function setPowers(highs: usize, lows: usize): void {
  highPowers = highs;
  lowPowers = lows;
}

@inline
function power(table: usize, exponent: i32): f64 {
  return load<f64>(table + ((exponent + POWERS) << 3));
}

/** A number of at most 19 digits into a float64 column, rounded once. */
export function float64(at: usize, target: usize): usize {
  const negative = <u32>load<u8>(at) == MINUS;
  const first = at + (negative ? 1 : 0);
  let next = digits(first);
  const scale = fraction;
  if (whole == 0 || (whole > 1 && load<u8>(first) == 48)) return 0;
  if (whole + scale > 19) return 0;
  const isShort = mantissa <= (1 << 53);
  let value: f64;
  if ((<u32>load<u8>(next) | 0x20) != 0x65 && isShort && scale <= 22) {
    // One division of two exact numbers rounds once.
    value = <f64>mantissa / power(highPowers, scale);
  } else {
    let exponent: i32 = -(<i32>scale);
    if ((<u32>load<u8>(next) | 0x20) == 0x65) {
      const sign: u32 = load<u8>(++next);
      if (sign == MINUS || sign == 0x2b) next++;
      const start = next;
      let size: i32 = 0;
      let digit: u32 = <u32>load<u8>(next) - 48;
      while (digit < 10) {
        size = size * 10 + digit;
        digit = <u32>load<u8>(++next) - 48;
      }
      if (next == start || next - start > 4) return 0;
      exponent += sign == MINUS ? -size : size;
    }
    value = nearest(mantissa, exponent);
    if (value != value) return 0;
  }
  store<f64>(target, negative ? -value : value);
  return next;
}

/** 2^27 + 1 cuts a double's 53 bits into two halves. */
const SPLITTER: f64 = 134_217_729;

/** a × b minus its rounded product, exactly (T. J. Dekker, Numerische Mathematik 18, 1971). */
@inline
function productError(a: f64, b: f64, product: f64): f64 {
  const aWide = a * SPLITTER;
  const aHigh = aWide - (aWide - a);
  const aLow = a - aHigh;
  const bWide = b * SPLITTER;
  const bHigh = bWide - (bWide - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** The double nearest to digits × 10^exponent; NaN when 100 bits do not tell. */
function nearest(digits: u64, exponent: i32): f64 {
  if (digits == 0) return 0;
  if (exponent < -POWERS || exponent > POWERS) return NaN;
  // The digits as the sum of two doubles: the lower eleven bits apart.
  const upper = <f64>(digits & ~(<u64>0x7ff));
  const lower = <f64>(digits & 0x7ff);
  const high = upper + lower;
  const low = lower - (high - upper);
  const scaleHigh = power(highPowers, exponent);
  const product = high * scaleHigh;
  const error =
    productError(high, scaleHigh, product) +
    (high * power(lowPowers, exponent) + low * scaleHigh);
  const value = product + error;
  const rest = error - (value - product);
  // Off the middle of two doubles by more than the error of 2^-100, relative to the value.
  if (value + rest * (1 + 1 / 1_099_511_627_776.0) != value) return NaN;
  return value < 1e-280 || value > 1e280 ? NaN : value;
}

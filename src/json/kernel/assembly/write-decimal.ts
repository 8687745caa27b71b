// Decimals as ../../decimal-text.ts writes them.
import { DIGITS, SCRATCH_AT, WIDTH } from "../writer-layout";
import { padded, powerOfTen, uint } from "./write-digits";

const MINUS: u32 = 0x2d;
const POINT: u32 = 0x2e;
const ZERO: u32 = 0x30;

/** The magnitude, least significant 32 bits first, then its digits: at most 78 and what is touched behind them. */
let limbs: usize = 0;
let text: usize = 0;
/** The digits in groups of nine, least significant first: at most nine of them. */
const groups = memory.data(36);

export function setScratch(tables: usize): void {
  limbs = tables + SCRATCH_AT;
  text = limbs + 32;
}

export function decimal(at: usize, source: usize, column: usize): usize {
  const width: u32 = load<u32>(column, WIDTH << 2);
  const scale: i32 = load<i32>(column, DIGITS << 2);
  if (width == 4) return small(at, load<i32>(source), scale);
  const low = load<i64>(source);
  let isSmall = true;
  for (let place: u32 = 8; place < width; place += 8)
    isSmall = isSmall && load<i64>(source + place) == low >> 63;
  return isSmall ? small(at, low, scale) : large(at, source, width, scale);
}

function small(at: usize, value: i64, scale: i32): usize {
  if (value < 0) store<u8>(at++, MINUS);
  const size: u64 = value < 0 ? -value : value;
  if (scale == 0) return uint(at, size);
  if (scale < 0 || scale > 19) return placePoint(at, uint(text, size), scale);
  const power = powerOfTen(scale);
  const whole = size / power;
  at = uint(at, whole);
  store<u8>(at, POINT);
  return padded(at + 1, size - whole * power, scale);
}

function large(at: usize, source: usize, width: u32, scale: i32): usize {
  const isNegative = load<i8>(source + width - 1) < 0;
  if (isNegative) store<u8>(at++, MINUS);
  let carry: u64 = isNegative ? 1 : 0;
  const flip: u64 = isNegative ? 0xffff_ffff : 0;
  for (let place: u32 = 0; place < width; place += 4) {
    const limb = (<u64>load<u32>(source + place) ^ flip) + carry;
    store<u32>(limbs + place, <u32>limb);
    carry = limb >> 32;
  }
  return placePoint(at, magnitude(width), scale);
}

/** Divides the limbs by 10^9 until nothing is left, then writes the remainders; gives the end of `text`. */
function magnitude(width: u32): usize {
  let count: u32 = 0;
  while (width > 0) {
    let rest: u64 = 0;
    for (let place = width; place > 0; place -= 4) {
      const part = (rest << 32) | load<u32>(limbs + place - 4);
      const quotient = part / 1_000_000_000;
      store<u32>(limbs + place - 4, <u32>quotient);
      rest = part - quotient * 1_000_000_000;
    }
    store<u32>(groups + (count++ << 2), <u32>rest);
    while (width > 0 && load<u32>(limbs + width - 4) == 0) width -= 4;
  }
  let end = uint(text, load<u32>(groups + (--count << 2)));
  while (count > 0)
    end = padded(end, load<u32>(groups + (--count << 2)), 9);
  return end;
}

/** Copies the digits of `text`, putting the point, or the zeros that a scale asks for. */
function placePoint(at: usize, end: usize, scale: i32): usize {
  const count = <i32>(end - text);
  if (scale <= 0) {
    memory.copy(at, text, count);
    at += count;
    if (count == 1 && <u32>load<u8>(text) == ZERO) return at;
    memory.fill(at, <u8>ZERO, -scale);
    return at - scale;
  }
  const whole = count - scale;
  if (whole > 0) {
    memory.copy(at, text, whole);
    at += whole;
    store<u8>(at, POINT);
    memory.copy(at + 1, text + whole, scale);
    return at + 1 + scale;
  }
  store<u8>(at, ZERO);
  store<u8>(at, POINT, 1);
  memory.fill(at + 2, <u8>ZERO, -whole);
  memory.copy(at + 2 - whole, text, count);
  return at + 2 + scale;
}

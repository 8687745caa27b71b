// Finite floats, as ../../shortest-float.ts writes them.
import { POWER_MIN } from "../writer-layout";
import { digitsOf, int, pairOf, powerOfTen, short, uint } from "./write-digits";

const MINUS: u32 = 0x2d;
const POINT: u32 = 0x2e;
/** "0.000000" and "0000" as they stand in memory. */
const ZERO_POINT: u64 = 0x3030_3030_3030_2e30;
const ZEROS: u32 = 0x3030_3030;

let powers: usize = 0;

export function setPowers(at: usize): void {
  powers = at;
}

export function float64(at: usize, value: f64): usize {
  let size = value;
  if (<i64>reinterpret<u64>(value) < 0) {
    store<u8>(at++, MINUS);
    size = -value;
  }
  if (size < 10_000_000) {
    // At most 15 digits that read back to the value are its shortest: no other text of up to 15 digits does.
    const sum = size * 100 + ROUNDING;
    if ((sum - ROUNDING) / 100 == size) return hundredths(at, centsOf(sum));
  } else if (size < 9e15 && floor(size) == size) {
    return uint(at, <u64>size);
  }
  const bits = reinterpret<u64>(size);
  const exponent = <i32>(bits >> 52);
  const fraction = bits & 0xf_ffff_ffff_ffff;
  return exponent == 0
    ? shortest(at, fraction, -1074, false, false)
    : shortest(
        at,
        fraction | 0x10_0000_0000_0000,
        exponent - 1075,
        fraction == 0 && exponent > 1,
        false,
      );
}

/** 2^52: the sum with a smaller number is rounded to an integer, which the low bits of the sum are. */
const ROUNDING: f64 = 4_503_599_627_370_496;

@inline
function centsOf(sum: f64): u32 {
  return <u32>reinterpret<u64>(sum);
}

/** `1.25`, `1.5` or `1`. */
@inline
function hundredths(at: usize, cents: u32): usize {
  const whole = cents / 100;
  at = uint(at, whole);
  const rest = cents - whole * 100;
  const pair = pairOf(rest);
  store<u32>(at, POINT | (pair << 8));
  return rest == 0 ? at : at + 3 - <usize>(pair >> 8 == 0x30);
}

export function float32(at: usize, value: f32): usize {
  let size = <f64>value;
  if (<i32>reinterpret<u32>(value) < 0) {
    store<u8>(at++, MINUS);
    size = -size;
  }
  if (size < 1e15 && floor(size) == size) return uint(at, <u64>size);
  if (size < 10_000) {
    // Six digits are to a float32 what fifteen are to a double.
    const sum = size * 100 + ROUNDING;
    if (<f64><f32>((sum - ROUNDING) / 100) == size)
      return hundredths(at, centsOf(sum));
  }
  const bits = reinterpret<u32>(value) & 0x7fff_ffff;
  const exponent = <i32>(bits >> 23);
  const fraction = bits & 0x7f_ffff;
  return exponent == 0
    ? shortest(at, fraction, -149, false, true)
    : shortest(
        at,
        fraction | 0x80_0000,
        exponent - 150,
        fraction == 0 && exponent > 1,
        true,
      );
}

export function float16(at: usize, bits: u32): usize {
  if ((bits & 0x8000) != 0) store<u8>(at++, MINUS);
  const exponent = <i32>((bits >> 10) & 31);
  const fraction = bits & 0x3ff;
  const significand = exponent == 0 ? fraction : fraction | 0x400;
  const power = exponent == 0 ? -24 : exponent - 25;
  // Both shifts are of less than 32 bits, and 2^24 is a whole number of any unit.
  if (power >= 0) return uint(at, significand << power);
  const whole = significand >> -power;
  if (whole << -power == significand) return uint(at, whole);
  const nearBelow = fraction == 0 && exponent > 1;
  return shortest(at, significand, power, nearBelow, true);
}

@inline
function highProduct(a: u64, b: u64): u64 {
  const aLow = a & 0xffff_ffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffff_ffff;
  const bHigh = b >> 32;
  const low = aHigh * bLow + ((aLow * bLow) >> 32);
  const middle = aLow * bHigh + (low & 0xffff_ffff);
  return aHigh * bHigh + (low >> 32) + (middle >> 32);
}

/**
 * Writes significand × 2^power with the fewest digits between its neighbours' middles, the nearest of them if
 * there are several: R. Giulietti, "The Schubfach way to render doubles" (2020), https://drive.google.com/file/d/1luHhyQF9zKlM8yJ1nebU0OgVYhfC6CBN.
 * @param nearBelow when the neighbour below is half as far as the one above: at a power of two.
 * @param tiesUp which of two that are equally near: the larger one, or the even one.
 */
function shortest(
  at: usize,
  significand: u64,
  power: i32,
  nearBelow: bool,
  tiesUp: bool,
): usize {
  // The interval is at least 10^exponent wide and less than ten times that: floor(log10) of its width.
  const exponent = (power * 1_262_611 - (nearBelow ? 524_031 : 0)) >> 22;
  // Scaled by 4 × 10^-exponent, of which the table has the first 128 bits: floor(log2) of it is in the shift.
  const shift = power + ((-exponent * 1_741_647) >> 19) + 1;
  const entry = powers + (<usize>(-exponent - POWER_MIN) << 4);
  const scaleLow = load<u64>(entry);
  const scaleHigh = load<u64>(entry, 8);
  const factor = (significand << 2) << shift;
  const low = scaleLow * factor;
  const part = scaleHigh * factor;
  const middle = part + highProduct(scaleLow, factor);
  const high = highProduct(scaleHigh, factor) + <u64>(middle < part);

  // Half the distance to either neighbour is two of the four units, or one below a power of two.
  const below = shift + (nearBelow ? 0 : 1);
  const lowBelow = scaleLow << below;
  const middleBelow = (scaleHigh << below) | (scaleLow >> (64 - below));
  const highBelow = scaleHigh >> (64 - below);
  const above = shift + 1;
  const lowAbove = scaleLow << above;
  const middleAbove = (scaleHigh << above) | (scaleLow >> (64 - above));
  const highAbove = scaleHigh >> (64 - above);

  const borrow = <u64>(low < lowBelow);
  const lowerRest = middle - middleBelow - borrow;
  const borrowed = <u64>(middle < middleBelow) | (<u64>(middle == middleBelow) & borrow);
  const lowerWhole = high - highBelow - borrowed;
  const carry = <u64>(low + lowAbove < low);
  const upperPart = middle + middleAbove;
  const upperRest = upperPart + carry;
  const carried = <u64>(upperPart < middle) | <u64>(upperRest < upperPart);
  const upperWhole = high + highAbove + carried;

  // What is cut off makes a number odd, unless it is the error of the table. An odd significand excludes its ends.
  const value = high | <u64>(middle > 1);
  const odd = significand & 1;
  const lower = (lowerWhole | <u64>(lowerRest > 1)) + odd;
  const upper = (upperWhole | <u64>(upperRest > 1)) - odd;

  const whole = value >> 2;
  if (whole >= 10) {
    const tenth = whole / 10;
    const fits = lower <= tenth * 40;
    const nextFits = tenth * 40 + 40 <= upper;
    if (fits != nextFits)
      return place(at, tenth + <u64>nextFits, exponent + 1);
  }
  const fits = lower <= whole << 2;
  const nextFits = (whole << 2) + 4 <= upper;
  if (fits != nextFits) return place(at, whole + <u64>nextFits, exponent);
  const half = (whole << 2) + 2;
  const up =
    value > half || (value == half && (tiesUp || (whole & 1) != 0));
  return place(at, whole + <u64>up, exponent);
}

/** Writes digits × 10^exponent as ECMA-262 Number::toString does; 0 < digits < 10^17. */
function place(at: usize, digits: u64, exponent: i32): usize {
  // 17 digits, the last of them zeros; log10 is at least 1233/4096 of log2.
  let count: u32 = ((64 - <u32>clz(digits)) * 1233) >> 12;
  if (digits >= powerOfTen(count)) count++;
  digits *= powerOfTen(17 - count);
  const point = <i32>count + exponent;

  const first = digits / 10_000_000_000_000_000;
  const rest = digits - first * 10_000_000_000_000_000;
  const high = rest / 100_000_000;
  const highDigits = digitsOf(<u32>high);
  const lowDigits = digitsOf(<u32>(rest - high * 100_000_000));
  const used: i32 =
    lowDigits != 0
      ? 17 - <i32>(clz(lowDigits) >> 3)
      : highDigits != 0
        ? 9 - <i32>(clz(highDigits) >> 3)
        : 1;
  const others = v128.or(
    i64x2.replace_lane(i64x2.splat(highDigits), 1, lowDigits),
    i8x16.splat(0x30),
  );
  const firstCharacter = <u32>first + 0x30;
  if (point > 0 && point <= 21) {
    store<u8>(at, firstCharacter);
    if (used <= point) {
      v128.store(at, others, 1);
      store<u32>(at, ZEROS, 17);
      return at + point;
    }
    // The digits behind the point make room for it; the last of them has no place in the sixteen.
    const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const pointPlace = i8x16.splat(<i8>(point - 1));
    const moved = v128.swizzle(
      others,
      v128.add<i8>(places, i8x16.gt_s(places, pointPlace)),
    );
    const isPoint = i8x16.eq(places, pointPlace);
    v128.store(at, v128.bitselect(i8x16.splat(<i8>POINT), moved, isPoint), 1);
    store<u8>(at, i8x16.extract_lane_u(others, 15), 17);
    return at + used + 1;
  }
  if (point > -6 && point <= 0) {
    store<u64>(at, ZERO_POINT);
    at += 2 - point;
    store<u8>(at, firstCharacter);
    v128.store(at, others, 1);
    return at + used;
  }
  store<u8>(at++, firstCharacter);
  if (used > 1) {
    store<u8>(at, POINT);
    v128.store(at, others, 1);
    at += used;
  }
  const power = point - 1;
  store<u8>(at++, 0x65);
  if (power > 0) store<u8>(at++, 0x2b);
  return int(at, power);
}

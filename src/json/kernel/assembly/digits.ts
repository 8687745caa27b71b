// Digits as they stand in numbers and in parts of seconds.

export const POINT: u32 = 0x2e;

/** Of the number that was read last: its digits before and behind the point, and all of them as an integer. */
export let whole: u32 = 0;
export let fraction: u32 = 0;
/** More than 19 digits overflow it. */
export let mantissa: u64 = 0;

/**
 * Reads digits, with a point among them or without; gives the place behind them. They are mostly few, of any number
 * and the point anywhere, so that a loop over them would be mispredicted: sixteen bytes are read without a branch.
 */
@inline
export function digits(at: usize): usize {
  const values = i8x16.sub(v128.load(at), i8x16.splat(48));
  const others = i8x16.bitmask(i8x16.gt_u(values, i8x16.splat(9)));
  const wholes = ctz<u32>(others);
  let end = wholes;
  let count = wholes;
  if (<u32>load<u8>(at + wholes) == POINT) {
    end = ctz<u32>(others & (others - 1));
    count = end - 1;
  }
  if (end > 16) return manyDigits(at, values, wholes);
  whole = wholes;
  fraction = count - wholes;
  mantissa = integerOf(values, wholes, count);
  // A point with nothing behind it is left to be found wrong.
  return at + (count > wholes ? end : wholes);
}

/** The first `count` digits as an integer, the byte behind the first `wholes` of them left out. */
@inline
function integerOf(values: v128, wholes: u32, count: u32): u64 {
  // Where each digit comes from to stand at the right: places below zero are none of the sixteen, and become zeros.
  const places = i8x16.sub(
    i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    i8x16.splat(<i8>(16 - count)),
  );
  const isBehind = i8x16.ge_s(places, i8x16.splat(<i8>wholes));
  const single = v128.swizzle(values, i8x16.sub(places, isBehind));
  const double = i16x8.add(
    i16x8.mul(v128.and(single, i16x8.splat(0xff)), i16x8.splat(10)),
    i16x8.shr_u(single, 8),
  );
  const four = i32x4.dot_i16x8_s(double, i16x8(100, 1, 100, 1, 100, 1, 100, 1));
  const eight = i32x4.dot_i16x8_s(
    i16x8.narrow_i32x4_s(four, four),
    i16x8(10_000, 1, 10_000, 1, 10_000, 1, 10_000, 1),
  );
  return (
    <u64>i32x4.extract_lane(eight, 0) * 100_000_000 +
    <u64>i32x4.extract_lane(eight, 1)
  );
}

/** `digits` where they go on behind the sixteenth byte, or end with it. */
function manyDigits(at: usize, values: v128, wholes: u32): usize {
  const hasPoint = wholes < 16;
  mantissa = integerOf(values, wholes, hasPoint ? 15 : 16);
  let next = moreDigits(at + 16);
  if (hasPoint) {
    whole = wholes;
    fraction = <u32>(next - at) - wholes - 1;
    return fraction > 0 ? next : next - 1;
  }
  whole = <u32>(next - at);
  fraction = 0;
  if (<u32>load<u8>(next) != POINT) return next;
  const start = next + 1;
  next = moreDigits(start);
  fraction = <u32>(next - start);
  return fraction > 0 ? next : start - 1;
}

/** Reads digits onto `mantissa`; gives the place behind them. */
function moreDigits(at: usize): usize {
  let digit: u32 = <u32>load<u8>(at) - 48;
  let value = mantissa;
  while (digit < 10) {
    value = value * 10 + digit;
    digit = <u32>load<u8>(++at) - 48;
  }
  mantissa = value;
  return at;
}

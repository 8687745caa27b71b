// Digits as in ../../digits.ts. A writer gets a position and gives the one behind what it wrote; up to OVERHANG
// bytes behind that may have been touched.
import { QUADS_AT } from "../writer-layout";

/** "00000000" */
const ZEROS: u64 = 0x3030_3030_3030_3030;

/** "0000" to "9999", the thousands in the low byte. */
let quads: usize = 0;

export function fillQuads(tables: usize): void {
  quads = tables + QUADS_AT;
  for (let value: u32 = 0; value < 10_000; value++)
    store<u32>(quads + (value << 2), <u32>(eightOf(value) >> 32));
}

/** 10^0 to 10^19. */
const powers: StaticArray<u64> = [
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
  1_000_000_000, 10_000_000_000, 100_000_000_000, 1_000_000_000_000,
  10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
  10_000_000_000_000_000_000,
];

@inline
export function powerOfTen(exponent: u32): u64 {
  return unchecked(powers[exponent]);
}

/** The values of the eight digits of 0 to 99,999,999, one a byte, the first in the low byte. */
@inline
export function digitsOf(value: u32): u64 {
  // Two lanes of four digits become four of two and eight of one; the factors are 1/100 and 1/10, rounded up.
  const high = value / 10_000;
  const quad = <u64>high | (<u64>(value - high * 10_000) << 32);
  const hundreds = ((quad * 10_486) >> 20) & 0x7f_0000_007f;
  const pair = hundreds | ((quad - hundreds * 100) << 16);
  const tens = ((pair * 103) >> 10) & 0xf_000f_000f_000f;
  return tens | ((pair - tens * 10) << 8);
}

/** As characters. */
@inline
export function eightOf(value: u32): u64 {
  return digitsOf(value) | ZEROS;
}

/** The two characters of 0 to 99. */
@inline
export function pairOf(value: u32): u32 {
  return load<u16>(quads + (value << 2), 2);
}

/** 0 to 9,999. */
@inline
export function short(at: usize, value: u32): usize {
  const count = 1 + <u32>(value > 9) + <u32>(value > 99) + <u32>(value > 999);
  const quad = load<u32>(quads + (value << 2));
  store<u32>(at, quad >> ((4 - count) << 3));
  return at + count;
}

/** 10,000 to 99,999,999. */
@inline
function medium(at: usize, value: u32): usize {
  const digits = digitsOf(value);
  const zeros = ctz<u64>(digits) & 0x38;
  store<u64>(at, (digits | ZEROS) >> zeros);
  return at + 8 - <usize>(zeros >> 3);
}

@inline
function below1e8(at: usize, value: u32): usize {
  return value < 10_000 ? short(at, value) : medium(at, value);
}

@inline
export function uint(at: usize, value: u64): usize {
  return value < 10_000 ? short(at, <u32>value) : longUint(at, value);
}

function longUint(at: usize, value: u64): usize {
  if (value < 100_000_000) return medium(at, <u32>value);
  const high = value / 100_000_000;
  if (high < 100_000_000) {
    at = below1e8(at, <u32>high);
  } else {
    const top = high / 100_000_000;
    at = short(at, <u32>top);
    store<u64>(at, eightOf(<u32>(high - top * 100_000_000)));
    at += 8;
  }
  store<u64>(at, eightOf(<u32>(value - high * 100_000_000)));
  return at + 8;
}

@inline
export function int(at: usize, value: i64): usize {
  if (value >= 0) return uint(at, value);
  store<u8>(at, 0x2d);
  return uint(at + 1, -value);
}

/** An integer below 10^count with leading zeros. */
export function padded(at: usize, value: u64, count: u32): usize {
  if (count > 8) {
    const high = value / 100_000_000;
    at = padded(at, high, count - 8);
    store<u64>(at, eightOf(<u32>(value - high * 100_000_000)));
    return at + 8;
  }
  store<u64>(at, eightOf(<u32>value) >> ((8 - count) << 3));
  return at + count;
}

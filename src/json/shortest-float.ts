import { writeAscii } from "./block.js";
import { pairOf, writeEight, writeUint } from "./digits.js";
import { roundToFloat16 } from "./float16.js";
import { powerHigh, powerLow, productError } from "./power-of-ten.js";

/** Bytes that a finite float takes at most, and what may be touched behind it. */
export const FLOAT_ROOM = 40;

/**
 * Writes a finite double as `String(value)` does (the shortest digits that read back to it; ECMA-262
 * Number::toString), except that -0 is `-0`; returns the position behind it.
 */
export function writeFloat64(
  view: DataView,
  at: number,
  value: number,
): number {
  let positive = value;
  if (value < 0 || (value === 0 && 1 / value < 0)) {
    view.setUint8(at++, 45);
    positive = -value;
  }
  if (positive < 10_000_000) {
    const whole = positive | 0;
    if (whole === positive) return writeUint(view, at, whole);
    // At most 15 digits that read back to the value are its shortest: no other text of up to 15 digits does.
    const cents = (positive * 100 + 0.5) | 0;
    if (cents / 100 === positive) return writeCents(view, at, cents);
  } else if (positive < 9e15 && Math.floor(positive) === positive) {
    return writeUint(view, at, positive);
  }
  return writeShortest(view, at, positive);
}

/** Writes hundredths as `1.25` or `1.5`. */
function writeCents(view: DataView, at: number, cents: number): number {
  const whole = (cents / 100) | 0;
  at = writeUint(view, at, whole);
  const pair = pairOf(cents - whole * 100);
  view.setInt32(at, 46 | (pair << 8), true);
  return pair >> 8 === 48 ? at + 2 : at + 3;
}

/** Eight bytes to look at a double's bits through. */
const bits = new DataView(new ArrayBuffer(8));

/** What is decided by less than this, in units of the 17th digit, is left to the engine. Errors are below 1e-12. */
const DOUBT = 1e-6;

/** Scales the value to 17 digits in front of the point and takes the roundest number in reach of it. */
function writeShortest(view: DataView, at: number, value: number): number {
  if (value < 1e-6 || value >= 1e15) return writeAscii(view, at, String(value));
  bits.setFloat64(0, value);
  const top = bits.getInt32(0);
  // Below a power of two the neighbour is nearer than above it: rare, and left to the engine.
  if ((top & 0xfffff) === 0 && bits.getInt32(4) === 0)
    return writeAscii(view, at, String(value));
  const exponent = (top >> 20) - 1023;
  let magnitude = Math.floor(exponent * Math.LOG10E * Math.LN2);
  if (value >= powerHigh(magnitude + 1)) magnitude++;
  const scale = powerHigh(16 - magnitude);
  const product = value * scale;
  const error =
    productError(value, scale, product) + value * powerLow(16 - magnitude);
  // Half a unit in the last place: the distance up to which a number reads back to the value.
  bits.setInt32(0, (exponent - 53 + 1023) << 20);
  bits.setInt32(4, 0);
  const reach = bits.getFloat64(0) * scale;

  const carry = Math.floor(error);
  let high = Math.floor(product / 1e8);
  let low = product - high * 1e8 + carry;
  if (low < 0 || low >= 1e8) {
    const step = low < 0 ? -1 : 1;
    high += step;
    low -= step * 1e8;
  }
  const rounded = roundest(low, error - carry, reach);
  // A carry out of the low digits is as rare as what is in doubt.
  if (rounded < 0 || rounded >= 1e8) return writeAscii(view, at, String(value));
  return writeScaled(view, at, high, rounded, magnitude);
}

/**
 * The multiple of 100, else of 10, else of 1 that is nearest to `low + fraction` and less than `reach` away;
 * -1 when that is in doubt. Reach is between 0.55 and 11.1, so at most one multiple of 100 qualifies.
 */
function roundest(low: number, fraction: number, reach: number): number {
  const digits = low | 0;
  const lastTwo = (digits % 100) + fraction;
  const toHundred = lastTwo < 50 ? lastTwo : 100 - lastTwo;
  if (toHundred < reach + DOUBT) {
    if (toHundred > reach - DOUBT) return -1;
    return digits - (digits % 100) + (lastTwo < 50 ? 0 : 100);
  }
  const last = (digits % 10) + fraction;
  const toTen = last < 5 ? last : 10 - last;
  if (toTen < reach + DOUBT) {
    if (toTen > reach - DOUBT || toTen > 5 - DOUBT) return -1;
    return digits - (digits % 10) + (last < 5 ? 0 : 10);
  }
  if (fraction > 0.5 - DOUBT && fraction < 0.5 + DOUBT) return -1;
  return fraction < 0.5 ? digits : digits + 1;
}

/** Writes the digits of `high` (nine) and `low` (eight), the first of them worth 10^magnitude, without trailing zeros. */
function writeScaled(
  view: DataView,
  at: number,
  high: number,
  low: number,
  magnitude: number,
): number {
  let end: number;
  if (magnitude < 0) {
    at = writeAscii(view, at, "0.");
    for (let place = -1; place > magnitude; place--) view.setUint8(at++, 48);
    end = writeEight(view, writeUint(view, at, high), low);
  } else {
    end = writeEight(view, writeUint(view, at + 1, high), low);
    for (let place = 0; place <= magnitude; place++)
      view.setUint8(at + place, view.getUint8(at + place + 1));
    view.setUint8(at + magnitude + 1, 46);
  }
  while (view.getUint8(end - 1) === 48) end--;
  return end;
}

/**
 * Writes a finite float32 with the fewest digits that round to it, as a float32. Integers keep all their digits,
 * so that a reader of doubles gets the same integer.
 */
export function writeFloat32(
  view: DataView,
  at: number,
  value: number,
): number {
  const size = Math.abs(value);
  if (size < 1e15 && Math.trunc(size) === size)
    return writeFloat64(view, at, value);
  if (size < 1e4) {
    // Six digits are to a float32 what fifteen are to a double.
    const cents = Math.round(size * 100);
    if (Math.fround(cents / 100) === size)
      return writeFloat64(view, at, value < 0 ? -cents / 100 : cents / 100);
  }
  return writeFloat64(view, at, nineDigits(value));
}

/** As `writeShortest`, with nine digits in front of the point, where a plain product is exact enough. */
function nineDigits(value: number): number {
  const size = Math.abs(value);
  const magnitude = Math.floor(Math.log10(size));
  if (magnitude < -14 || magnitude > 22)
    return shortestIn(value, 9, Math.fround);
  const up = magnitude <= 8;
  const power = powerHigh(Math.abs(8 - magnitude));
  const scaled = up ? size * power : size / power;
  // Half a unit in the last of 24 bits; on a power of two the lower neighbour is nearer, and round trips decide.
  const unit = 2 ** (Math.floor(Math.log2(size)) - 24);
  const reach = up ? unit * power : unit / power;
  for (const step of [1000, 100, 10, 1]) {
    const digits = Math.round(scaled / step) * step;
    const distance = Math.abs(digits - scaled);
    if (distance > reach + 1e-4) continue;
    // In doubt, as on the border where a tie goes to the even neighbour.
    if (distance > reach - 1e-4) break;
    const candidate = up ? digits / power : digits * power;
    if (Math.fround(candidate) !== size) break;
    return value < 0 ? -candidate : candidate;
  }
  return shortestIn(value, 9, Math.fround);
}

/** Writes a finite float16, given as a double; see `writeFloat32`. */
export function writeFloat16(
  view: DataView,
  at: number,
  value: number,
): number {
  const shortest =
    Math.trunc(value) === value ? value : shortestIn(value, 5, roundToFloat16);
  return writeFloat64(view, at, shortest);
}

/** The double nearest to the shortest decimal that `round` takes to `value`; `digits` of them always suffice. */
function shortestIn(
  value: number,
  digits: number,
  round: (value: number) => number,
): number {
  const size = Math.abs(value);
  const isPowerOfTwo = Number.isInteger(Math.log2(size));
  for (let count = 1; count < digits; count++) {
    const text = size.toExponential(count - 1);
    if (round(Number(text)) === size) return withSign(value, Number(text));
    // Above a power of two reach is twice as far as below: there the next number up may be in it.
    const above = isPowerOfTwo ? nextDecimal(text) : NaN;
    if (round(above) === size) return withSign(value, above);
  }
  return Number(value.toPrecision(digits));
}

function withSign(value: number, size: number): number {
  return value < 0 ? -size : size;
}

/** The next larger number with as many digits as `1.25e-7`. */
function nextDecimal(text: string): number {
  const [digits = "", power] = text.split("e");
  const last = digits.length > 1 ? digits.length - 2 : 0;
  const next = Number(digits.replace(".", "")) + 1;
  return Number(`${String(next)}e${String(Number(power) - last)}`);
}

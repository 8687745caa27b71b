import { exactPowers } from "./power-of-ten.js";
import { writePadded, writeUint } from "./digits.js";
import { TWO_32 } from "./integer-text.js";

/** The magnitude of one decimal, least significant 32 bits first. 256 bits are the most that Arrow has. */
const limbs = new Float64Array(8);
/** Its digits, six to a group, least significant first. */
const groups = new Int32Array(13);
/** Its digits as text. */
const text = new DataView(new ArrayBuffer(96));

/**
 * Writes a two's complement integer of 4 to 32 bytes with the point `scale` digits from the right, all of them
 * written; a negative scale appends zeros. Returns the position behind it.
 */
export function writeDecimal(
  view: DataView,
  at: number,
  words: DataView,
  from: number,
  width: number,
  scale: number,
): number {
  const top = words.getInt32(from + width - 4, true);
  if (top < 0) view.setUint8(at++, 45);
  let count = readMagnitude(words, from, width, top < 0);
  while (count > 0 && limbs[count - 1] === 0) count--;
  const low = limbs[0] as number;
  if (count <= 2 && (limbs[1] as number) < 0x200000) {
    const value = count === 2 ? (limbs[1] as number) * TWO_32 + low : low;
    if (scale === 0) return writeUint(view, at, value);
    if (scale > 0 && scale <= 15) {
      const power = exactPowers[scale] as number;
      const whole = Math.floor(value / power);
      at = writeUint(view, at, whole);
      view.setUint8(at, 46);
      return writePadded(view, at + 1, value - whole * power, scale);
    }
  }
  return placePoint(view, at, writeMagnitude(count), scale);
}

function readMagnitude(
  words: DataView,
  from: number,
  width: number,
  negative: boolean,
): number {
  const count = width >> 2;
  let carry = 1;
  limbs[1] = 0;
  for (let index = 0; index < count; index++) {
    const word = words.getUint32(from + 4 * index, true);
    if (negative) {
      const limb = TWO_32 - 1 - word + carry;
      carry = limb === TWO_32 ? 1 : 0;
      limbs[index] = carry === 1 ? 0 : limb;
    } else {
      limbs[index] = word;
    }
  }
  return count;
}

/** Divides the limbs by a million until nothing is left, then writes the remainders; returns the number of digits. */
function writeMagnitude(count: number): number {
  let used = 0;
  do {
    let rest = 0;
    for (let index = count - 1; index >= 0; index--) {
      const part = rest * TWO_32 + (limbs[index] as number);
      const quotient = Math.floor(part / 1e6);
      limbs[index] = quotient;
      rest = part - quotient * 1e6;
    }
    groups[used++] = rest;
    while (count > 0 && limbs[count - 1] === 0) count--;
  } while (count > 0);
  let at = writeUint(text, 0, groups[--used] as number);
  while (used > 0) at = writePadded(text, at, groups[--used] as number, 6);
  return at;
}

/** Copies the digits of `text`, putting the point, or the zeros that a scale asks for. */
function placePoint(
  view: DataView,
  at: number,
  digits: number,
  scale: number,
): number {
  let from = 0;
  if (scale <= 0) {
    at = copyDigits(view, at, 0, digits);
    const zero = digits === 1 && text.getUint8(0) === 48;
    for (let place = scale; place < 0 && !zero; place++)
      view.setUint8(at++, 48);
    return at;
  }
  if (digits > scale) {
    from = digits - scale;
    at = copyDigits(view, at, 0, from);
    view.setUint8(at++, 46);
  } else {
    view.setUint8(at++, 48);
    view.setUint8(at++, 46);
    for (let place = digits; place < scale; place++) view.setUint8(at++, 48);
  }
  return copyDigits(view, at, from, digits);
}

function copyDigits(
  view: DataView,
  at: number,
  from: number,
  to: number,
): number {
  for (let index = from; index < to; index++)
    view.setUint8(at++, text.getUint8(index));
  return at;
}

import { writePadded, writeUint } from "./digits.js";

/** Bytes that an integer or a decimal without its scale takes at most, and what may be touched behind it. */
export const INTEGER_ROOM = 88;

/** Writes a signed 64-bit integer, given as its two halves; returns the position behind it. */
export function writeInt64(
  view: DataView,
  at: number,
  low: number,
  high: number,
): number {
  if (high < 0) {
    view.setUint8(at, 45);
    // The two's complement: ~x + 1.
    const carry = low === 0 ? 1 : 0;
    return writeUint64(view, at + 1, -low, ~high + carry);
  }
  return writeUint64(view, at, low, high);
}

/** Writes an unsigned 64-bit integer, given as its two halves in any 32-bit form. */
export function writeUint64(
  view: DataView,
  at: number,
  low: number,
  high: number,
): number {
  const top = high >>> 0;
  const bottom = low >>> 0;
  if (top < 0x200000) return writeUint(view, at, top * TWO_32 + bottom);
  // One step of long division by a million: every intermediate is below 2^53.
  const topQuotient = Math.floor(top / 1e6);
  const rest = (top - topQuotient * 1e6) * TWO_32 + bottom;
  const quotient = Math.floor(rest / 1e6);
  at = writeUint(view, at, topQuotient * TWO_32 + quotient);
  return writePadded(view, at, rest - quotient * 1e6, 6);
}

/** 2^32: what the high half of a 64-bit integer counts. */
export const TWO_32 = 4_294_967_296;

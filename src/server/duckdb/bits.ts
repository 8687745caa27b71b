import { bitAt, bitmapBytes } from "../../arrow/bits.js";

/** Writing of bitmaps as Arrow and DuckDB both keep them: least significant bit first, 1 = present. */

/** Copies `count` bits. Bits of the target beyond them may change, so write from front to back. */
export function copyBits(
  source: Uint8Array,
  sourceBit: number,
  target: Uint8Array,
  targetBit: number,
  count: number,
): void {
  let from = sourceBit;
  let to = targetBit;
  let left = count;
  // Single bits up to the target's next whole byte.
  for (; left > 0 && (to & 7) !== 0; from++, to++, left--)
    putBit(target, to, bitAt(source, from));
  const bytes = left >> 3;
  const shift = from & 7;
  const base = from >> 3;
  const out = to >> 3;
  if (shift === 0) target.set(source.subarray(base, base + bytes), out);
  else
    for (let i = 0; i < bytes; i++)
      target[out + i] =
        ((source[base + i] as number) >> shift) |
        ((source[base + i + 1] as number) << (8 - shift));
  from += bytes * 8;
  to += bytes * 8;
  for (left &= 7; left > 0; from++, to++, left--)
    putBit(target, to, bitAt(source, from));
}

export function setBits(
  target: Uint8Array,
  start: number,
  count: number,
): void {
  let at = start;
  const end = start + count;
  for (; at < end && (at & 7) !== 0; at++) putBit(target, at, true);
  const bytes = (end - at) >> 3;
  target.fill(0xff, at >> 3, (at >> 3) + bytes);
  for (at += bytes * 8; at < end; at++) putBit(target, at, true);
}

export function putBit(target: Uint8Array, index: number, on: boolean): void {
  const byte = target[index >> 3] as number;
  const bit = 1 << (index & 7);
  target[index >> 3] = on ? byte | bit : byte & ~bit;
}

/** Calls `visit` with every index below `count` whose bit is 0. */
export function forEachUnset(
  bitmap: Uint8Array,
  count: number,
  visit: (index: number) => void,
): void {
  for (let byte = 0; byte < bitmapBytes(count); byte++) {
    const value = bitmap[byte] as number;
    if (value === 0xff) continue;
    const end = Math.min(count, byte * 8 + 8);
    for (let i = byte * 8; i < end; i++)
      if (((value >> (i & 7)) & 1) === 0) visit(i);
  }
}

import { bitmapBytes } from "../../arrow/bits.js";

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

/** Bit `index` of the bitmap at `at`. */
export function bitOf(bytes: Uint8Array, at: number, index: number): number {
  return ((bytes[at + (index >> 3)] as number) >> (index & 7)) & 1;
}

/** Clears the bits from `base` on where those at `at` are clear; behind the last of `count`, theirs are set. */
export function clearBits(
  bits: Uint8Array,
  base: number,
  from: Uint8Array,
  at: number,
  count: number,
): void {
  const shift = base & 7;
  const last = bits.length - 1;
  for (let index = 0; index < (count + 7) >> 3; index++) {
    // Seen as sixteen bits, those around the eight are ones.
    const wide = (0xff00 | (from[at + index] as number)) << shift;
    const place = (base >> 3) + index;
    const low = bits[place] as number;
    bits[place] = low & (wide | ((1 << shift) - 1));
    if (place === last) continue;
    bits[place + 1] = (bits[place + 1] as number) & (wide >> 8);
  }
}

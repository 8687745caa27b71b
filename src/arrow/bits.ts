/** Bitmaps as Arrow has them: least significant bit first, bits behind the last row undefined. */

/** Bytes of a bitmap of `rows` bits. */
export function bitmapBytes(rows: number): number {
  return Math.ceil(rows / 8);
}

export function bitAt(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] as number) >> (index & 7)) & 1) === 1;
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7));
}

/** How many of the first `rows` bits are set. */
export function countBits(bits: Uint8Array, rows: number): number {
  const whole = rows >> 3;
  let count = 0;
  let i = 0;
  if (whole >= 32 && bits.byteOffset % 4 === 0) {
    const words = new Int32Array(bits.buffer, bits.byteOffset, whole >> 2);
    for (const word of words) count += popcount(word);
    i = words.length * 4;
  }
  for (; i < whole; i++) count += popcount(bits[i] as number);
  const rest = rows & 7;
  if (rest > 0) count += popcount((bits[whole] as number) & ((1 << rest) - 1));
  return count;
}

/** Bits `start` to `end` as a bitmap of their own; shares memory when `start` is a whole byte. */
export function sliceBits(
  bits: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const first = start >> 3;
  const shift = start & 7;
  const bytes = bitmapBytes(end - start);
  if (shift === 0) return bits.subarray(first, first + bytes);
  const slice = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) {
    const low = (bits[first + i] as number) >> shift;
    slice[i] = low | ((bits[first + i + 1] ?? 0) << (8 - shift));
  }
  return slice;
}

/** Writes `rows` bits of `from` (all ones when undefined) into `into`, which is zero there, from bit `at` on. */
export function appendBits(
  into: Uint8Array,
  at: number,
  from: Uint8Array | undefined,
  rows: number,
): void {
  let i = 0;
  if (at % 8 === 0) {
    const whole = rows >> 3;
    const first = at >> 3;
    if (from === undefined) into.fill(0xff, first, first + whole);
    else into.set(from.subarray(0, whole), first);
    i = 8 * whole;
  }
  for (; i < rows; i++) {
    if (from === undefined || bitAt(from, i)) setBit(into, at + i);
  }
}

/** Bits set in a 32-bit word, by adding up neighbours of growing width. */
function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x5555_5555);
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  x = (x + (x >>> 4)) & 0x0f0f_0f0f;
  return Math.imul(x, 0x0101_0101) >>> 24;
}

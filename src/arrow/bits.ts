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

/** Writes `rows` bits of `from` (all ones when undefined) into `into` from bit `at` on; bits behind them may change. */
export function appendBits(
  into: Uint8Array,
  at: number,
  from: Uint8Array | undefined,
  rows: number,
): void {
  if (from === undefined) setBits(into, at, rows);
  else copyBits(from, 0, into, at, rows);
}

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

/** Bits set in a 32-bit word, by adding up neighbours of growing width. */
function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x5555_5555);
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  x = (x + (x >>> 4)) & 0x0f0f_0f0f;
  return Math.imul(x, 0x0101_0101) >>> 24;
}

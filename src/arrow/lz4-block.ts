/**
 * LZ4 blocks: sequences of literals and matches
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md). What does not fit is a RangeError.
 */

/** A match is this long at least; a token counts from it. */
const matchMin = 4;
/** How far back a match may lie. */
const distanceMax = 0xffff;
/** The last bytes of a block are literals, and no match starts in the last twelve. */
const lastLiterals = 5;
const matchEndMin = 12;
/** Runs of at least so many bytes are copied by the engine, shorter ones byte by byte. */
const longRun = 48;

/**
 * Decodes one block to position `at` of `into`. Matches may reach back to the start of `into`.
 * @returns the position behind the last byte written.
 * @throws RangeError when the block is cut short, has a match in front of `into`, or does not fit into it.
 */
export function decodeBlock(
  block: Uint8Array,
  into: Uint8Array,
  at: number,
): number {
  const end = block.length;
  const limit = into.length;
  let from = 0;
  for (;;) {
    if (from >= end) throw new RangeError("a block without its last literals");
    const token = block[from++] as number;
    let length = token >> 4;
    if (length === 15) {
      let more: number;
      do {
        if (from >= end) throw new RangeError("a length that is cut short");
        more = block[from++] as number;
        length += more;
      } while (more === 255);
    }
    if (from + length > end || at + length > limit) throw tooLong();
    if (length < longRun) {
      for (const stop = at + length; at < stop;)
        into[at++] = block[from++] as number;
    } else {
      into.set(block.subarray(from, from + length), at);
      at += length;
      from += length;
    }
    if (from === end) return at;
    if (from + 2 > end) throw new RangeError("a match without its distance");
    const distance =
      (block[from] as number) | ((block[from + 1] as number) << 8);
    from += 2;
    length = (token & 15) + matchMin;
    if (length === 15 + matchMin) {
      let more: number;
      do {
        if (from >= end) throw new RangeError("a length that is cut short");
        more = block[from++] as number;
        length += more;
      } while (more === 255);
    }
    if (distance === 0 || distance > at)
      throw new RangeError("a match in front of the first byte");
    if (at + length > limit) throw tooLong();
    at = copyMatch(into, at, distance, length);
  }
}

/** Repeats the bytes `distance` back; they may overlap the ones that are written. */
function copyMatch(
  into: Uint8Array,
  at: number,
  distance: number,
  length: number,
): number {
  const stop = at + length;
  if (length < longRun) {
    for (let from = at - distance; at < stop;)
      into[at++] = into[from++] as number;
    return stop;
  }
  if (distance === 1) {
    into.fill(into[at - 1] as number, at, stop);
    return stop;
  }
  // What was copied doubles what can be copied next.
  const start = at - distance;
  while (at < stop) {
    const piece = Math.min(at - start, stop - at);
    into.copyWithin(at, start, start + piece);
    at += piece;
  }
  return stop;
}

/** Bytes of the longest block that `length` bytes may become. */
export function blockBound(length: number): number {
  return length + Math.ceil(length / 255) + 16;
}

const hashBits = 14;
/** Positions + 1 of four bytes by their hash. One for all: encoding is synchronous. */
const positions = new Int32Array(1 << hashBits);

/**
 * Encodes `bytes` as one block by the usual greedy search with one candidate per hash.
 * @param block takes it, `blockBound(bytes.length)` long.
 * @returns bytes of the block.
 */
export function encodeBlock(bytes: Uint8Array, block: Uint8Array): number {
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const searchEnd = length - matchEndMin;
  const matchEnd = length - lastLiterals;
  positions.fill(0);
  let anchor = 0;
  let at = 0;
  let to = 0;
  let misses = 0;
  while (at <= searchEnd) {
    const word = view.getInt32(at, true);
    const hash = Math.imul(word, 0x9e37_79b1) >>> (32 - hashBits);
    let candidate = (positions[hash] as number) - 1;
    positions[hash] = at + 1;
    if (
      candidate < 0 ||
      at - candidate > distanceMax ||
      view.getInt32(candidate, true) !== word
    ) {
      // The longer nothing repeats, the longer the steps.
      at += 1 + (misses++ >> 6);
      continue;
    }
    misses = 0;
    while (
      at > anchor &&
      candidate > 0 &&
      bytes[at - 1] === bytes[candidate - 1]
    ) {
      at--;
      candidate--;
    }
    const distance = at - candidate;
    let end = at + matchMin;
    while (end < matchEnd && bytes[end] === bytes[end - distance]) end++;
    to = writeLiterals(bytes, anchor, at, end - at - matchMin, block, to);
    block[to++] = distance & 0xff;
    block[to++] = distance >> 8;
    to = writeLength(end - at - matchMin, block, to);
    at = end;
    anchor = end;
  }
  return writeLiterals(bytes, anchor, length, 0, block, to);
}

/** A token for both lengths, and the literals `start` to `end`. */
function writeLiterals(
  bytes: Uint8Array,
  start: number,
  end: number,
  matchLength: number,
  block: Uint8Array,
  to: number,
): number {
  const length = end - start;
  block[to++] = (Math.min(length, 15) << 4) | Math.min(matchLength, 15);
  to = writeLength(length, block, to);
  if (length < longRun) {
    for (let from = start; from < end;) block[to++] = bytes[from++] as number;
    return to;
  }
  block.set(bytes.subarray(start, end), to);
  return to + length;
}

/** What of a length the token's four bits do not hold. */
function writeLength(length: number, block: Uint8Array, to: number): number {
  if (length < 15) return to;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) block[to++] = 255;
  block[to++] = rest;
  return to;
}

function tooLong(): RangeError {
  return new RangeError("more bytes than announced");
}

import type { Block } from "./block.js";

/** Bytes that a string takes beside its content, and what may be touched behind it. */
export const STRING_ROOM = 10;

/** How many bytes of content get room at a time: each may become six. */
const STRIDE = 4096;

/** What a byte of content becomes: 0 itself, 1 `\u00xx`, else a backslash and this character. */
const escapes = new Uint8Array(256);
escapes.fill(1, 0, 0x20);
for (const [byte, letter] of [
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0c, "f"],
  [0x0d, "r"],
  [0x22, '"'],
  [0x5c, "\\"],
] as const)
  escapes[byte] = letter.charCodeAt(0);

const hexDigits = new TextEncoder().encode("0123456789abcdef");

/**
 * Writes UTF-8 bytes as a JSON string, escaped as JSON.stringify does, and reserves the room for it. The bytes
 * are taken to be valid. Returns the position behind the closing quote.
 */
export function writeString(
  out: Block,
  at: number,
  data: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): number {
  out.reserve(at, 6 * Math.min(to - from, STRIDE));
  out.bytes[at++] = 0x22;
  while (to - from > STRIDE) {
    at = writeContent(out, at, data, view, from, from + STRIDE);
    from += STRIDE;
    out.reserve(at, 6 * Math.min(to - from, STRIDE));
  }
  at = writeContent(out, at, data, view, from, to);
  out.bytes[at] = 0x22;
  return at + 1;
}

/** Copies four bytes at a time while none of them needs an escape. */
function writeContent(
  out: Block,
  at: number,
  data: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): number {
  const { bytes, view: target } = out;
  let index = from;
  for (;;) {
    while (index + 4 <= to) {
      const word = view.getInt32(index, true);
      if (needsEscape(word)) break;
      target.setInt32(at, word, true);
      index += 4;
      at += 4;
    }
    const stop = Math.min(index + 4, to);
    while (index < stop) {
      const byte = data[index++] as number;
      const escape = escapes[byte] as number;
      if (escape === 0) bytes[at++] = byte;
      else at = writeEscape(bytes, at, byte, escape);
    }
    if (index === to) return at;
  }
}

/** Whether one of four bytes is a quote, a backslash or below 0x20; each test borrows into bit 7 of its byte. */
function needsEscape(word: number): boolean {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  return (
    ((((quote - 0x01010101) & ~quote) |
      ((backslash - 0x01010101) & ~backslash) |
      ((word - 0x20202020) & ~word)) &
      0x80808080) !==
    0
  );
}

function writeEscape(
  bytes: Uint8Array,
  at: number,
  byte: number,
  escape: number,
): number {
  bytes[at] = 0x5c;
  if (escape !== 1) {
    bytes[at + 1] = escape;
    return at + 2;
  }
  bytes[at + 1] = 0x75;
  bytes[at + 2] = 0x30;
  bytes[at + 3] = 0x30;
  bytes[at + 4] = hexDigits[byte >> 4] as number;
  bytes[at + 5] = hexDigits[byte & 15] as number;
  return at + 6;
}

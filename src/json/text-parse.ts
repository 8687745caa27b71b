import { isUtf8 } from "node:buffer";
import { decodeBase64 } from "./base64.js";
import { cell } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";
import {
  hexValue,
  malformed,
  readString,
  skipValue,
  unescaped,
} from "./scan.js";
import { misfit, type Source } from "./source.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Room that a text gets at a time, before it is known how long it is. */
const STRIDE = 1024;

/** Adds a string, or the JSON text of any other value as it stands; returns the position behind it. */
export function addText(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  if (source.bytes[at] !== QUOTE) return addVerbatim(source, at, column);
  const { bytes, view, end } = source;
  const start = column.used;
  let used = start;
  let place = at + 1;
  // All bytes so far, one over the other: whether any is beyond ASCII.
  let seen = 0;
  for (;;) {
    if (used + 8 > column.data.length) column.reserve(used, STRIDE);
    const { data, view: target } = column;
    const stop = Math.min(end, place + data.length - 8 - used) - 4;
    while (place <= stop) {
      const word = view.getInt32(place, true);
      if (hasSpecial(word)) break;
      target.setInt32(used, word, true);
      seen |= word;
      place += 4;
      used += 4;
    }
    let byte = QUOTE;
    for (const last = Math.min(place + 4, end); place < last; place++) {
      byte = bytes[place] as number;
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
      data[used++] = byte;
      seen |= byte;
    }
    if (place >= end || byte < 0x20)
      throw malformed(bytes, at, end, "a string does not end");
    if (byte === QUOTE) break;
    if (byte !== BACKSLASH) continue;
    const letter = unescaped[bytes[place + 1] as number] as number;
    if (letter !== 0) {
      data[used++] = letter;
      place += 2;
    } else {
      const code = unicodeEscape(source, place, at, column);
      used = putCharacter(data, used, code);
      place += code < 0x10000 ? 6 : 12;
    }
  }
  if ((seen & 0x80808080) !== 0 && !isUtf8(column.data.subarray(start, used)))
    throw misfit(source, at, column, "not UTF-8");
  column.offsets[++column.length] = used;
  return place + 1;
}

/** Whether one of four bytes is a quote, a backslash or below 0x20; each test borrows into bit 7 of its byte. */
function hasSpecial(word: number): boolean {
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

/** The code point of the `\u` escape at `place`, or of the two that are a surrogate pair. */
function unicodeEscape(
  source: Source,
  place: number,
  at: number,
  column: ColumnBuilder,
): number {
  const { bytes, end } = source;
  const code = unitAt(bytes, place);
  if (code < 0) throw malformed(bytes, place, end, "an invalid escape");
  if (code < 0xd800 || code > 0xdfff) return code;
  const low = unitAt(bytes, place + 6);
  if (code < 0xdc00 && low >= 0xdc00 && low <= 0xdfff)
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  throw misfit(
    source,
    at,
    column,
    "half a surrogate pair, which is no character",
  );
}

function unitAt(bytes: Uint8Array, place: number): number {
  return bytes[place] === BACKSLASH && bytes[place + 1] === 0x75
    ? hexValue(bytes, place + 2)
    : -1;
}

/** Stores a code point as UTF-8; returns the position behind it. */
function putCharacter(data: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    data[at] = code;
    return at + 1;
  }
  if (code < 0x800) {
    data[at] = 0xc0 | (code >> 6);
    data[at + 1] = 0x80 | (code & 63);
    return at + 2;
  }
  if (code < 0x10000) {
    data[at] = 0xe0 | (code >> 12);
    data[at + 1] = 0x80 | ((code >> 6) & 63);
    data[at + 2] = 0x80 | (code & 63);
    return at + 3;
  }
  data[at] = 0xf0 | (code >> 18);
  data[at + 1] = 0x80 | ((code >> 12) & 63);
  data[at + 2] = 0x80 | ((code >> 6) & 63);
  data[at + 3] = 0x80 | (code & 63);
  return at + 4;
}

/** Columns of unknown type come as utf8: what is no string is kept as the JSON that it is. */
function addVerbatim(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  const next = skipValue(source.bytes, at, source.end);
  const text = source.bytes.subarray(at, next);
  if (!isUtf8(text)) throw misfit(source, at, column, "not UTF-8");
  const { used } = column;
  column.reserve(used, text.length);
  column.data.set(text, used);
  column.offsets[++column.length] = used + text.length;
  return next;
}

/** Adds the bytes of a base64 string; returns the position behind it. */
export function addBinary(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  const { bytes, end } = source;
  if (bytes[at] !== QUOTE)
    throw misfit(source, at, column, "not a base64 string");
  const close = bytes.indexOf(QUOTE, at + 1);
  if (close < 0 || close >= end)
    throw malformed(bytes, at, end, "a string does not end");
  let next = close + 1;
  let last = addBase64(bytes, at + 1, close, column);
  if (last < 0) {
    const { value, next: behind } = readString(bytes, at, end);
    // Escapes are rare: "\/" from PHP is the one that is met.
    const text = new TextEncoder().encode(value);
    last = addBase64(text, 0, text.length, column);
    if (last < 0) throw misfit(source, at, column, "not base64");
    next = behind;
  }
  if (column.code === cell.fixedBinary) {
    if (last !== (column.length + 1) * column.width)
      throw misfit(
        source,
        at,
        column,
        `not ${String(column.width)} bytes of base64`,
      );
    column.length++;
  } else {
    column.offsets[++column.length] = last;
  }
  return next;
}

/** Decodes behind the last cell; returns the position behind the bytes, -1 when they are not base64. */
function addBase64(
  text: Uint8Array,
  from: number,
  to: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  const used =
    column.code === cell.fixedBinary
      ? column.length * column.width
      : column.used;
  column.reserve(used, to - from);
  return decodeBase64(text, from, to, column.data, used);
}

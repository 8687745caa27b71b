import { isUtf8 } from "node:buffer";
import { Failure } from "../failure.js";

/**
 * JSON (RFC 8259) at the level of bytes: positions in, positions out. Every function reads `bytes` from `at` and
 * stops before `end`.
 */

/** How deep values may be nested. */
const DEPTH_MAX = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** The position of the first byte that is not white space, `end` when there is none. */
export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isSpace(bytes[at] as number)) at++;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether the container at every depth is an object. */
const objectAt = new Uint8Array(DEPTH_MAX);

/**
 * The position behind the value at `at`, whose grammar is checked (of strings: escapes and control characters,
 * not UTF-8).
 * @throws Failure(invalid_input)
 */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  for (;;) {
    const first = bytes[at];
    if (at >= end) throw malformed(bytes, at, end, "a value is missing");
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      const object = first === OPEN_OBJECT;
      const inside = skipSpace(bytes, at + 1, end);
      if (
        inside < end &&
        bytes[inside] === (object ? CLOSE_OBJECT : CLOSE_ARRAY)
      ) {
        at = inside + 1;
      } else {
        if (depth === DEPTH_MAX)
          throw malformed(
            bytes,
            at,
            end,
            `more than ${String(DEPTH_MAX)} levels`,
          );
        objectAt[depth++] = object ? 1 : 0;
        at = object ? skipKey(bytes, inside, end) : inside;
        continue;
      }
    } else {
      at = skipScalar(bytes, at, end);
    }
    // Behind a value: close what ends here, and go on to the next value of what does not.
    for (;;) {
      if (depth === 0) return at;
      at = skipSpace(bytes, at, end);
      const object = objectAt[depth - 1] === 1;
      const next = at < end ? bytes[at] : 0;
      if (next === COMMA) {
        at = skipSpace(bytes, at + 1, end);
        if (object) at = skipKey(bytes, at, end);
        break;
      }
      if (next !== (object ? CLOSE_OBJECT : CLOSE_ARRAY))
        throw malformed(
          bytes,
          at,
          end,
          `expected "," or "${object ? "}" : "]"}"`,
        );
      at++;
      depth--;
    }
  }
}

/** The position of the value behind a key and its colon. */
function skipKey(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== QUOTE)
    throw malformed(bytes, at, end, "expected a key");
  return skipColon(bytes, skipString(bytes, at, end), end);
}

/** The position of the value, from the position behind its key. @throws Failure(invalid_input) */
export function skipColon(bytes: Uint8Array, at: number, end: number): number {
  at = skipSpace(bytes, at, end);
  if (at >= end || bytes[at] !== COLON)
    throw malformed(bytes, at, end, 'expected ":"');
  return skipSpace(bytes, at + 1, end);
}

function skipScalar(bytes: Uint8Array, at: number, end: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, at, end);
    case 0x74:
      return skipWord(bytes, at, end, "true");
    case 0x66:
      return skipWord(bytes, at, end, "false");
    case 0x6e:
      return skipWord(bytes, at, end, "null");
    default:
      return skipNumber(bytes, at, end);
  }
}

/** The position behind `true`, `false` or `null`. @throws Failure(invalid_input) when it is another word. */
export function skipWord(
  bytes: Uint8Array,
  at: number,
  end: number,
  word: string,
): number {
  for (let index = 0; index < word.length; index++)
    if (at + index >= end || bytes[at + index] !== word.charCodeAt(index))
      throw malformed(bytes, at, end, `expected ${word}`);
  return at + word.length;
}

/** The position behind the number at `at`. @throws Failure(invalid_input) */
export function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  let place = at;
  if (place < end && bytes[place] === 0x2d) place++;
  const whole = place;
  place = skipDigits(bytes, place, end);
  if (place === whole || (place - whole > 1 && bytes[whole] === 0x30))
    throw malformed(bytes, at, end, "expected a value");
  if (place < end && bytes[place] === 0x2e) {
    const fraction = ++place;
    place = skipDigits(bytes, place, end);
    if (place === fraction) throw malformed(bytes, at, end, "expected a digit");
  }
  if (place < end && ((bytes[place] as number) | 0x20) === 0x65) {
    place++;
    if (place < end && (bytes[place] === 0x2b || bytes[place] === 0x2d))
      place++;
    const exponent = place;
    place = skipDigits(bytes, place, end);
    if (place === exponent) throw malformed(bytes, at, end, "expected a digit");
  }
  return place;
}

function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && ((bytes[at] as number) - 0x30) >>> 0 < 10) at++;
  return at;
}

/** The position behind the closing quote of the string at `at`. @throws Failure(invalid_input) */
function skipString(bytes: Uint8Array, at: number, end: number): number {
  for (let place = at + 1; place < end; place++) {
    const byte = bytes[place] as number;
    if (byte === QUOTE) return place + 1;
    if (byte < 0x20)
      throw malformed(bytes, place, end, "a control character in a string");
    if (byte === BACKSLASH) place = skipEscape(bytes, place, end) - 1;
  }
  throw malformed(bytes, at, end, "a string does not end");
}

/** The position behind the escape whose backslash is at `at`. */
function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  const letter = at + 1 < end ? (bytes[at + 1] as number) : 0;
  if (letter === 0x75) {
    if (at + 6 > end || hexValue(bytes, at + 2) < 0)
      throw malformed(bytes, at, end, "an invalid escape");
    return at + 6;
  }
  if ((unescaped[letter] as number) === 0)
    throw malformed(bytes, at, end, "an invalid escape");
  return at + 2;
}

/** What the letter behind a backslash stands for; 0 for no escape, and for `u`. */
export const unescaped = new Uint8Array(256);
for (const [letter, byte] of [
  ['"', 0x22],
  ["\\", 0x5c],
  ["/", 0x2f],
  ["b", 0x08],
  ["f", 0x0c],
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
] as const)
  unescaped[letter.charCodeAt(0)] = byte;

/** The value of the four hexadecimal digits at `at`; negative when they are not. */
export function hexValue(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index++) {
    const byte = bytes[index] as number;
    const letter = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 87;
    else return -1;
  }
  return value;
}

/**
 * The string at `at`, unescaped, and the position behind its closing quote. Lone surrogates stay, as JSON.parse
 * leaves them.
 * @throws Failure(invalid_input) also when it is not UTF-8.
 */
export function readString(
  bytes: Uint8Array,
  at: number,
  end: number,
): { value: string; next: number } {
  if (at >= end || bytes[at] !== QUOTE)
    throw malformed(bytes, at, end, "expected a string");
  const next = skipString(bytes, at, end);
  const text = textOf(bytes, at, next);
  if (text.includes("\uFFFD") && !isUtf8(bytes.subarray(at, next)))
    throw malformed(bytes, at, end, "a string is not UTF-8");
  const value = text.includes("\\")
    ? (JSON.parse(text) as string)
    : text.slice(1, -1);
  return { value, next };
}

/** The bytes as a string; what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "utf8",
    from,
    to,
  );
}

/** The error for text that is not JSON, with the byte offset and what stands there. */
export function malformed(
  bytes: Uint8Array,
  at: number,
  end: number,
  reason: string,
): Failure {
  const found =
    at < end
      ? `found ${JSON.stringify(textOf(bytes, at, Math.min(end, at + 20)))}`
      : "but it ends there";
  return new Failure(
    "invalid_input",
    `not JSON: ${reason}, ${found}, at byte ${String(at)}`,
  );
}

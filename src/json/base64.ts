import type { Block } from "./block.js";

/** RFC 4648 section 4. */
const alphabet =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Two characters for every twelve bits, the first in the low byte. */
const pairs = new Uint16Array(4096);
for (let bits = 0; bits < 4096; bits++)
  pairs[bits] =
    alphabet.charCodeAt(bits >> 6) | (alphabet.charCodeAt(bits & 63) << 8);

/** Value of every character, of the URL-safe alphabet (RFC 4648 section 5) too; 64 for any other. */
const sextets = new Uint8Array(256).fill(64);
for (let value = 0; value < 64; value++)
  sextets[alphabet.charCodeAt(value)] = value;
sextets["-".charCodeAt(0)] = 62;
sextets["_".charCodeAt(0)] = 63;

/** Writes bytes as a JSON string of base64 with padding and reserves the room for it; returns the position behind it. */
export function writeBase64(
  out: Block,
  at: number,
  data: Uint8Array,
  from: number,
  to: number,
): number {
  out.reserve(at, Math.ceil((to - from) / 3) * 4);
  const view = out.view;
  view.setUint8(at++, 0x22);
  let index = from;
  for (; index + 3 <= to; index += 3) {
    const bits =
      ((data[index] as number) << 16) |
      ((data[index + 1] as number) << 8) |
      (data[index + 2] as number);
    view.setUint16(at, pairs[bits >> 12] as number, true);
    view.setUint16(at + 2, pairs[bits & 4095] as number, true);
    at += 4;
  }
  if (index < to) {
    const two = index + 2 === to;
    const bits =
      ((data[index] as number) << 16) |
      (two ? (data[index + 1] as number) << 8 : 0);
    view.setUint16(at, pairs[bits >> 12] as number, true);
    view.setUint16(at + 2, pairs[bits & 4095] as number, true);
    view.setUint8(at + 3, 0x3d);
    if (!two) view.setUint8(at + 2, 0x3d);
    at += 4;
  }
  view.setUint8(at, 0x22);
  return at + 1;
}

/**
 * Decodes base64 characters of either alphabet, padded or not, into `target` at `at`, which has room for three
 * bytes per four characters. Returns the position behind the bytes, or -1 when the text is not base64 or has
 * bits that would be dropped.
 */
export function decodeBase64(
  text: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  let end = to;
  if ((to - from) % 4 === 0)
    for (let pad = 0; pad < 2 && end > from && text[end - 1] === 0x3d; pad++)
      end--;
  if ((end - from) % 4 === 1) return -1;
  let index = from;
  for (; index + 4 <= end; index += 4) {
    const first = sextets[text[index] as number] as number;
    const second = sextets[text[index + 1] as number] as number;
    const third = sextets[text[index + 2] as number] as number;
    const fourth = sextets[text[index + 3] as number] as number;
    if (((first | second | third | fourth) & 64) !== 0) return -1;
    target[at] = (first << 2) | (second >> 4);
    target[at + 1] = (second << 4) | (third >> 2);
    target[at + 2] = (third << 6) | fourth;
    at += 3;
  }
  if (index === end) return at;
  const first = sextets[text[index] as number] as number;
  const second = sextets[text[index + 1] as number] as number;
  const third =
    index + 2 < end ? (sextets[text[index + 2] as number] as number) : 0;
  if (((first | second | third) & 64) !== 0) return -1;
  target[at++] = (first << 2) | (second >> 4);
  if (index + 2 === end) return (second & 15) === 0 ? at : -1;
  target[at++] = (second << 4) | (third >> 2);
  return (third & 3) === 0 ? at : -1;
}

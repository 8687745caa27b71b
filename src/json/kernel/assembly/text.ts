// Strings as in ../../text-parse.ts. 0 means: the general way.
import { BACKSLASH, QUOTE } from "./scan";
import { isUtf8 } from "./utf8";

/** Behind the text that `text` stored last. */
export let textEnd: usize = 0;

/** Stores the string at `at`, unescaped, at `target`; up to 15 bytes behind it are overwritten. */
export function text(at: usize, target: usize): usize {
  if (<u32>load<u8>(at) != QUOTE) return 0;
  const quote = i8x16.splat(0x22);
  const backslash = i8x16.splat(0x5c);
  const control = i8x16.splat(0x20);
  const start = target;
  let beyondAscii: i32 = 0;
  at++;
  while (true) {
    const bytes = v128.load(at);
    v128.store(target, bytes);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.lt_u(bytes, control),
      ),
    );
    const high = i8x16.bitmask(bytes);
    if (special == 0) {
      beyondAscii |= high;
      at += 16;
      target += 16;
      continue;
    }
    const count = ctz<i32>(special);
    beyondAscii |= high & ((1 << count) - 1);
    at += count;
    target += count;
    const byte: u32 = load<u8>(at);
    if (byte == QUOTE) break;
    if (byte != BACKSLASH) return 0;
    const escape: u32 = load<u8>(at, 1);
    if (escape == 0x75) {
      const code = codePoint(at);
      if (code < 0) return 0;
      at += code < 0x10000 ? 6 : 12;
      target = putCharacter(target, code);
      if (code > 0x7f) beyondAscii = 1;
    } else {
      const plain = unescaped(escape);
      if (plain == 0) return 0;
      store<u8>(target++, plain);
      at += 2;
    }
  }
  if (beyondAscii != 0 && !isUtf8(start, target)) return 0;
  textEnd = target;
  return at + 1;
}

/** What the letter behind a backslash stands for; 0 for none. */
function unescaped(letter: u32): u32 {
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return 0;
  }
}

/** The code point of the `\u` escape at `at`, or of two that are a surrogate pair; negative for anything else. */
function codePoint(at: usize): i32 {
  const code = unitAt(at);
  if (code < 0xd800 || code > 0xdfff) return code;
  const low = unitAt(at + 6);
  if (code > 0xdbff || low < 0xdc00 || low > 0xdfff) return -1;
  return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

function unitAt(at: usize): i32 {
  if (<u32>load<u8>(at) != BACKSLASH || load<u8>(at, 1) != 0x75) return -1;
  let value: i32 = 0;
  for (let index: usize = at + 2; index < at + 6; index++) {
    const byte: i32 = load<u8>(index);
    const letter = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 87;
    else return -1;
  }
  return value;
}

function putCharacter(at: usize, code: i32): usize {
  if (code < 0x80) {
    store<u8>(at, code);
    return at + 1;
  }
  if (code < 0x800) {
    store<u8>(at, 0xc0 | (code >> 6));
    store<u8>(at, 0x80 | (code & 63), 1);
    return at + 2;
  }
  if (code < 0x10000) {
    store<u8>(at, 0xe0 | (code >> 12));
    store<u8>(at, 0x80 | ((code >> 6) & 63), 1);
    store<u8>(at, 0x80 | (code & 63), 2);
    return at + 3;
  }
  store<u8>(at, 0xf0 | (code >> 18));
  store<u8>(at, 0x80 | ((code >> 12) & 63), 1);
  store<u8>(at, 0x80 | ((code >> 6) & 63), 2);
  store<u8>(at, 0x80 | (code & 63), 3);
  return at + 4;
}

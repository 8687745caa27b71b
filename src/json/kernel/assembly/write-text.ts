// Strings as ../../string-text.ts and ../../base64.ts write them.
import { isUtf8 } from "./utf8";

const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
/** `\u00` */
const UNICODE: u32 = 0x3030_755c;

/** UTF-8 bytes as a JSON string; 0 when they are not UTF-8. */
export function text(at: usize, from: usize, to: usize): usize {
  const quote = i8x16.splat(<i8>QUOTE);
  const backslash = i8x16.splat(<i8>BACKSLASH);
  const control = i8x16.splat(0x20);
  const start = from;
  let seen = i64x2.splat(0);
  store<u8>(at++, QUOTE);
  while (true) {
    const left = to - from;
    const bytes = v128.load(from);
    v128.store(at, bytes);
    let special: i32 = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.lt_u(bytes, control),
      ),
    );
    if (left >= 16) {
      seen = v128.or(seen, bytes);
      if (special == 0) {
        from += 16;
        at += 16;
        continue;
      }
    } else {
      const within = (1 << <i32>left) - 1;
      special &= within;
      if (special == 0) {
        const beyond = i8x16.bitmask(bytes) & within;
        at += left;
        if ((beyond | i8x16.bitmask(seen)) != 0 && !isUtf8(start, to)) return 0;
        store<u8>(at, QUOTE);
        return at + 1;
      }
      if ((i8x16.bitmask(bytes) & within) != 0) seen = i8x16.splat(-1);
    }
    const count = <usize>ctz(special);
    at = escape(at + count, load<u8>(from + count));
    from += count + 1;
  }
}

function escape(at: usize, byte: u32): usize {
  const letter = letterOf(byte);
  if (letter != 0) {
    store<u16>(at, BACKSLASH | (letter << 8));
    return at + 2;
  }
  store<u32>(at, UNICODE);
  store<u8>(at, 0x30 + (byte >> 4), 4);
  const low = byte & 15;
  store<u8>(at, low < 10 ? 0x30 + low : 0x57 + low, 5);
  return at + 6;
}

/** What stands behind the backslash; 0 where it is a number. */
@inline
function letterOf(byte: u32): u32 {
  switch (byte) {
    case 0x22:
    case 0x5c:
      return byte;
    case 0x08:
      return 0x62;
    case 0x09:
      return 0x74;
    case 0x0a:
      return 0x6e;
    case 0x0c:
      return 0x66;
    case 0x0d:
      return 0x72;
    default:
      return 0;
  }
}

/** The character of a sextet: RFC 4648 section 4. */
@inline
function characterOf(sextet: u32): u32 {
  return load<u8>(alphabet + sextet);
}

const alphabet = memory.data<u8>([
  0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d,
  0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a,
  0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
  0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
  0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x2b, 0x2f,
]);

@inline
function four(bits: u32): u32 {
  return (
    characterOf(bits >> 18) |
    (characterOf((bits >> 12) & 63) << 8) |
    (characterOf((bits >> 6) & 63) << 16) |
    (characterOf(bits & 63) << 24)
  );
}

/** Bytes as a JSON string of base64 with padding. */
export function base64(at: usize, from: usize, to: usize): usize {
  store<u8>(at++, QUOTE);
  for (; from + 3 <= to; from += 3) {
    const bits: u32 = bswap(load<u32>(from)) >> 8;
    store<u32>(at, four(bits));
    at += 4;
  }
  if (from < to) {
    const two = from + 2 == to;
    const second: u32 = two ? load<u8>(from, 1) : 0;
    const characters = four((<u32>load<u8>(from) << 16) | (second << 8));
    const kept: u32 = two ? 0x00ff_ffff : 0xffff;
    store<u32>(at, (characters & kept) | (0x3d3d_3d3d & ~kept));
    at += 4;
  }
  store<u8>(at, QUOTE);
  return at + 1;
}

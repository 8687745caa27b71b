// Positions in, positions out, as in ../../scan.ts. 0 means: not understood here, the line takes the general way.
// Every loop ends at a line feed, which no token holds and which the window ends with.

export const LINE_FEED: u32 = 0x0a;
export const QUOTE: u32 = 0x22;
export const COMMA: u32 = 0x2c;
export const COLON: u32 = 0x3a;
export const BACKSLASH: u32 = 0x5c;
export const OPEN_ARRAY: u32 = 0x5b;
export const CLOSE_ARRAY: u32 = 0x5d;
export const OPEN_OBJECT: u32 = 0x7b;
export const CLOSE_OBJECT: u32 = 0x7d;

/** Behind blanks and tabs. */
@inline
export function skipSpace(at: usize): usize {
  let byte: u32 = load<u8>(at);
  while (byte == 0x20 || byte == 0x09 || byte == 0x0d) byte = load<u8>(++at);
  return at;
}

/** Whether the same `length` bytes stand at both places; up to 7 bytes behind `b` are read. */
@inline
export function equal(a: usize, b: usize, length: u32): bool {
  let index: u32 = 0;
  for (; index + 8 <= length; index += 8)
    if (load<u64>(a + index) != load<u64>(b + index)) return false;
  const rest = length - index;
  if (rest == 0) return true;
  const difference = load<u64>(a + index) ^ load<u64>(b + index);
  return difference << ((8 - rest) << 3) == 0;
}

/** Behind the closing quote of the string at `at`, whatever is in it. */
export function behindString(at: usize): usize {
  const quote = i8x16.splat(0x22);
  const backslash = i8x16.splat(0x5c);
  const control = i8x16.splat(0x20);
  at++;
  while (true) {
    const bytes = v128.load(at);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.lt_u(bytes, control),
      ),
    );
    if (special == 0) {
      at += 16;
      continue;
    }
    at += ctz<u32>(special);
    const byte: u32 = load<u8>(at);
    if (byte == QUOTE) return at + 1;
    // A backslash hides the byte behind it; a control character is for the general way.
    if (byte != BACKSLASH || load<u8>(at, 1) < 0x20) return 0;
    at += 2;
  }
}

/** Behind the value at `at`. Only its end is found: whoever reads it checks its grammar, up to just that end. */
export function behindValue(at: usize): usize {
  let depth: u32 = 0;
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte == QUOTE) {
      at = behindString(at);
      if (at == 0) return 0;
    } else if (byte == OPEN_OBJECT || byte == OPEN_ARRAY) {
      depth++;
      at++;
      continue;
    } else if (byte == CLOSE_OBJECT || byte == CLOSE_ARRAY) {
      if (depth == 0) return 0;
      depth--;
      at++;
    } else if (byte == COMMA || byte == COLON || byte == 0x20 || byte == 0x09) {
      if (depth == 0) return 0;
      at++;
      continue;
    } else {
      if (byte < 0x20) return 0;
      at = behindScalar(at);
    }
    if (depth == 0) return at;
  }
}

function behindScalar(at: usize): usize {
  while (true) {
    const byte: u32 = load<u8>(at);
    if (
      byte <= 0x20 ||
      byte == COMMA ||
      byte == COLON ||
      byte == QUOTE ||
      byte == CLOSE_OBJECT ||
      byte == CLOSE_ARRAY
    )
      return at;
    at++;
  }
}

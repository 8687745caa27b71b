// Well-formed UTF-8 (Unicode 15, table 3-7), sixteen bytes at a time: J. Keiser and D. Lemire, "Validating UTF-8 in
// less than one instruction per byte" (2021), https://doi.org/10.1002/spe.2940.

/** What may be wrong with two neighbouring bytes, a bit each. */
const TOO_SHORT: u8 = 1;
const TOO_LONG: u8 = 2;
const OVERLONG_3: u8 = 4;
const TOO_LARGE: u8 = 8;
const SURROGATE: u8 = 16;
const OVERLONG_2: u8 = 32;
const OVERLONG_4_OR_LARGER: u8 = 64;
/** Right as the third or fourth byte of a character, else wrong. */
const TWO_CONTINUATIONS: u8 = 128;
const ANY_LOW: u8 = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS;
const FROM_5: u8 = ANY_LOW | TOO_LARGE | OVERLONG_4_OR_LARGER;
const BELOW_C: u8 = TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS;

/** Whether the bytes are UTF-8. Up to 15 bytes behind them are read. */
export function isUtf8(at: usize, end: usize): bool {
  const firstHigh = i8x16(
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
    TWO_CONTINUATIONS, TWO_CONTINUATIONS,
    TWO_CONTINUATIONS, TWO_CONTINUATIONS,
    TOO_SHORT | OVERLONG_2,
    TOO_SHORT,
    TOO_SHORT | OVERLONG_3 | SURROGATE,
    TOO_SHORT | TOO_LARGE | OVERLONG_4_OR_LARGER,
  );
  const firstLow = i8x16(
    ANY_LOW | OVERLONG_2 | OVERLONG_3 | OVERLONG_4_OR_LARGER,
    ANY_LOW | OVERLONG_2,
    ANY_LOW, ANY_LOW,
    ANY_LOW | TOO_LARGE,
    FROM_5, FROM_5, FROM_5, FROM_5, FROM_5, FROM_5, FROM_5, FROM_5,
    FROM_5 | SURROGATE,
    FROM_5, FROM_5,
  );
  const secondHigh = i8x16(
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    BELOW_C | OVERLONG_3 | OVERLONG_4_OR_LARGER,
    BELOW_C | OVERLONG_3 | TOO_LARGE,
    BELOW_C | SURROGATE | TOO_LARGE,
    BELOW_C | SURROGATE | TOO_LARGE,
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
  );
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const nibble = i8x16.splat(15);
  let before = i64x2.splat(0);
  let wrong = i64x2.splat(0);
  while (true) {
    const left = <i32>(end - at);
    let bytes = v128.load(at);
    // The last step has at least one zero behind the text, before which every character must be whole.
    if (left < 16)
      bytes = v128.and(bytes, i8x16.lt_s(places, i8x16.splat(<i8>left)));
    const first = v128.shuffle<u8>(
      before, bytes,
      15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    );
    const second = v128.shuffle<u8>(
      before, bytes,
      14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
    );
    const third = v128.shuffle<u8>(
      before, bytes,
      13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    );
    const found = v128.and(
      v128.and(
        v128.swizzle(firstHigh, i8x16.shr_u(first, 4)),
        v128.swizzle(firstLow, v128.and(first, nibble)),
      ),
      v128.swizzle(secondHigh, i8x16.shr_u(bytes, 4)),
    );
    // Bit 7 where the byte must be a third or fourth one.
    const wanted = v128.and(
      v128.or(
        i8x16.sub_sat_u(second, i8x16.splat(0x60)),
        i8x16.sub_sat_u(third, i8x16.splat(0x70)),
      ),
      i8x16.splat(<i8>TWO_CONTINUATIONS),
    );
    wrong = v128.or(wrong, v128.xor(found, wanted));
    if (left < 16) return !v128.any_true(wrong);
    before = bytes;
    at += 16;
  }
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  appendBits,
  bitAt,
  bitmapBytes,
  countBits,
  setBit,
  sliceBits,
} from "./bits.js";

const flags = fc.array(fc.boolean(), { maxLength: 700 });

/** A bitmap `shift` bytes behind a multiple of 8, with junk behind its last bit. */
function bitmap(values: readonly boolean[], shift = 0): Uint8Array {
  const bytes = bitmapBytes(values.length);
  const bits = new Uint8Array(shift + bytes + 1).subarray(shift, shift + bytes);
  values.forEach((value, i) => {
    if (value) setBit(bits, i);
  });
  for (let i = values.length; i < 8 * bytes; i++) setBit(bits, i);
  return bits;
}

function values(bits: Uint8Array, rows: number): boolean[] {
  return Array.from({ length: rows }, (_, i) => bitAt(bits, i));
}

describe("bitmaps", () => {
  test("bits are counted, junk behind them is not", () => {
    fc.assert(
      fc.property(flags, fc.nat(7), (all, shift) => {
        const count = all.filter(Boolean).length;
        assert.equal(countBits(bitmap(all, shift), all.length), count);
      }),
    );
  });

  test("any slice has the bits that lie there", () => {
    fc.assert(
      fc.property(flags, fc.nat(), fc.nat(), (all, a, b) => {
        const start = a % (all.length + 1);
        const end = start + (b % (all.length - start + 1));
        const slice = sliceBits(bitmap(all), start, end);
        assert.equal(slice.length, bitmapBytes(end - start));
        assert.deepEqual(values(slice, end - start), all.slice(start, end));
      }),
    );
  });

  test("bits are appended at any place; no bitmap is all ones", () => {
    fc.assert(
      fc.property(flags, flags, fc.boolean(), (first, second, none) => {
        const rows = first.length + second.length;
        const joined = new Uint8Array(bitmapBytes(rows));
        appendBits(joined, 0, bitmap(first), first.length);
        const more = none ? undefined : bitmap(second);
        appendBits(joined, first.length, more, second.length);
        const expected = [...first, ...second.map((bit) => none || bit)];
        assert.deepEqual(values(joined, rows), expected);
      }),
    );
  });
});

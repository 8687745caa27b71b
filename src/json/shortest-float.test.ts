import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { valuesOfBatch } from "../arrow/plain-values.js";
import { field, float32, float64 } from "../arrow/schema.js";
import { float16Bits, float16Value, roundToFloat16 } from "./float16.js";
import { batchOfLines } from "./lines.js";
import { FLOAT_ROOM, writeFloat32, writeFloat64 } from "./shortest-float.js";

const view = new DataView(new ArrayBuffer(FLOAT_ROOM));

function text(write: typeof writeFloat64, value: number): string {
  return Buffer.from(view.buffer, 0, write(view, 0, value)).toString();
}

function expected(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Doubles of every exponent, of few and many digits, and next to powers of two and ten. */
const doubles = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  fc
    .tuple(fc.integer(), fc.integer({ min: -20, max: 20 }))
    .map(([digits, power]) => Number(`${String(digits)}e${String(power)}`)),
  fc
    .tuple(
      fc.constantFrom(2, 10),
      fc.integer({ min: -300, max: 300 }),
      fc.bigInt({ min: -3n, max: 3n }),
    )
    .map(([base, power, steps]) => neighbour(base ** power, steps)),
);

function neighbour(value: number, steps: bigint): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + steps);
  return bits.getFloat64(0);
}

test("doubles are written as JavaScript writes them", () => {
  fc.assert(
    fc.property(doubles, (value) => {
      assert.equal(text(writeFloat64, value), expected(value));
    }),
    { numRuns: 50_000 },
  );
});

test("float32 comes back from its text, which no shorter text does", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const written = text(writeFloat32, value);
      assert.ok(Object.is(Math.fround(Number(written)), value), written);
      if (Number.isInteger(value)) return;
      const digits = written.replace(/e.*|[-.]/g, "").replace(/^0+/, "").length;
      for (let fewer = 1; fewer < digits; fewer++)
        assert.notEqual(
          Math.fround(Number(value.toPrecision(fewer))),
          value,
          written,
        );
    }),
    { numRuns: 10_000 },
  );
});

test("a float32 above a power of two reaches further than below", () => {
  // The nearest number of eight digits is below, and reads back to the neighbour.
  for (const [value, shortest] of [
    [2 ** -96, "1.2621775e-29"],
    [-(2 ** 87), "-1.5474251e+26"],
    [2 ** 90, "1.2379401e+27"],
  ] as const) {
    assert.equal(Math.fround(Number(shortest)), value);
    assert.equal(text(writeFloat32, value), shortest);
  }
});

/** A column's value after the number was parsed. */
function parsed(width: 32 | 64, number: string): unknown {
  const type = width === 32 ? float32 : float64;
  const batch = batchOfLines({ fields: [field("a", type)] }, `{"a":${number}}`);
  return batch === undefined ? undefined : valuesOfBatch(batch)[0]?.[0];
}

/** Numbers of up to 25 digits, mostly near the middle of two doubles or of two float32. */
const numbers = fc.oneof(
  fc
    .tuple(
      fc.bigInt({ min: 0n, max: 10n ** 20n }),
      fc.integer({ min: -30, max: 30 }),
    )
    .map(([digits, power]) => `${String(digits)}e${String(power)}`),
  fc
    .tuple(
      fc.stringMatching(/^(0|[1-9]\d{0,9})$/),
      fc.stringMatching(/^\d{1,15}$/),
    )
    .map((parts) => parts.join(".")),
  fc
    .tuple(
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 54n }),
      fc.constantFrom("", ".0", ".00000000000000000001", "e-3", "e-17"),
    )
    .map(([odd, rest]) => String(odd | 1n) + rest),
  // The middle of two doubles exactly, with a fraction of up to three digits.
  fc
    .tuple(
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 54n }),
      fc.integer({ min: 1, max: 3 }),
    )
    .map(
      ([odd, places]) =>
        `${String((odd | 1n) * 5n ** BigInt(places))}e-${String(places)}`,
    ),
);

test("doubles are read as JavaScript reads them", () => {
  fc.assert(
    fc.property(numbers, (number) => {
      assert.ok(Object.is(parsed(64, number), Number(number)), number);
      assert.ok(Object.is(parsed(64, `-${number}`), Number(`-${number}`)));
    }),
    { numRuns: 10_000 },
  );
});

test("float32 is rounded once, from the text", () => {
  // 2^24 + 1 is the middle of two float32; the fraction is too small for a double to hold.
  assert.equal(parsed(32, "16777217"), 16777216);
  assert.equal(parsed(32, "16777217.0000000001"), 16777218);
  assert.equal(parsed(32, "-16777217.0000000001"), -16777218);
  assert.equal(parsed(32, "16777218.9999999999"), 16777218);
  assert.equal(parsed(32, "16777219"), 16777220);
  assert.equal(parsed(32, '"16777217.0000000001"'), 16777218);
  // Half of the smallest float32, and a little more.
  assert.equal(parsed(32, "7.006492321624085354618e-46"), 0);
  assert.equal(parsed(32, "7.006492321624085354619e-46"), 2 ** -149);
});

test("every float16 keeps its bits, and rounding finds the nearest", () => {
  for (let bits = 0; bits < 0x8000; bits++) {
    const value = float16Value(bits);
    if (Number.isNaN(value)) continue;
    assert.equal(float16Bits(value), bits);
    assert.equal(float16Bits(-value), bits | 0x8000);
    const next = float16Value(bits + 1);
    if (!Number.isFinite(next)) continue;
    const middle = (value + next) / 2;
    assert.equal(roundToFloat16(middle), bits % 2 === 0 ? value : next);
    assert.equal(roundToFloat16(neighbour(middle, 1n)), next);
    assert.equal(roundToFloat16(neighbour(middle, -1n)), value);
  }
});

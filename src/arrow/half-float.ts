/*
 * Test support, imported by tests only: 16-bit floats, which Node 20 does not know.
 */

/** Number of an IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits. */
export function halfFloat(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

let halves: Map<number, number> | undefined;

/** Inverse of `halfFloat`, for numbers that are one. */
export function halfBits(number: number): number {
  if (Object.is(number, -0)) return 0x8000;
  if (Number.isNaN(number)) return 0x7e00;
  // From the top, so that 0 keeps the bits of +0, which come last.
  halves ??= new Map(
    Array.from({ length: 0x1_0000 }, (_, i) => {
      const bits = 0xffff - i;
      return [halfFloat(bits), bits];
    }),
  );
  const bits = halves.get(number);
  if (bits === undefined) throw new Error(`${String(number)} is no float16`);
  return bits;
}

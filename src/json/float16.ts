/** The value of an IEEE 754 binary16 given by its 16 bits. */
export function float16Value(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The binary16 number nearest to a double, ties to even; beyond 65,520 it is infinite. */
export function roundToFloat16(value: number): number {
  const size = Math.abs(value);
  if (!(size < 65_520))
    return size === size ? Math.sign(value) * Infinity : NaN;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  // Adding and subtracting a number whose last place is worth the step rounds to that step.
  const step = 2 ** (exponent - 10);
  const anchor = step * 2 ** 52 * 1.5;
  const rounded = size + anchor - anchor;
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}

/** The 16 bits of a number that is exactly a binary16. */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size === Infinity) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | (size * 2 ** (10 - exponent) - 1024);
}

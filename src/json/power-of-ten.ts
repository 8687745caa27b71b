/**
 * Powers of ten to about 106 bits, each as the unevaluated sum of two doubles, and the exact product of two
 * doubles. With them a 17-digit number is printed or read in a few multiplications, with a known error, and
 * only what that error leaves open goes to the engine's own `String` and `Number`.
 *
 * The arithmetic is T. J. Dekker, "A floating-point technique for extending the available precision",
 * Numerische Mathematik 18 (1971), https://doi.org/10.1007/BF01397083.
 */

/** The largest power, and the smallest with the opposite sign, that the tables hold. */
export const POWER_MAX = 280;

/** 10^0 to 10^22, which doubles hold exactly. */
export const exactPowers = Float64Array.from({ length: 23 }, (_, power) =>
  Number(`1e${String(power)}`),
);

const highs = new Float64Array(2 * POWER_MAX + 1);
const lows = new Float64Array(2 * POWER_MAX + 1);

/** 10^power rounded to a double. */
export function powerHigh(power: number): number {
  const index = power + POWER_MAX;
  const high = highs[index] as number;
  return high === 0 ? fill(power) : high;
}

/** What `powerHigh`, which is to be called before, leaves of 10^power. */
export function powerLow(power: number): number {
  return lows[power + POWER_MAX] as number;
}

/** a × b minus its rounded product, exactly. Holds while no part over- or underflows. */
export function productError(a: number, b: number, product: number): number {
  const aWide = a * SPLITTER;
  const aHigh = aWide - (aWide - a);
  const aLow = a - aHigh;
  const bWide = b * SPLITTER;
  const bHigh = bWide - (bWide - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** 2^27 + 1 cuts a double's 53 bits into two halves. */
const SPLITTER = 134_217_729;

/** Entries are computed when they are first asked for: a run needs a few of the 561. */
function fill(power: number): number {
  const high = Number(`1e${String(power)}`);
  highs[power + POWER_MAX] = high;
  lows[power + POWER_MAX] = remainder(power, high);
  return high;
}

function remainder(power: number, high: number): number {
  if (power >= 0) return Number(10n ** BigInt(power) - BigInt(high));
  // high = mantissa / 2^shift, so 10^power - high = (2^shift - mantissa × 10^-power) / (2^shift × 10^-power).
  const shift = 53 + Math.ceil(-power * Math.log2(10)) + 2;
  const half = shift >> 1;
  const mantissa = BigInt(high * 2 ** half * 2 ** (shift - half));
  const ten = 10n ** BigInt(-power);
  const numerator = (1n << BigInt(shift)) - mantissa * ten;
  // The quotient is taken with 64 bits more than it needs, and the scale of 2^-more divided out in two steps.
  const more = shift + 128;
  const quotient = (numerator << BigInt(more)) / ((1n << BigInt(shift)) * ten);
  return Number(quotient) * 2 ** -(more >> 1) * 2 ** -(more - (more >> 1));
}

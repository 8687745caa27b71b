import { readString, skipNumber, textOf } from "./scan.js";
import type { Source } from "./source.js";

/** The exact value of a number's text: ± digits × 10^exponent, without zeros at either end of the digits. */
export interface Decimal {
  readonly negative: boolean;
  /** Empty for zero. */
  readonly digits: string;
  readonly exponent: number;
}

/** A number of RFC 8259, in parts. */
const grammar = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The text of the number at `at`, or of the one that a string there holds, and the position behind it; undefined
 * when there is another value, or a string that is no number.
 * @throws Failure(invalid_input)
 */
export function numberText(
  source: Source,
  at: number,
): { text: string; next: number } | undefined {
  const { bytes, end } = source;
  const first = bytes[at];
  if (first === 0x22) {
    const { value, next } = readString(bytes, at, end);
    return grammar.test(value) ? { text: value, next } : undefined;
  }
  if (
    first !== 0x2d &&
    !(first !== undefined && first >= 0x30 && first <= 0x39)
  )
    return undefined;
  const next = skipNumber(bytes, at, end);
  return { text: textOf(bytes, at, next), next };
}

/** @param text a number as RFC 8259 writes it. */
export function decimalOf(text: string): Decimal {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    grammar.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return {
    negative: sign === "-",
    digits,
    exponent: Number(exponent) - fraction.length + (all.length - digits.length),
  };
}

/**
 * The integer value × 10^scale, or why there is none: a fraction is left, or it has more than `digitsMax` digits
 * (which is found before `1e999999999` costs anything).
 */
export function scaledInteger(
  { negative, digits, exponent }: Decimal,
  scale: number,
  digitsMax: number,
): bigint | "fraction" | "large" {
  if (digits === "") return 0n;
  const zeros = exponent + scale;
  if (zeros < 0) return "fraction";
  if (digits.length + zeros > digitsMax) return "large";
  const size = BigInt(digits + "0".repeat(zeros));
  return negative ? -size : size;
}

/** Whether the size of a decimal is above (1), below (-1) or at (0) that of a double from 2^-200 to 2^200. */
export function compareSize(decimal: Decimal, value: number): number {
  const shift = 300n;
  const { digits, exponent } = decimal;
  const ten = 10n ** BigInt(Math.abs(exponent));
  const size = BigInt(digits) << shift;
  const left = exponent > 0 ? size * ten : size;
  const whole = (BigInt(Math.abs(value) * 2 ** 252) << shift) >> 252n;
  const right = exponent < 0 ? whole * ten : whole;
  return left < right ? -1 : left > right ? 1 : 0;
}

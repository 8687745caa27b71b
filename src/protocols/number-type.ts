import { float64, int64, uint64, type DataType } from "../arrow/schema.js";
import type { JsonNode } from "./json-node.js";
import { numberText } from "./json-value.js";

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);
const uint64Max = 2n ** 64n - 1n;

/** What a number without precision and scale gets when it must be a decimal (as Airbyte's destinations do). */
const decimalDefault = { precision: 38, scale: 9 };

/** 64 bits, unless the bounds ask for more. */
export function integerType(schema: JsonNode): DataType {
  const minimum = boundOf(schema, "minimum", "exclusiveMinimum");
  const maximum = boundOf(schema, "maximum", "exclusiveMaximum");
  const low = minimum ?? 0n;
  const high = maximum ?? 0n;
  if (low >= int64Min && high <= int64Max) return int64;
  if (low >= 0n && high <= uint64Max) return uint64;
  const digits = Math.max(digitsOf(low), digitsOf(high));
  return decimalOf(digits, 0);
}

/** A double, unless the schema says how many digits there are. */
export function numberType(schema: JsonNode): DataType {
  const scale = scaleOf(schema);
  if (scale === undefined) return float64;
  const precision = numberText(schema.get("precision").value);
  if (precision !== undefined) return decimalOf(Number(precision), scale);
  const bounds = [
    boundOf(schema, "minimum", "exclusiveMinimum"),
    boundOf(schema, "maximum", "exclusiveMaximum"),
  ].filter((value) => value !== undefined);
  const whole = Math.max(...bounds.map(digitsOf));
  return decimalOf(bounds.length === 0 ? 38 : whole + scale, scale);
}

/** Fraction digits by `multipleOf` (pipelinewise, and ourselves), or by an explicit `scale`. */
function scaleOf(schema: JsonNode): number | undefined {
  const explicit = numberText(schema.get("scale").value);
  if (explicit !== undefined) return Number(explicit);
  const step = numberText(schema.get("multipleOf").value);
  const parts = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(step ?? "");
  if (parts === null) return undefined;
  const fraction = (parts[2] ?? "").replace(/0+$/, "");
  return Math.max(0, fraction.length - Number(parts[3] ?? "0"));
}

function decimalOf(precision: number, scale: number): DataType {
  const fits =
    Number.isInteger(precision) && Number.isInteger(scale) && scale <= 76;
  if (!fits) return { type: "decimal", bits: 128, ...decimalDefault };
  const digits = Math.min(76, Math.max(precision, scale, 1));
  const bits = digits > 38 ? 256 : 128;
  return { type: "decimal", bits, precision: digits, scale };
}

/** The whole part of the least or largest value; a double's text such as 1e+62 counts. */
function boundOf(
  schema: JsonNode,
  inclusive: string,
  exclusive: string,
): bigint | undefined {
  const key = schema.get(inclusive).exists ? inclusive : exclusive;
  const text = numberText(schema.get(key).value) ?? "";
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = "0", fraction = "", exponent = "0"] = parts;
  const shift = Number(exponent) - fraction.length;
  if (Math.abs(shift) > 400) return undefined;
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(Math.abs(shift));
  const size = shift >= 0 ? digits * scale : digits / scale;
  // Values stay below an exclusive bound of 10^n, and so have n digits.
  const isWhole = shift >= 0 || digits % scale === 0n;
  const largest = key === exclusive && isWhole && size > 0n ? size - 1n : size;
  return sign === "-" ? -largest : largest;
}

function digitsOf(value: bigint): number {
  return String(value < 0n ? -value : value).length;
}

/** The SDK's taps write `singer.decimal`, its targets listen for `x-singer.decimal`; both may lack the digits. */
export function singerDecimalType(schema: JsonNode): DataType {
  const precision = numberText(schema.get("precision").value);
  const scale = numberText(schema.get("scale").value);
  return decimalOf(Number(precision ?? Number.NaN), Number(scale ?? 0));
}

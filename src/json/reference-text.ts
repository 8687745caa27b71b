/*
 * Test support, imported by tests only: the JSON text of values, slow and obvious, so that the fast code can be
 * held against it. Everything goes through BigInt, Date and JSON.stringify.
 */
import type { UnionValue, Value } from "../arrow/plain-values.js";
import { valueAt } from "../arrow/plain-values.js";
import type { Batch } from "../arrow/batch.js";
import type { DataType, Field } from "../arrow/schema.js";

/** The lines that the row writer should give for a batch, without prefix and suffix. */
export function referenceLines(batch: Batch): string[] {
  return Array.from({ length: batch.length }, (_, row) =>
    objectText(
      batch.schema.fields,
      batch.vectors.map((vector) => valueAt(vector, row)),
    ),
  );
}

function objectText(
  fields: readonly Field[],
  values: readonly Value[],
): string {
  const members = fields.map(
    ({ name, type }, index) =>
      `${JSON.stringify(name)}:${referenceText(type, values[index] ?? null)}`,
  );
  return `{${members.join(",")}}`;
}

const digitsOf = { s: 0, ms: 3, us: 6, ns: 9 };

/** The JSON text of one value. */
export function referenceText(type: DataType, value: Value): string {
  if (value === null) return "null";
  const items = value as readonly Value[];
  switch (type.type) {
    case "null":
      return "null";
    case "bool":
    case "int":
      return typeof value === "bigint" ? String(value) : String(value === true);
    case "float":
      return floatText(type.bits, value as number);
    case "decimal":
      return decimalText(value as bigint, type.scale);
    case "utf8":
      return JSON.stringify(value);
    case "binary":
    case "fixed_size_binary":
      return `"${Buffer.from(value as Uint8Array).toString("base64")}"`;
    case "date": {
      const days = type.unit === "day" ? 1n : 86_400_000n;
      return `"${dateText((value as bigint) / days)}"`;
    }
    case "time":
      return `"${clockText(value as bigint, digitsOf[type.unit])}"`;
    case "timestamp": {
      const digits = digitsOf[type.unit];
      const day = floorDivide(value as bigint, 86_400n * 10n ** BigInt(digits));
      const rest = (value as bigint) - day * 86_400n * 10n ** BigInt(digits);
      const zone = type.timezone === undefined ? "" : "Z";
      return `"${dateText(day)}T${clockText(rest, digits)}${zone}"`;
    }
    case "duration": {
      const text = decimalText(value as bigint, digitsOf[type.unit]);
      return text.startsWith("-") ? `"-PT${text.slice(1)}S"` : `"PT${text}S"`;
    }
    case "interval": {
      const [first = 0n, second = 0n, third = 0n] = items as bigint[];
      if (type.unit === "year_month") return `"P${String(first)}M"`;
      return type.unit === "day_time"
        ? `"P${String(first)}DT${decimalText(second, 3)}S"`
        : `"P${String(first)}M${String(second)}DT${decimalText(third, 9)}S"`;
    }
    case "list":
    case "fixed_size_list":
      return `[${items.map((item) => referenceText(type.item.type, item)).join(",")}]`;
    case "struct":
      return objectText(type.fields, items);
    case "map":
      return mapText(type.entries.type, items as (readonly Value[])[]);
    case "union": {
      const { typeId, value: member } = value as UnionValue;
      const field = type.fields[type.typeIds.indexOf(typeId)] as Field;
      return objectText([field], [member]);
    }
    case "dictionary":
    case "run_end_encoded":
      throw new Error(`${type.type} is not canonical`);
  }
}

function mapText(
  entries: DataType,
  pairs: readonly (readonly Value[])[],
): string {
  const [key, value] = (entries.type === "struct" ? entries.fields : []) as [
    Field,
    Field,
  ];
  const texts = pairs.map(([name = null, member = null]) => [
    referenceText(key.type, name),
    referenceText(value.type, member),
  ]);
  if (key.type.type === "utf8")
    return `{${texts.map((pair) => pair.join(":")).join(",")}}`;
  const objects = texts.map(
    ([name = "", member = ""]) => `{"key":${name},"value":${member}}`,
  );
  return `[${objects.join(",")}]`;
}

function floatText(bits: 16 | 32 | 64, value: number): string {
  if (!Number.isFinite(value)) return `"${String(value)}"`;
  if (Object.is(value, -0)) return "-0";
  if (bits === 64 || (Number.isInteger(value) && Math.abs(value) < 1e15))
    return String(value);
  // The fewest digits that come back to the value.
  const narrow = (number: number): number =>
    bits === 32 ? Math.fround(number) : nearestHalf(number);
  for (let digits = 1; ; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (narrow(Number(text)) === value) return text;
  }
}

/** Rounding to the grid of float16: 11 bits, or 2^-24 near zero. */
function nearestHalf(number: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(number))), -14);
  const step = 2 ** (exponent - 10);
  const count = number / step;
  const floor = Math.floor(count);
  const rest = count - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return (floor + (up ? 1 : 0)) * step;
}

function decimalText(value: bigint, scale: number): string {
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value);
  if (scale <= 0)
    return sign + digits + (value === 0n ? "" : "0".repeat(-scale));
  const padded = digits.padStart(scale + 1, "0");
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function clockText(value: bigint, digits: number): string {
  const seconds = value / 10n ** BigInt(digits);
  const part = (count: bigint): string => String(count % 60n).padStart(2, "0");
  const hours = String(seconds / 3600n).padStart(2, "0");
  const text = `${hours}:${part(seconds / 60n)}:${part(seconds)}`;
  const fraction = value % 10n ** BigInt(digits);
  return digits === 0
    ? text
    : `${text}.${String(fraction).padStart(digits, "0")}`;
}

/** Date knows 271,821 years before and after; the calendar repeats itself every 400 years. */
function dateText(day: bigint): string {
  const eras = floorDivide(day, 146_097n);
  const date = new Date(Number(day - eras * 146_097n) * 86_400_000);
  const year = BigInt(date.getUTCFullYear()) + eras * 400n;
  const monthAndDay = date.toISOString().slice(4, 10);
  if (year >= 0n && year <= 9999n)
    return String(year).padStart(4, "0") + monthAndDay;
  const size = String(year < 0n ? -year : year).padStart(6, "0");
  return (year < 0n ? "-" : "+") + size + monthAndDay;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient;
}

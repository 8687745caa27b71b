import { kindOf, type Kind } from "../arrow/kind.js";
import { isValid, type Vector } from "../arrow/vector.js";
import { Failure } from "../failure.js";
import { float16Value } from "../json/float16.js";
import { textAt } from "../json/text-at.js";
import {
  stringLiteral,
  typeText,
  unsupportedType,
  type Dialect,
  type ValueText,
} from "./dialect.js";

/** SQL text of a value, `NULL` included. @throws Failure(unsupported | invalid_data) */
export function valueText(
  dialect: Dialect,
  vector: Vector,
  row: number,
): string {
  return isValid(vector, row)
    ? dialect.values[kindOf(vector.type)](vector, row, dialect)
    : "NULL";
}

/** Digits as they are. */
const plain: ValueText = (vector, row) => exactText(vector, row);

export const quoted: ValueText = (vector, row, dialect) =>
  stringLiteral(dialect, exactText(vector, row));

/** `CAST('text' AS type)`: no digit passes through another type on the way. */
export const cast: ValueText = (vector, row, dialect) =>
  castText(dialect, vector, quoted(vector, row, dialect));

/**
 * An approximate numeric literal, which has an exponent (ISO/IEC 9075-2, 5.3): without one the digits would be
 * those of a decimal, rounded a second time. What is not finite has no literal.
 */
const approximate: ValueText = (vector, row, dialect) => {
  const text = exactText(vector, row);
  if (!/^-?\d/.test(text)) return cast(vector, row, dialect);
  return /e/i.test(text) ? text : `${text}E0`;
};

/** The text of an instant ends in `Z`, which few engines read; all read an offset. */
export const instant: ValueText = (vector, row, dialect) => {
  const text = exactText(vector, row).replace("T", " ").replace(/Z$/, "+00:00");
  return castText(dialect, vector, stringLiteral(dialect, text));
};

const boolean: ValueText = (vector, row) =>
  exactText(vector, row).toUpperCase();

/** `X'00ff'` (ISO/IEC 9075-2, 5.3). */
const hexString: ValueText = (vector, row) => `X'${hexDigits(vector, row)}'`;

export const noValue: ValueText = (vector, _row, dialect) => {
  throw unsupportedType(dialect, vector.type);
};

/** Standard SQL's literals; nested values are array and row constructors. */
export const standardValues: Readonly<Record<Kind, ValueText>> = {
  null: () => "NULL",
  bool: boolean,
  int: plain,
  uint64: plain,
  float: approximate,
  decimal: cast,
  utf8: quoted,
  binary: hexString,
  date: cast,
  time: cast,
  timestamp: instant,
  duration: (vector, row) =>
    `INTERVAL '${dayToSecond(integerAt(vector, row), unitOf(vector))}' DAY TO SECOND`,
  interval: noValue,
  list: (vector, row, dialect) =>
    castText(dialect, vector, `ARRAY[${items(vector, row, dialect)}]`),
  struct: (vector, row, dialect) =>
    castText(
      dialect,
      vector,
      `ROW(${memberTexts(vector, row, dialect).join(", ")})`,
    ),
  map: noValue,
  union: noValue,
};

export function castText(
  dialect: Dialect,
  vector: Vector,
  text: string,
): string {
  return `CAST(${text} AS ${typeText(dialect, vector.type)})`;
}

/**
 * What the JSON writer prints of a value that is not NULL, without quotes. Its few digits tell a half float from
 * others of its kind only, and no SQL type is one: it has those of the double that it is.
 */
export function exactText(vector: Vector, row: number): string {
  const text = textAt(vector, row);
  if (text === undefined) throw misfit("a value is missing");
  const { type } = vector;
  if (type.type !== "float" || type.bits !== 16 || !/[1-9]/.test(text))
    return text;
  const { buffer, byteOffset } = fixedBytes(vector, row);
  return String(
    float16Value(new DataView(buffer, byteOffset).getUint16(0, true)),
  );
}

export function hexDigits(vector: Vector, row: number): string {
  const bytes =
    vector.layout === "bytes"
      ? vector.data.subarray(vector.offsets[row], vector.offsets[row + 1])
      : fixedBytes(vector, row);
  return Buffer.from(bytes).toString("hex");
}

/** A 64-bit integer, or one component of an interval. @param at byte within the value. */
export function integerAt(
  vector: Vector,
  row: number,
  at = 0,
  bits: 32 | 64 = 64,
): bigint {
  const bytes = fixedBytes(vector, row);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bits === 64
    ? view.getBigInt64(at, true)
    : BigInt(view.getInt32(at, true));
}

/** Values of a list, comma between them. */
export function items(vector: Vector, row: number, dialect: Dialect): string {
  if (vector.layout !== "list") throw misfit("a list is expected");
  return range(vector.offsets, row)
    .map((at) => valueText(dialect, vector.child, at))
    .join(", ");
}

/** Keys and values of a map. */
export function entries(
  vector: Vector,
  row: number,
  dialect: Dialect,
): readonly (readonly [string, string])[] {
  if (vector.layout !== "list" || vector.child.layout !== "struct")
    throw misfit("a map is expected");
  const [keys, values] = vector.child.children as [Vector, Vector];
  return range(vector.offsets, row).map((at) => [
    valueText(dialect, keys, at),
    valueText(dialect, values, at),
  ]);
}

/** Values of the members of a struct, in their order. */
function memberTexts(
  vector: Vector,
  row: number,
  dialect: Dialect,
): readonly string[] {
  if (vector.layout !== "struct") throw misfit("a struct is expected");
  return vector.children.map((child) => valueText(dialect, child, row));
}

/** A struct's members with their names. */
export function namedMembers(
  vector: Vector,
  row: number,
  dialect: Dialect,
): readonly (readonly [string, string])[] {
  const { type } = vector;
  if (type.type !== "struct") throw misfit("a struct is expected");
  return memberTexts(vector, row, dialect).map((text, index) => [
    type.fields[index]?.name ?? "",
    text,
  ]);
}

const unitsOfSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n };

export function unitOf(vector: Vector): keyof typeof unitsOfSecond {
  const { type } = vector;
  if (type.type !== "duration") throw misfit("a duration is expected");
  return type.unit;
}

/** A count of a unit as microseconds. @throws Failure(invalid_data) when that would lose nanoseconds. */
export function microseconds(
  count: bigint,
  unit: keyof typeof unitsOfSecond,
): bigint {
  if (unit !== "ns") return (count * unitsOfSecond.us) / unitsOfSecond[unit];
  if (count % 1_000n !== 0n)
    throw misfit(
      `${String(count)} ns is not a whole number of microseconds, the finest that an interval of this server has`,
    );
  return count / 1_000n;
}

/** `-1 02:03:04.5` */
function dayToSecond(count: bigint, unit: keyof typeof unitsOfSecond): string {
  const perSecond = unitsOfSecond[unit];
  const size = count < 0n ? -count : count;
  const seconds = size / perSecond;
  const two = (value: bigint) => String(value).padStart(2, "0");
  const digits = String(perSecond).length - 1;
  const fraction =
    digits === 0 ? "" : `.${String(size % perSecond).padStart(digits, "0")}`;
  const clock = `${two((seconds / 3600n) % 24n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return `${count < 0n ? "-" : ""}${String(seconds / 86_400n)} ${clock}${fraction}`;
}

function range(offsets: Int32Array, row: number): number[] {
  const from = offsets[row] as number;
  const to = offsets[row + 1] as number;
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function fixedBytes(vector: Vector, row: number): Uint8Array {
  if (vector.layout !== "fixed") throw misfit("a fixed width is expected");
  const { width } = vector;
  return vector.data.subarray(row * width, (row + 1) * width);
}

function misfit(what: string): Failure {
  return new Failure("invalid_data", what);
}

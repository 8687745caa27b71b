import { utf8 } from "../../../arrow/schema.js";
import type { DataType } from "../../../arrow/schema.js";
import type { BytesVector, FixedVector } from "../../../arrow/vector.js";
import type { ColumnType } from "../column-type.js";
import { misfit } from "./fixed.js";
import type { FixedCopy } from "./fixed.js";
import { isPresent } from "./rows.js";
import type { Rows } from "./rows.js";

export type DecimalType = Extract<DataType, { readonly type: "decimal" }>;

/** Digits of DuckDB's widest DECIMAL. */
const digitsMax = 38;

/**
 * What a decimal is in DuckDB: DECIMAL where it has the digits; HUGEINT for the 39 digits without a fraction
 * that its own HUGEINT is read as; else the exact text.
 */
export function decimalColumn({ precision, scale }: DecimalType): ColumnType {
  const width = scale < 0 ? precision - scale : Math.max(precision, scale);
  if (width <= digitsMax)
    return { id: "DECIMAL", width, scale: Math.max(scale, 0) };
  if (precision === 39 && scale === 0) return { id: "HUGEINT" };
  return { id: "VARCHAR" };
}

/** Bytes that DuckDB keeps a DECIMAL of `width` digits in. */
function bytesFor(width: number): 2 | 4 | 8 | 16 {
  if (width <= 4) return 2;
  if (width <= 9) return 4;
  return width <= 18 ? 8 : 16;
}

/** @param width of DuckDB's DECIMAL. */
export function decimalCopy(
  type: DecimalType,
  width: number,
  where: string,
): FixedCopy {
  const outBytes = bytesFor(width);
  const limit = 10n ** BigInt(width);
  // Below this a sum of doubles proves that the value is in bounds.
  const surely = Number(limit) * (1 - 1e-9);
  const factor = type.scale < 0 ? 10n ** BigInt(-type.scale) : 1n;
  return {
    width: outBytes,
    convert: (input, at, output, to) => {
      if (factor === 1n && Math.abs(roughly(input, at, type.bits)) < surely) {
        copyLow(input, at, type.bits, output, to, outBytes);
        return;
      }
      const value = valueAt(input, at, type.bits) * factor;
      if (value >= limit || value <= -limit)
        throw misfit(
          where,
          String(value),
          `has more than the ${String(width)} digits of its type`,
        );
      putInt(output, to, outBytes, value);
    },
  };
}

/** Within a relative 1e-15. */
function roughly(input: DataView, at: number, bits: number): number {
  const top = bits / 32 - 1;
  let value = input.getInt32(at + top * 4, true);
  for (let word = top - 1; word >= 0; word--)
    value = value * 0x100000000 + input.getUint32(at + word * 4, true);
  return value;
}

/** Copies a value that fits into the narrower (or wider) integer. */
function copyLow(
  input: DataView,
  at: number,
  bits: number,
  output: DataView,
  to: number,
  outBytes: number,
): void {
  if (outBytes === 2) {
    output.setInt16(to, input.getInt16(at, true), true);
    return;
  }
  let word = 0;
  for (let byte = 0; byte < outBytes; byte += 4) {
    word = byte < bits / 8 ? input.getInt32(at + byte, true) : word >> 31;
    output.setInt32(to + byte, word, true);
  }
}

function valueAt(input: DataView, at: number, bits: number): bigint {
  const top = bits / 32 - 1;
  let value = BigInt(input.getInt32(at + top * 4, true));
  for (let word = top - 1; word >= 0; word--)
    value = (value << 32n) | BigInt(input.getUint32(at + word * 4, true));
  return value;
}

function putInt(
  output: DataView,
  to: number,
  bytes: number,
  value: bigint,
): void {
  if (bytes === 2) {
    output.setInt16(to, Number(value), true);
    return;
  }
  for (let byte = 0; byte < bytes; byte += 4)
    output.setInt32(
      to + byte,
      Number(BigInt.asIntN(32, value >> BigInt(byte * 8))),
      true,
    );
}

const hugeintMax = 2n ** 127n - 1n;

/** @throws Failure(invalid_data) for the part of UHUGEINT's range that HUGEINT lacks. */
export function hugeintCopy(type: DecimalType, where: string): FixedCopy {
  return {
    width: 16,
    convert: (input, at, output, to) => {
      const value = valueAt(input, at, type.bits);
      if (value > hugeintMax || value < -hugeintMax - 1n)
        throw misfit(
          where,
          String(value),
          "does not fit HUGEINT; create the table with a VARCHAR or UHUGEINT column first",
        );
      putInt(output, to, 16, value);
    },
  };
}

/** The rows as text with exactly `scale` digits behind the point. */
export function decimalTexts(rows: Rows, type: DecimalType): Rows<BytesVector> {
  const { data, width } = rows.vector as FixedVector;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const offsets = new Int32Array(rows.count + 1);
  let text = "";
  for (let i = 0; i < rows.count; i++) {
    if (isPresent(rows, i)) {
      const at = (rows.start + i) * width;
      text += decimalText(valueAt(view, at, type.bits), type.scale);
    }
    offsets[i + 1] = text.length;
  }
  const vector: BytesVector = {
    layout: "bytes",
    type: utf8,
    length: rows.count,
    validity: rows.valid,
    offsets,
    data: Buffer.from(text, "latin1"),
  };
  return { ...rows, vector, start: 0 };
}

function decimalText(value: bigint, scale: number): string {
  if (scale <= 0) return String(value * 10n ** BigInt(-scale));
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

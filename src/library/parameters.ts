import type { RecordBatch, Table } from "apache-arrow";
import { batchOf } from "../arrow/batch.js";
import { canonicalType } from "../arrow/canonical.js";
import { emptyVector } from "../arrow/empty-vector.js";
import { binary, bool, field, float64, int64, utf8 } from "../arrow/schema.js";
import type { DataType, Schema } from "../arrow/schema.js";
import { noRow, takeRows } from "../arrow/take.js";
import type { Vector } from "../arrow/vector.js";
import { Failure } from "../failure.js";
import { rowsOf } from "./arrow-input.js";
import type { Rows } from "./arrow-input.js";

/** A value for a placeholder. A whole number travels as int64, any other as float64; a Date as an instant. */
export type ParameterValue =
  string | number | bigint | boolean | Date | Uint8Array | null;

/**
 * Values for a statement's placeholders in their order: those of one execution, or a table with a column for each
 * placeholder and a row for each execution.
 */
export type ParameterInput = readonly ParameterValue[] | Table | RecordBatch;

/**
 * @param declared what the server says of the placeholders, if it does: numbers take its types.
 * @throws Failure(invalid_input) when there are more or fewer values than placeholders.
 */
export async function parametersOf(
  input: ParameterInput,
  declared: Schema | undefined,
): Promise<Rows> {
  if (!isValues(input)) return rowsOf(input);
  // Servers that cannot tell the placeholders' types answer a schema without fields.
  const known = declared?.fields ?? [];
  if (known.length > 0 && known.length !== input.length)
    throw new Failure(
      "invalid_input",
      `the statement has ${String(known.length)} placeholders, and there are ${String(input.length)} parameters`,
    );
  const vectors = input.map((value, i) => rowOf(value, known[i]?.type));
  const fields = vectors.map(({ type }, i) =>
    field(known[i]?.name ?? String(i + 1), type),
  );
  const schema = { fields };
  async function* batches() {
    yield await Promise.resolve(batchOf(schema, vectors, 1));
  }
  return { schema, batches: batches() };
}

function isValues(input: ParameterInput): input is readonly ParameterValue[] {
  return Array.isArray(input);
}

const instant: DataType = { type: "timestamp", unit: "ms", timezone: "UTC" };

/** A vector of one row. */
function rowOf(value: ParameterValue, declared: DataType | undefined): Vector {
  if (value === null) {
    const type = canonicalType(declared ?? { type: "null" });
    return takeRows(emptyVector(type), Int32Array.of(noRow));
  }
  switch (typeof value) {
    case "boolean": {
      const bits = Uint8Array.of(value ? 1 : 0);
      return {
        layout: "bool",
        type: bool,
        length: 1,
        validity: undefined,
        bits,
      };
    }
    case "string":
      return bytesRow(utf8, Buffer.from(value));
    case "bigint":
    case "number":
      return numberRow(value, declared);
    case "object":
      return value instanceof Date
        ? fixedRow(instant, integerBytes(BigInt(value.getTime()), 64))
        : bytesRow(binary, value);
  }
}

function numberRow(
  value: number | bigint,
  declared: DataType | undefined,
): Vector {
  const isWhole = typeof value === "bigint" || Number.isSafeInteger(value);
  if (declared?.type === "float" && declared.bits > 16)
    return fixedRow(declared, floatBytes(Number(value), declared.bits));
  if (!isWhole) return fixedRow(float64, floatBytes(value, 64));
  const type = declared?.type === "int" ? declared : int64;
  const { bits, signed } =
    type.type === "int" ? type : { bits: 64, signed: true };
  const whole = BigInt(value);
  const fitting = signed
    ? BigInt.asIntN(bits, whole)
    : BigInt.asUintN(bits, whole);
  if (fitting !== whole)
    throw new Failure(
      "invalid_input",
      `parameter ${String(value)} does not fit ${signed ? "int" : "uint"}${String(bits)}`,
    );
  return fixedRow(type, integerBytes(whole, bits));
}

function integerBytes(value: bigint, bits: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, bits / 8);
}

function floatBytes(value: number, bits: number): Uint8Array {
  const { buffer } =
    bits === 32 ? Float32Array.of(value) : Float64Array.of(value);
  return new Uint8Array(buffer);
}

function fixedRow(type: DataType, data: Uint8Array): Vector {
  const width = data.byteLength;
  return { layout: "fixed", type, length: 1, validity: undefined, width, data };
}

function bytesRow(type: DataType, data: Uint8Array): Vector {
  const offsets = Int32Array.of(0, data.byteLength);
  return {
    layout: "bytes",
    type,
    length: 1,
    validity: undefined,
    offsets,
    data,
  };
}

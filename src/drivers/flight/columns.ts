import type { Batch } from "../../arrow/batch.js";
import { isValid } from "../../arrow/vector.js";
import type { Vector } from "../../arrow/vector.js";
import { Failure } from "../../failure.js";

/**
 * Reading the small tables that metadata commands answer with. Columns are found by name, since servers order
 * them differently.
 */

/** A column that may be missing. */
export function findColumn(batch: Batch, name: string): Vector | undefined {
  return batch.vectors[
    batch.schema.fields.findIndex((field) => field.name === name)
  ];
}

/** @throws Failure(invalid_data) when the answer lacks the column. */
export function column(batch: Batch, name: string): Vector {
  const found = findColumn(batch, name);
  if (found === undefined) throw invalid(`it has no column ${name}`);
  return found;
}

/** Text of a utf8 vector's row; undefined for NULL. */
export function textAt(vector: Vector, row: number): string | undefined {
  return bytesAt(vector, row)?.toString("utf8");
}

/** Text where NULL is not allowed. */
export function requiredTextAt(
  batch: Batch,
  name: string,
  row: number,
): string {
  const text = textAt(column(batch, name), row);
  if (text === undefined)
    throw invalid(`column ${name} is NULL in row ${String(row)}`);
  return text;
}

/** Bytes of a utf8 or binary vector's row, a view; undefined for NULL. */
export function bytesAt(vector: Vector, row: number): Buffer | undefined {
  if (!isValid(vector, row)) return undefined;
  if (vector.layout !== "bytes") throw unexpected(vector, "text or bytes");
  const start = vector.offsets[row] as number;
  const end = vector.offsets[row + 1] as number;
  const { buffer, byteOffset } = vector.data;
  return Buffer.from(buffer, byteOffset + start, end - start);
}

/** An integer of at most 32 bits as a number, of 64 bits as a bigint; undefined for NULL. */
export function integerAt(
  vector: Vector,
  row: number,
): number | bigint | undefined {
  if (!isValid(vector, row)) return undefined;
  if (vector.layout !== "fixed" || vector.type.type !== "int")
    throw unexpected(vector, "an integer");
  const { bits, signed } = vector.type;
  const view = new DataView(
    vector.data.buffer,
    vector.data.byteOffset,
    vector.data.byteLength,
  );
  const at = row * vector.width;
  switch (bits) {
    case 8:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 16:
      return signed ? view.getInt16(at, true) : view.getUint16(at, true);
    case 32:
      return signed ? view.getInt32(at, true) : view.getUint32(at, true);
    case 64:
      return signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
  }
}

/** The child vector of a list or map and the rows of it that belong to `row`. */
export function itemsAt(
  vector: Vector,
  row: number,
): { readonly child: Vector; readonly start: number; readonly end: number } {
  if (vector.layout !== "list") throw unexpected(vector, "a list");
  return {
    child: vector.child,
    start: vector.offsets[row] as number,
    end: vector.offsets[row + 1] as number,
  };
}

/** A failure about a metadata answer. */
export function invalid(what: string): Failure {
  return new Failure(
    "invalid_data",
    `malformed answer to a metadata command: ${what}`,
  );
}

function unexpected(vector: Vector, wanted: string): Failure {
  return invalid(`a column has type ${vector.type.type} instead of ${wanted}`);
}

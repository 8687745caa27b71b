import type { Vector as RawVector } from "@duckdb/node-bindings";
import { bitmapBytes, countBits, sliceBits } from "../../../arrow/bits.js";
import { noRow, takeRows } from "../../../arrow/take.js";
import type { Vector } from "../../../arrow/vector.js";
import type { DuckDB } from "../binding.js";
import { bitAt } from "../../../arrow/bits.js";
import type { ColumnType } from "../column-type.js";

/** Some rows of an Arrow vector. */
export interface Rows<V extends Vector = Vector> {
  readonly vector: V;
  readonly start: number;
  readonly count: number;
  /** Bit i is row `start + i`; 0 where the row or one of its parents is NULL. Undefined when all have a value. */
  readonly valid: Uint8Array | undefined;
}

/** Writes rows of one Arrow type into a vector of one DuckDB type, from its first slot on. */
export interface ColumnWriter {
  readonly type: ColumnType;
  /** @throws Failure(invalid_data) for values that the type cannot hold; the vector is then half written. */
  write(target: RawVector, rows: Rows): void;
}

/** @param mask 0 where a parent is NULL: DuckDB wants the parts of a NULL to be NULL as well. */
export function rowsOf(
  vector: Vector,
  start: number,
  count: number,
  mask?: Uint8Array,
): Rows {
  return { vector, start, count, valid: validBits(vector, start, count, mask) };
}

function validBits(
  vector: Vector,
  start: number,
  count: number,
  mask: Uint8Array | undefined,
): Uint8Array | undefined {
  if (vector.layout === "null") return new Uint8Array(bitmapBytes(count));
  const { validity } = vector;
  const own = validity && sliceBits(validity, start, start + count);
  if (own === undefined || mask === undefined)
    return orUndefined(own ?? mask, count);
  return orUndefined(
    own.map((byte, i) => byte & (mask[i] as number)),
    count,
  );
}

function orUndefined(bits: Uint8Array | undefined, count: number) {
  return bits === undefined || countBits(bits, count) === count
    ? undefined
    : bits;
}

export function isPresent({ valid }: Rows, i: number): boolean {
  return valid === undefined || bitAt(valid, i);
}

/** The same rows in a vector of their own, with nothing behind its NULLs. */
export function compacted(rows: Rows): Rows {
  const wanted = Int32Array.from({ length: rows.count }, (_, i) =>
    isPresent(rows, i) ? rows.start + i : noRow,
  );
  return { ...rows, vector: takeRows(rows.vector, wanted), start: 0 };
}

export function writeValidity(
  duckdb: DuckDB,
  target: RawVector,
  { valid, count }: Rows,
): void {
  if (valid === undefined) return;
  duckdb.vector_ensure_validity_writable(target);
  duckdb.copy_data_to_vector_validity(
    target,
    0,
    valid.buffer as ArrayBuffer,
    valid.byteOffset,
    bitmapBytes(count),
  );
}

/** Copies `bytes` to the vector's front. */
export function writeData(
  duckdb: DuckDB,
  target: RawVector,
  bytes: Uint8Array,
): void {
  duckdb.copy_data_to_vector(
    target,
    0,
    bytes.buffer as ArrayBuffer,
    bytes.byteOffset,
    bytes.byteLength,
  );
}

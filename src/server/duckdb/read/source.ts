import {
  bitmapBytes,
  copyBits,
  countBits,
  setBits,
} from "../../../arrow/bits.js";
import type { Vector as RawVector } from "@duckdb/node-bindings";
import type { DataType } from "../../../arrow/schema.js";
import type { Vector } from "../../../arrow/vector.js";
import type { DuckDB } from "../binding.js";

/** Rows `start` to `end` of one DuckDB vector. */
export interface Piece {
  readonly vector: RawVector;
  readonly start: number;
  readonly end: number;
}

/** The rows that become one Arrow vector, in order. */
export interface Source {
  readonly pieces: readonly Piece[];
  /** Rows of all pieces. */
  readonly length: number;
  /** Rows that their parent leaves undefined: 0 = NULL, whatever DuckDB's own bit says. */
  readonly mask: Uint8Array | undefined;
}

/** A column whose size is known and whose bytes are not copied yet, so that a batch can be cut before. */
interface OpenColumn {
  /** Bytes that the vector will hold. */
  readonly byteLength: number;
  /** @throws Failure(invalid_data) for values that Arrow cannot hold. */
  read(): Vector;
}

/** Turns vectors of one DuckDB type into Arrow's. */
export interface ColumnReader {
  readonly type: DataType;
  open(source: Source): OpenColumn;
}

/**
 * Bitmap of the rows that have a value, undefined when all do. DuckDB leaves garbage in the slots of NULLs
 * (lengths and pointers too), so nothing may be looked at before this.
 */
export function readValidity(
  duckdb: DuckDB,
  source: Source,
): Uint8Array | undefined {
  const { pieces, length, mask } = source;
  const masks = pieces.map(({ vector, end }) => ownMask(duckdb, vector, end));
  if (mask === undefined && masks.every((own) => own === null))
    return undefined;
  const validity = new Uint8Array(bitmapBytes(length));
  let row = 0;
  pieces.forEach(({ start, end }, i) => {
    const own = masks[i] ?? null;
    if (own === null) setBits(validity, row, end - start);
    else copyBits(own, start, validity, row, end - start);
    row += end - start;
  });
  if (mask !== undefined)
    for (let i = 0; i < validity.length; i++)
      validity[i] = (validity[i] as number) & (mask[i] as number);
  return countBits(validity, length) === length ? undefined : validity;
}

/** DuckDB's bitmap of a vector's first rows, null when it has none. The binding's declaration leaves the null out. */
function ownMask(
  duckdb: DuckDB,
  vector: RawVector,
  rows: number,
): Uint8Array | null {
  const words = (rows + 63) >> 6;
  return words === 0 ? null : duckdb.vector_get_validity(vector, words * 8);
}

/** A copy of the vector's first `rows` values, `width` bytes each. */
export function rawData(
  duckdb: DuckDB,
  vector: RawVector,
  rows: number,
  width: number,
): Uint8Array<ArrayBuffer> {
  if (rows === 0) return new Uint8Array(0);
  const data = duckdb.vector_get_data(vector, rows * width);
  // A plain view of the copy: a Buffer's slice() shares memory, which readers of Uint8Arrays do not expect.
  return new Uint8Array(
    data.buffer as ArrayBuffer,
    data.byteOffset,
    data.byteLength,
  );
}

/** Uninitialised memory of its own, aligned for every typed array. */
export function allocate(bytes: number): Uint8Array<ArrayBuffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, bytes);
}

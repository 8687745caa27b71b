import type { DataType } from "./schema.js";

/**
 * One column of a batch in canonical layout: little-endian, starting at bit and byte 0, 32-bit offsets,
 * dictionaries, runs and views expanded. Writers, parsers and the embedded server know only these
 * seven layouts, so an encoding of the wire costs one conversion in `ipc.ts` and nothing elsewhere.
 *
 * `type` is canonical too (see `canonicalType`): never a dictionary, run-end encoded, view or 64-bit
 * offset type. `validity` has one bit per row, 1 = present, and is undefined when no value is null.
 * Values behind a null are undefined bytes; offsets are always monotonic.
 */
export type Vector =
  | NullVector
  | BoolVector
  | FixedVector
  | BytesVector
  | ListVector
  | StructVector
  | UnionVector;

interface VectorBase {
  readonly type: DataType;
  readonly length: number;
  readonly validity: Uint8Array | undefined;
}

interface NullVector extends VectorBase {
  readonly layout: "null";
}

export interface BoolVector extends VectorBase {
  readonly layout: "bool";
  /** One bit per row, least significant first. */
  readonly bits: Uint8Array;
}

/** int, float, decimal, date, time, timestamp, duration, interval, fixed_size_binary. */
export interface FixedVector extends VectorBase {
  readonly layout: "fixed";
  /** Bytes per value. */
  readonly width: number;
  /** length × width bytes, 8-byte aligned in its buffer, so that typed arrays can view it. */
  readonly data: Uint8Array;
}

/** utf8 and binary. */
export interface BytesVector extends VectorBase {
  readonly layout: "bytes";
  /** length + 1 offsets into data; the first need not be 0. */
  readonly offsets: Int32Array;
  readonly data: Uint8Array;
}

/** list, map (the child is the entries struct) and fixed_size_list (its offsets are computed). */
export interface ListVector extends VectorBase {
  readonly layout: "list";
  /** length + 1 offsets into child. */
  readonly offsets: Int32Array;
  readonly child: Vector;
}

export interface StructVector extends VectorBase {
  readonly layout: "struct";
  readonly children: readonly Vector[];
}

/** Dense and sparse alike: row i is row `offsets[i]` of the child whose type id is `typeIds[i]`. */
export interface UnionVector extends VectorBase {
  readonly layout: "union";
  readonly validity: undefined;
  readonly typeIds: Int8Array;
  readonly offsets: Int32Array;
  readonly children: readonly Vector[];
}

/** Whether row `index` has a value. */
export function isValid(vector: Vector, index: number): boolean {
  if (vector.layout === "null") return false;
  const { validity } = vector;
  if (validity === undefined) return true;
  return (((validity[index >> 3] as number) >> (index & 7)) & 1) === 1;
}

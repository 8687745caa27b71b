import { Failure } from "../failure.js";
import type { Allowance } from "./allowance.js";
import { bitAt, bitmapBytes, setBit } from "./bits.js";
import {
  type BoolVector,
  type BytesVector,
  type FixedVector,
  type ListVector,
  type StructVector,
  type UnionVector,
  type Vector,
  isValid,
} from "./vector.js";

/** In a list of rows: no row, which gives NULL. */
export const noRow = -1;

/** Offsets of canonical vectors are signed 32-bit integers. */
const offsetMax = 0x7fff_ffff;

/**
 * The given rows of a vector, in the given order, each as often as it is named. `noRow` gives NULL, in a
 * union a NULL of its first type.
 * @param allowance what may be spent on values; unbounded when undefined.
 * @throws Failure(exhausted) when the values need more, or more than 32-bit offsets can say.
 */
export function takeRows(
  vector: Vector,
  rows: Int32Array,
  allowance?: Allowance,
): Vector {
  switch (vector.layout) {
    case "null":
      return { ...vector, length: rows.length };
    case "bool":
      return takeBools(vector, rows);
    case "fixed":
      return takeFixed(vector, rows, allowance);
    case "bytes":
      return takeBytes(vector, rows, allowance);
    case "list":
      return takeLists(vector, rows, allowance);
    case "struct":
      return takeStructs(vector, rows, allowance);
    case "union":
      return takeUnions(vector, rows, allowance);
  }
}

/** Fails when `count` is more than 32-bit offsets can say. */
export function checkOffset(count: number): void {
  if (count <= offsetMax) return;
  throw new Failure(
    "exhausted",
    "a column of one record batch holds more than 2 GiB or 2^31 items; let the server send smaller batches",
  );
}

function takeValidity(
  vector: Vector,
  rows: Int32Array,
): Uint8Array | undefined {
  if (vector.validity === undefined && !rows.includes(noRow)) return undefined;
  const validity = new Uint8Array(bitmapBytes(rows.length));
  // A loop, as a closure per row costs more than the rest.
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (row !== noRow && isValid(vector, row)) setBit(validity, i);
  }
  return validity;
}

function takeBools(vector: BoolVector, rows: Int32Array): BoolVector {
  const bits = new Uint8Array(bitmapBytes(rows.length));
  rows.forEach((row, i) => {
    if (row !== noRow && bitAt(vector.bits, row)) setBit(bits, i);
  });
  const validity = takeValidity(vector, rows);
  return { ...vector, length: rows.length, validity, bits };
}

function takeFixed(
  vector: FixedVector,
  rows: Int32Array,
  allowance: Allowance | undefined,
): FixedVector {
  const { width } = vector;
  allowance?.spend(rows.length * width);
  const data = new Uint8Array(rows.length * width);
  if (width % 4 === 0 && vector.data.byteOffset % 4 === 0) {
    copyWords(words(vector.data), words(data), rows, width / 4);
  } else {
    rows.forEach((row, i) => {
      if (row === noRow) return;
      for (let k = 0; k < width; k++) {
        data[i * width + k] = vector.data[row * width + k] as number;
      }
    });
  }
  const validity = takeValidity(vector, rows);
  return { ...vector, length: rows.length, validity, data };
}

function words(data: Uint8Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, data.length >> 2);
}

function copyWords(
  from: Int32Array,
  into: Int32Array,
  rows: Int32Array,
  width: number,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (row === noRow) continue;
    for (let k = 0; k < width; k++) {
      into[i * width + k] = from[row * width + k] as number;
    }
  }
}

/** Offsets of the taken rows; behind a null there is nothing. */
function takeOffsets(
  vector: BytesVector | ListVector,
  rows: Int32Array,
): Int32Array {
  const offsets = new Int32Array(rows.length + 1);
  let end = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (row !== noRow && isValid(vector, row)) {
      end +=
        (vector.offsets[row + 1] as number) - (vector.offsets[row] as number);
      checkOffset(end);
    }
    offsets[i + 1] = end;
  }
  return offsets;
}

function takeBytes(
  vector: BytesVector,
  rows: Int32Array,
  allowance: Allowance | undefined,
): BytesVector {
  const offsets = takeOffsets(vector, rows);
  const total = offsets[rows.length] as number;
  allowance?.spend(total);
  const data = new Uint8Array(total);
  for (let i = 0; i < rows.length; i++) {
    const start = offsets[i] as number;
    const end = offsets[i + 1] as number;
    if (end === start) continue;
    const from = vector.offsets[rows[i] as number] as number;
    copyBytes(vector.data, from, data, start, end - start);
  }
  const validity = takeValidity(vector, rows);
  return { ...vector, length: rows.length, validity, offsets, data };
}

/** Copies bytes; a loop beats the call of `set` for the short values that most columns have. */
export function copyBytes(
  from: Uint8Array,
  start: number,
  into: Uint8Array,
  at: number,
  count: number,
): void {
  if (count > 48) {
    into.set(from.subarray(start, start + count), at);
    return;
  }
  for (let k = 0; k < count; k++) into[at + k] = from[start + k] as number;
}

function takeLists(
  vector: ListVector,
  rows: Int32Array,
  allowance: Allowance | undefined,
): ListVector {
  const offsets = takeOffsets(vector, rows);
  const total = offsets[rows.length] as number;
  allowance?.spend(4 * total);
  const items = new Int32Array(total);
  for (let i = 0; i < rows.length; i++) {
    const end = offsets[i + 1] as number;
    let item = vector.offsets[rows[i] as number] as number;
    for (let k = offsets[i] as number; k < end; k++) items[k] = item++;
  }
  return {
    ...vector,
    length: rows.length,
    validity: takeValidity(vector, rows),
    offsets,
    child: takeRows(vector.child, items, allowance),
  };
}

function takeStructs(
  vector: StructVector,
  rows: Int32Array,
  allowance: Allowance | undefined,
): StructVector {
  return {
    ...vector,
    length: rows.length,
    validity: takeValidity(vector, rows),
    children: vector.children.map((child) => takeRows(child, rows, allowance)),
  };
}

function takeUnions(
  vector: UnionVector,
  rows: Int32Array,
  allowance: Allowance | undefined,
): UnionVector {
  allowance?.spend(5 * rows.length);
  const typeIds = new Int8Array(rows.length);
  const offsets = new Int32Array(rows.length);
  const nullPlace = rows.includes(noRow) ? unionNull(vector) : undefined;
  rows.forEach((row, i) => {
    typeIds[i] =
      row === noRow && nullPlace !== undefined
        ? nullPlace.typeId
        : (vector.typeIds[row] as number);
    offsets[i] =
      row === noRow && nullPlace !== undefined
        ? nullPlace.offset
        : (vector.offsets[row] as number);
  });
  const children = nullPlace?.children ?? vector.children;
  return { ...vector, length: rows.length, typeIds, offsets, children };
}

/** A union has no NULL of its own: its first child gets one more row, which is NULL. */
function unionNull(vector: UnionVector): {
  readonly typeId: number;
  readonly offset: number;
  readonly children: readonly Vector[];
} {
  const [first, ...others] = vector.children;
  const typeId =
    vector.type.type === "union" ? vector.type.typeIds[0] : undefined;
  if (first === undefined || typeId === undefined) {
    throw new Failure("invalid_data", "a NULL in a union without types");
  }
  const rows = Int32Array.from({ length: first.length + 1 }, (_, i) => i);
  rows[first.length] = noRow;
  const children = [takeRows(first, rows), ...others];
  return { typeId, offset: first.length, children };
}

import { Failure } from "../failure.js";
import { type Batch, batchOf } from "./batch.js";
import { appendBits, bitmapBytes } from "./bits.js";
import { sliceVector } from "./slice.js";
import { checkOffset } from "./take.js";
import type {
  BoolVector,
  BytesVector,
  FixedVector,
  ListVector,
  StructVector,
  UnionVector,
  Vector,
} from "./vector.js";

/**
 * The rows of all vectors, one after the other. They must have one type.
 * @throws Failure(exhausted) when the result needs more than 32-bit offsets can say.
 */
export function concatVectors(
  vectors: readonly [Vector, ...(readonly Vector[])],
): Vector {
  const [first] = vectors;
  if (vectors.length === 1) return first;
  const length = vectors.reduce((sum, vector) => sum + vector.length, 0);
  checkOffset(length);
  switch (first.layout) {
    case "null":
      return { ...first, length };
    case "bool":
      return concatBools(same(first, vectors), length);
    case "fixed":
      return concatFixed(same(first, vectors), length);
    case "bytes":
      return concatBytes(same(first, vectors), length);
    case "list":
      return concatLists(same(first, vectors), length);
    case "struct":
      return concatStructs(same(first, vectors), length);
    case "union":
      return concatUnions(same(first, vectors), length);
  }
}

type Several<V> = readonly [V, ...(readonly V[])];

function same<V extends Vector>(
  first: V,
  vectors: readonly Vector[],
): Several<V> {
  const isSame = (vector: Vector): vector is V =>
    vector.layout === first.layout;
  const [, ...others] = vectors;
  if (others.every(isSame)) return [first, ...others];
  throw new Failure("internal", "vectors of several types cannot be joined");
}

/** Undefined when nothing is null. */
export function concatValidity(
  vectors: readonly Vector[],
  length: number,
): Uint8Array | undefined {
  if (vectors.every((vector) => vector.validity === undefined)) {
    return undefined;
  }
  const validity = new Uint8Array(bitmapBytes(length));
  let at = 0;
  for (const vector of vectors) {
    appendBits(validity, at, vector.validity, vector.length);
    at += vector.length;
  }
  return validity;
}

function concatBools(vectors: Several<BoolVector>, length: number): BoolVector {
  const bits = new Uint8Array(bitmapBytes(length));
  let at = 0;
  for (const vector of vectors) {
    appendBits(bits, at, vector.bits, vector.length);
    at += vector.length;
  }
  const validity = concatValidity(vectors, length);
  return { ...vectors[0], length, validity, bits };
}

function concatFixed(
  vectors: Several<FixedVector>,
  length: number,
): FixedVector {
  const data = joinBytes(vectors.map((vector) => vector.data));
  const validity = concatValidity(vectors, length);
  return { ...vectors[0], length, validity, data };
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Offsets of all vectors, those of vector i moved by `moves[i]`, so that it starts where i - 1 ended. */
function concatOffsets(
  vectors: readonly (BytesVector | ListVector)[],
  moves: readonly number[],
  length: number,
): Int32Array {
  const offsets = new Int32Array(length + 1);
  let at = 0;
  vectors.forEach((vector, i) => {
    const move = moves[i] as number;
    for (let k = 0; k <= vector.length; k++) {
      offsets[at + k] = (vector.offsets[k] as number) + move;
    }
    at += vector.length;
  });
  return offsets;
}

function concatBytes(
  vectors: Several<BytesVector>,
  length: number,
): BytesVector {
  const { offsets, pieces } = piecesOfBytes(vectors, length);
  const validity = concatValidity(vectors, length);
  return { ...vectors[0], length, validity, offsets, data: joinBytes(pieces) };
}

/**
 * Offsets into the data of all vectors as if it were joined, and the pieces of that data.
 * @param length of all vectors together.
 */
export function piecesOfBytes(
  vectors: readonly BytesVector[],
  length: number,
): {
  readonly offsets: Int32Array;
  readonly pieces: readonly Uint8Array[];
} {
  let total = 0;
  const moves: number[] = [];
  const pieces = vectors.map((vector) => {
    const start = vector.offsets[0] as number;
    const end = vector.offsets[vector.length] as number;
    moves.push(total - start);
    total += end - start;
    return vector.data.subarray(start, end);
  });
  checkOffset(total);
  return { offsets: concatOffsets(vectors, moves, length), pieces };
}

function concatLists(vectors: Several<ListVector>, length: number): ListVector {
  let total = 0;
  const moves: number[] = [];
  // Items before the first and behind the last offset would stand between the lists.
  const children = several(vectors, (vector) => {
    const start = vector.offsets[0] as number;
    const end = vector.offsets[vector.length] as number;
    moves.push(total - start);
    total += end - start;
    return sliceVector(vector.child, start, end);
  });
  checkOffset(total);
  return {
    ...vectors[0],
    length,
    validity: concatValidity(vectors, length),
    offsets: concatOffsets(vectors, moves, length),
    child: concatVectors(children),
  };
}

function several<V>(
  vectors: Several<V>,
  part: (vector: V) => Vector,
): Several<Vector> {
  const [first, ...others] = vectors;
  return [part(first), ...others.map(part)];
}

function concatStructs(
  vectors: Several<StructVector>,
  length: number,
): StructVector {
  const children = vectors[0].children.map((first, i) =>
    concatVectors(several(vectors, (vector) => vector.children[i] ?? first)),
  );
  const validity = concatValidity(vectors, length);
  return { ...vectors[0], length, validity, children };
}

function concatUnions(
  vectors: Several<UnionVector>,
  length: number,
): UnionVector {
  const [{ type }] = vectors;
  const typeIds = new Int8Array(length);
  const offsets = new Int32Array(length);
  // How many rows of each child lie in the vectors before; by type id.
  const moves = new Map<number, number>();
  let at = 0;
  for (const vector of vectors) {
    typeIds.set(vector.typeIds, at);
    vector.offsets.forEach((offset, i) => {
      const move = moves.get(vector.typeIds[i] as number) ?? 0;
      offsets[at + i] = offset + move;
    });
    at += vector.length;
    const ids = type.type === "union" ? type.typeIds : [];
    ids.forEach((id, i) => {
      moves.set(id, (moves.get(id) ?? 0) + (vector.children[i]?.length ?? 0));
    });
  }
  const children = vectors[0].children.map((first, i) =>
    concatVectors(several(vectors, (vector) => vector.children[i] ?? first)),
  );
  return { ...vectors[0], length, typeIds, offsets, children };
}

/** As `concatBatches`, but nothing is joined unless somebody asks for the vectors. */
export function joinedBatch(
  parts: readonly [Batch, ...(readonly Batch[])],
): Batch {
  const [first, ...others] = parts;
  if (others.length === 0) return first;
  let vectors: readonly Vector[] | undefined;
  return {
    schema: first.schema,
    length: parts.reduce((sum, { length }) => sum + length, 0),
    byteLength: parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
    get vectors() {
      return (vectors ??= concatBatches(parts).vectors);
    },
    parts,
    memory: parts.flatMap(({ memory }) => memory ?? []),
  };
}

/** One batch of the rows of all; their schemas must be equal. What `absent` says of them is not kept. */
export function concatBatches(
  batches: readonly [Batch, ...(readonly Batch[])],
): Batch {
  const [first, ...others] = batches;
  if (others.length === 0) return first;
  const vectors = first.vectors.map((vector, i) =>
    concatVectors([
      vector,
      ...others.map((batch) => batch.vectors[i] ?? vector),
    ]),
  );
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  return batchOf(first.schema, vectors, length);
}

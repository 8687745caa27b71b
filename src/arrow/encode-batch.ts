import { Failure } from "../failure.js";
import type { Batch } from "./batch.js";
import { bitAt, bitmapBytes, countBits } from "./bits.js";
import {
  type Compression,
  compressBuffer,
  compressionType,
} from "./compression.js";
import { concatValidity, concatVectors, piecesOfBytes } from "./concat.js";
import {
  FlatBuilder,
  flatInt64,
  flatRef,
  flatUint8,
} from "./flatbuffer-builder.js";
import { finishMessage } from "./ipc-message.js";
import { sliceVector } from "./slice.js";
import { noRow, takeRows } from "./take.js";
import type { BytesVector, ListVector, UnionVector, Vector } from "./vector.js";

/** A record batch message. */
export interface EncodedBatch {
  /** The bare message, which FlightData.data_header takes. */
  readonly header: Uint8Array;
  /**
   * Pieces of the body, padding included, to be joined in this order. They share the batch's memory, unless
   * they are compressed.
   */
  readonly body: readonly Uint8Array[];
  /** Sum of the pieces' lengths. */
  readonly bodyLength: number;
}

export interface EncodeOptions {
  /** ZSTD must have been loaded by `loadCompression`. @default not compressed */
  readonly compression?: Compression | undefined;
}

/** What a buffer's start is a multiple of; Arrow asks for 8 and recommends 64. */
const alignment = 8;
const padding = new Uint8Array(alignment);

interface Parts {
  readonly compression: Compression | undefined;
  /** Length and null count of each vector. */
  readonly nodes: number[];
  /** Position and length of each buffer. */
  readonly buffers: number[];
  readonly body: Uint8Array[];
  bodyLength: number;
}

/**
 * A batch as an IPC record batch message of metadata version V5, for a stream with the batch's schema. No
 * values are copied, except for those that must be compacted: items of fixed-size lists behind a null, and
 * rows of unions that are not in order.
 * @throws Failure(invalid_data) when a fixed-size list has another size.
 */
export function encodeBatch(
  batch: Batch,
  { compression }: EncodeOptions = {},
): EncodedBatch {
  const parts: Parts = {
    compression,
    nodes: [],
    buffers: [],
    body: [],
    bodyLength: 0,
  };
  if (batch.parts === undefined || compression !== undefined)
    for (const vector of batch.vectors) addVector(parts, vector);
  else addParts(parts, batch.parts);
  const { nodes, buffers, body, bodyLength } = parts;
  const builder = new FlatBuilder(128 + 8 * (nodes.length + buffers.length));
  const nodesRef = builder.int64s(nodes, 2);
  const buffersRef = builder.int64s(buffers, 2);
  const table = builder.table([
    flatInt64(batch.length),
    flatRef(nodesRef),
    flatRef(buffersRef),
    compression &&
      flatRef(builder.table([flatUint8(compressionType(compression))])),
  ]);
  const header = finishMessage(builder, "batch", table, bodyLength);
  return { header, body, bodyLength };
}

/** Columns that come in several vectors, whose data is not joined before it is sent. */
function addParts(
  parts: Parts,
  [first, ...others]: readonly [Batch, ...(readonly Batch[])],
): void {
  first.vectors.forEach((vector, index) => {
    const rest = others.map(({ vectors }) => vectors[index] ?? vector);
    const all = [vector, ...rest] as const;
    const length = all.reduce((sum, one) => sum + one.length, 0);
    switch (vector.layout) {
      case "fixed": {
        addValidity(parts, length, concatValidity(all, length));
        const fixed = all.filter((one) => one.layout === "fixed");
        addPieces(
          parts,
          fixed.map(({ data, width, length }) =>
            data.subarray(0, length * width),
          ),
        );
        return;
      }
      case "bytes": {
        addValidity(parts, length, concatValidity(all, length));
        const bytes = all.filter((one) => one.layout === "bytes");
        const { offsets, pieces } = piecesOfBytes(bytes, length);
        addOffsets(parts, offsets, length);
        addPieces(parts, pieces);
        return;
      }
      case "null":
      case "bool":
      case "list":
      case "struct":
      case "union":
        addVector(parts, concatVectors(all));
    }
  });
}

function addVector(parts: Parts, vector: Vector): void {
  const { length } = vector;
  switch (vector.layout) {
    case "null":
      parts.nodes.push(length, length);
      return;
    case "bool":
      addValidity(parts, length, vector.validity);
      addBuffer(parts, vector.bits.subarray(0, bitmapBytes(length)));
      return;
    case "fixed":
      addValidity(parts, length, vector.validity);
      addBuffer(parts, vector.data.subarray(0, length * vector.width));
      return;
    case "bytes":
      addValidity(parts, length, vector.validity);
      addBytes(parts, vector);
      return;
    case "list":
      addValidity(parts, length, vector.validity);
      if (vector.type.type === "fixed_size_list") {
        addVector(parts, fixedSizeItems(vector, vector.type.size));
      } else addList(parts, vector);
      return;
    case "struct":
      addValidity(parts, length, vector.validity);
      for (const child of vector.children) addVector(parts, child);
      return;
    case "union":
      addUnion(parts, vector);
      return;
  }
}

function addValidity(
  parts: Parts,
  length: number,
  validity: Uint8Array | undefined,
): void {
  const nulls =
    validity === undefined ? 0 : length - countBits(validity, length);
  parts.nodes.push(length, nulls);
  if (validity === undefined || nulls === 0) addBuffer(parts, undefined);
  else addBuffer(parts, validity.subarray(0, bitmapBytes(length)));
}

function addBuffer(parts: Parts, bytes: Uint8Array | undefined): void {
  if (bytes === undefined || bytes.length === 0) addPieces(parts, []);
  else if (parts.compression === undefined) addPieces(parts, [bytes]);
  else addPieces(parts, compressBuffer(bytes, parts.compression));
}

/** One buffer. */
function addPieces(parts: Parts, pieces: readonly Uint8Array[]): void {
  const start = parts.bodyLength;
  for (const piece of pieces) {
    parts.body.push(piece);
    parts.bodyLength += piece.length;
  }
  const length = parts.bodyLength - start;
  parts.buffers.push(start, length);
  const rest = length % alignment;
  if (rest === 0) return;
  parts.body.push(padding.subarray(rest));
  parts.bodyLength += alignment - rest;
}

function addBytes(parts: Parts, vector: BytesVector): void {
  const { offsets, length } = vector;
  addOffsets(parts, offsets, length);
  addBuffer(parts, vector.data.subarray(offsets[0], offsets[length]));
}

function addList(parts: Parts, vector: ListVector): void {
  const { offsets, length, child } = vector;
  addOffsets(parts, offsets, length);
  const start = offsets[0] as number;
  const end = offsets[length] as number;
  addVector(parts, sliceVector(child, start, end));
}

/** Offsets from 0 on. */
function addOffsets(parts: Parts, offsets: Int32Array, length: number): void {
  const first = offsets[0] as number;
  const all = offsets.subarray(0, length + 1);
  const { buffer, byteOffset, byteLength } =
    first === 0 ? all : all.map((offset) => offset - first);
  addBuffer(parts, new Uint8Array(buffer, byteOffset, byteLength));
}

/** Items of a fixed-size list, `size` for every row, also behind a null. */
export function fixedSizeItems(vector: ListVector, size: number): Vector {
  const { offsets, length, child } = vector;
  const first = offsets[0] as number;
  let trivial = true;
  for (let i = 1; i <= length; i++) {
    trivial &&= offsets[i] === first + i * size;
  }
  if (trivial) return sliceVector(child, first, first + length * size);
  const items = new Int32Array(length * size).fill(noRow);
  for (let i = 0; i < length; i++) {
    const start = offsets[i] as number;
    const count = (offsets[i + 1] as number) - start;
    if (count === size) {
      for (let k = 0; k < size; k++) items[i * size + k] = start + k;
    } else if (vector.validity === undefined || bitAt(vector.validity, i)) {
      throw new Failure(
        "invalid_data",
        `row ${String(i)}: a list of ${String(count)} items where its type has ${String(size)}`,
      );
    }
  }
  return takeRows(child, items);
}

function addUnion(parts: Parts, vector: UnionVector): void {
  const { type, length, typeIds } = vector;
  parts.nodes.push(length, 0);
  addBuffer(parts, new Uint8Array(typeIds.buffer, typeIds.byteOffset, length));
  if (type.type === "union" && type.mode === "sparse") {
    for (const child of sparseChildren(vector, type.typeIds))
      addVector(parts, child);
    return;
  }
  const { offsets, children } = isCompact(vector)
    ? vector
    : reordered(vector, type.type === "union" ? type.typeIds : []);
  const { buffer, byteOffset } = offsets;
  addBuffer(parts, new Uint8Array(buffer, byteOffset, 4 * length));
  for (const child of children) addVector(parts, child);
}

/**
 * Whether the offsets into each child never fall, as Arrow wants of a dense union, and a part of a larger one does
 * not carry the children of the whole.
 */
function isCompact({
  typeIds,
  offsets,
  children,
  length,
}: UnionVector): boolean {
  const rows = children.reduce((sum, child) => sum + child.length, 0);
  if (rows > length) return false;
  const last = new Int32Array(128);
  return offsets.every((offset, i) => {
    const typeId = typeIds[i] as number;
    const rises = offset >= (last[typeId] as number);
    last[typeId] = offset;
    return rises;
  });
}

/** A dense union with children that have just its rows, in its order. */
function reordered(
  { typeIds, offsets, children }: UnionVector,
  ids: readonly number[],
): Pick<UnionVector, "offsets" | "children"> {
  const rows = ids.map((): number[] => []);
  const places = offsets.map((offset, i) => {
    const own = rows[ids.indexOf(typeIds[i] as number)];
    return own === undefined ? 0 : own.push(offset) - 1;
  });
  return {
    offsets: places,
    children: children.map((child, k) =>
      takeRows(child, Int32Array.from(rows[k] ?? [])),
    ),
  };
}

/** Children of a sparse union, each as long as the union. */
export function sparseChildren(
  vector: UnionVector,
  ids: readonly number[],
): readonly Vector[] {
  const { length, offsets, children } = vector;
  const inPlace =
    children.every((child) => child.length === length) &&
    offsets.every((offset, i) => offset === i);
  if (inPlace) return children;
  return children.map((child, i) => sparseChild(vector, child, ids[i]));
}

/** A child's rows at the places where the union has them. */
function sparseChild(
  { typeIds, offsets }: UnionVector,
  child: Vector,
  typeId: number | undefined,
): Vector {
  return takeRows(
    child,
    offsets.map((offset, i) => (typeIds[i] === typeId ? offset : noRow)),
  );
}

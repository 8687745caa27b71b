import { ownMemory, release } from "../util/release.js";
import type { Schema } from "./schema.js";
import type { Vector } from "./vector.js";

/**
 * An Arrow record batch: what crosses every seam of the program. Batches that came over the wire build
 * their vectors on first use (`ipc.ts`); batches that a parser filled have them from the start.
 * A batch is immutable and owns its memory, so it may be queued.
 */
export interface Batch {
  readonly schema: Schema;
  /** Rows. */
  readonly length: number;
  /** Bytes of buffers that the batch keeps alive, for memory budgets. */
  readonly byteLength: number;
  /** One canonical vector per field of the schema, in its order. */
  readonly vectors: readonly Vector[];
  /**
   * The same rows as smaller batches, where `vectors` would have to be joined first: an encoder takes these. Their
   * schemas are equal.
   */
  readonly parts?: readonly [Batch, ...(readonly Batch[])];
  /**
   * Columns that some rows did not mention at all (absent is not NULL: an upsert leaves such a value as it
   * was). Per column name a bitmap, 1 = absent in that row. Undefined when every row has every column.
   */
  readonly absent?: ReadonlyMap<string, Uint8Array>;
  /** What `releaseBatch` frees. */
  readonly memory?: readonly ArrayBuffer[];
}

/**
 * Frees the memory of a batch that came in a stream, for whoever was the last to read it: nobody may keep the batch,
 * nor a view of its vectors. A batch that shares its memory is left to the garbage collector.
 */
export function releaseBatch({ memory }: Batch): void {
  if (memory !== undefined) release(memory);
}

/** A batch of vectors that are already canonical. */
export function batchOf(
  schema: Schema,
  vectors: readonly Vector[],
  length: number,
): Batch {
  let byteLength = 0;
  for (const vector of vectors) byteLength += vectorBytes(vector);
  return { schema, length, byteLength, vectors };
}

/** Bytes of a vector's buffers. */
export function vectorBytes(vector: Vector): number {
  let bytes = 0;
  forEachBuffer(vector, ({ byteLength }) => {
    bytes += byteLength;
  });
  return bytes;
}

/** The memory that vectors have to themselves. */
export function memoryOf(vectors: readonly Vector[]): ArrayBuffer[] {
  const memory = new Set<ArrayBuffer>();
  const add = (buffer: ArrayBufferView) => {
    const own = ownMemory(buffer);
    if (own !== undefined) memory.add(own);
  };
  for (const vector of vectors) forEachBuffer(vector, add);
  return [...memory];
}

function forEachBuffer(
  vector: Vector,
  visit: (buffer: ArrayBufferView) => void,
): void {
  if (vector.layout === "null") return;
  if (vector.validity !== undefined) visit(vector.validity);
  switch (vector.layout) {
    case "bool":
      visit(vector.bits);
      return;
    case "fixed":
      visit(vector.data);
      return;
    case "bytes":
      visit(vector.offsets);
      visit(vector.data);
      return;
    case "list":
      visit(vector.offsets);
      forEachBuffer(vector.child, visit);
      return;
    case "union":
      visit(vector.typeIds);
      visit(vector.offsets);
      break;
    case "struct":
  }
  for (const child of vector.children) forEachBuffer(child, visit);
}

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
  const own = vector.validity?.byteLength ?? 0;
  switch (vector.layout) {
    case "null":
      return 0;
    case "bool":
      return own + vector.bits.byteLength;
    case "fixed":
      return own + vector.data.byteLength;
    case "bytes":
      return own + vector.offsets.byteLength + vector.data.byteLength;
    case "list":
      return own + vector.offsets.byteLength + vectorBytes(vector.child);
    case "struct":
      return vector.children.reduce(
        (sum, child) => sum + vectorBytes(child),
        own,
      );
    case "union":
      return vector.children.reduce(
        (sum, child) => sum + vectorBytes(child),
        vector.typeIds.byteLength + vector.offsets.byteLength,
      );
  }
}

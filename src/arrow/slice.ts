import { batchOf, type Batch } from "./batch.js";
import { sliceBits } from "./bits.js";
import type { Vector } from "./vector.js";

/** Rows `start` to `end` of a batch, as `sliceVector` gives them. */
export function sliceBatch(batch: Batch, start: number, end: number): Batch {
  const vectors = batch.vectors.map((vector) =>
    sliceVector(vector, start, end),
  );
  return batchOf(batch.schema, vectors, end - start);
}

/**
 * Rows `start` to `end` of a vector. Memory is shared, except for bitmaps when `start` is not a multiple
 * of 8, and for fixed-width data that would not start at a multiple of 8 bytes.
 */
export function sliceVector(
  vector: Vector,
  start: number,
  end: number,
): Vector {
  if (start === 0 && end === vector.length) return vector;
  const length = end - start;
  if (vector.layout === "null") return { ...vector, length };
  if (vector.layout === "union") {
    return {
      ...vector,
      length,
      typeIds: vector.typeIds.subarray(start, end),
      offsets: vector.offsets.subarray(start, end),
    };
  }
  const validity = vector.validity && sliceBits(vector.validity, start, end);
  switch (vector.layout) {
    case "bool": {
      const bits = sliceBits(vector.bits, start, end);
      return { ...vector, length, validity, bits };
    }
    case "fixed": {
      const { width } = vector;
      const view = vector.data.subarray(start * width, end * width);
      const data = view.byteOffset % 8 === 0 ? view : new Uint8Array(view);
      return { ...vector, length, validity, data };
    }
    case "bytes":
    case "list": {
      const offsets = vector.offsets.subarray(start, end + 1);
      return { ...vector, length, validity, offsets };
    }
    case "struct": {
      const children = vector.children.map((child) =>
        sliceVector(child, start, end),
      );
      return { ...vector, length, validity, children };
    }
  }
}

import type { Batch } from "./batch.js";
import { encodeBatch, type EncodedBatch } from "./encode-batch.js";
import { sliceBatch } from "./slice.js";

/** How much of the bound a piece is meant to fill: rows differ, and a piece that is too large is divided again. */
const fill = 0.9;

/**
 * A batch as record batch messages of at most so many bytes, header and body together. Only a single row may make
 * a larger one. A batch that fits is one message, also one without rows.
 */
export function* encodePieces(
  batch: Batch,
  bytesMax: number,
): Generator<EncodedBatch, void, undefined> {
  const whole = encodeBatch(batch);
  const bytes = whole.header.byteLength + whole.bodyLength;
  if (bytes <= bytesMax || batch.length <= 1) {
    yield whole;
    return;
  }
  const rows = pieceRows(
    (batch.length / bytes) * bytesMax * fill,
    batch.length,
  );
  for (let start = 0; start < batch.length; start += rows) {
    const end = Math.min(batch.length, start + rows);
    yield* encodePieces(sliceBatch(batch, start, end), bytesMax);
  }
}

/** Fewer rows than there are, in multiples of 8, which keep bitmaps in place. */
function pieceRows(wanted: number, all: number): number {
  const rows = Math.floor(Math.min(wanted, all / 2));
  return rows < 8 ? Math.max(1, rows) : rows - (rows % 8);
}

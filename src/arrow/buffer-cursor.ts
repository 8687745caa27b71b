import { bitmapBytes } from "./bits.js";
import { narrowOffsets } from "./decode-layout.js";
import type { IpcBatch } from "./ipc-batch.js";

/** What a batch says of one vector. */
export interface VectorNode {
  /** Rows that the vector is to have; the wire may have more. */
  readonly length: number;
  /** -1 when unknown. */
  readonly nulls: number;
}

/**
 * Gives out the nodes and buffers of a batch one after the other. Nothing here knows types. What is
 * missing or too short is a RangeError, which `VectorDecoder` places.
 */
export class BufferCursor {
  readonly #batch: IpcBatch;
  #nextNode = 0;
  #nextBuffer = 0;
  #nextCount = 0;

  constructor(batch: IpcBatch) {
    this.#batch = batch;
  }

  /** @param rows how many are needed; as many as there are, when undefined. */
  node(rows: number | undefined): VectorNode {
    const { nodes } = this.#batch;
    const length = nodes[this.#nextNode];
    const nulls = nodes[this.#nextNode + 1];
    this.#nextNode += 2;
    if (length === undefined || nulls === undefined) {
      throw new RangeError("the batch has fewer vectors than its schema");
    }
    if (rows !== undefined && length < rows) {
      throw new RangeError(
        `${String(length)} rows where ${String(rows)} are needed`,
      );
    }
    if (nulls > length) throw new RangeError("more NULLs than rows");
    return { length: rows ?? length, nulls };
  }

  /** The length of the next node, which stays the next. */
  get nextLength(): number | undefined {
    return this.#batch.nodes[this.#nextNode];
  }

  /** The next buffer, starting at a multiple of 8: copied when the wire did not align it. */
  buffer(): Uint8Array {
    const { buffers, body } = this.#batch;
    const offset = buffers[this.#nextBuffer];
    const length = buffers[this.#nextBuffer + 1];
    this.#nextBuffer += 2;
    if (offset === undefined || length === undefined) {
      throw new RangeError("the batch has fewer buffers than its schema needs");
    }
    if (length === 0) return new Uint8Array(0);
    const start = body.byteOffset + offset;
    const view = new Uint8Array(body.buffer, start, length);
    return start % 8 === 0 ? view : new Uint8Array(view);
  }

  /** The first `bytes` of the next buffer; what is behind them is padding. */
  exactly(bytes: number): Uint8Array {
    return prefix(this.buffer(), bytes);
  }

  int32s(count: number): Int32Array {
    return int32s(this.exactly(4 * count));
  }

  /** The validity bitmap; undefined when nothing is NULL. */
  validity({ length, nulls }: VectorNode): Uint8Array | undefined {
    const bitmap = this.buffer();
    if (nulls === 0 || (nulls === -1 && bitmap.length === 0)) return undefined;
    return prefix(bitmap, bitmapBytes(length));
  }

  /** `length` + 1 offsets of `width` bytes; without rows the wire may leave out even the first. */
  offsets(length: number, width: 4 | 8): Int32Array {
    const buffer = this.buffer();
    if (length === 0) return new Int32Array(1);
    const bytes = prefix(buffer, width * (length + 1));
    return width === 4 ? int32s(bytes) : narrowOffsets(bytes);
  }

  /** The data buffers of the next view vector. */
  variadic(): readonly Uint8Array[] {
    const count = this.#batch.variadicCounts[this.#nextCount++];
    if (count === undefined) {
      throw new RangeError(
        "the batch does not say how many buffers a view has",
      );
    }
    // A count that is too large ends at the last buffer.
    const buffers: Uint8Array[] = [];
    for (let i = 0; i < count; i++) buffers.push(this.buffer());
    return buffers;
  }
}

function prefix(buffer: Uint8Array, bytes: number): Uint8Array {
  if (buffer.length === bytes) return buffer;
  if (buffer.length > bytes) return buffer.subarray(0, bytes);
  throw new RangeError(
    `a buffer of ${String(buffer.length)} bytes where ${String(bytes)} are needed`,
  );
}

function int32s(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

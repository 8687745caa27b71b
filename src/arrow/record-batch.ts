import {
  type RecordBatch,
  RecordBatchReader,
  RecordBatchStreamWriter,
} from "apache-arrow";
import { Failure } from "../failure.js";
import type { Batch } from "./batch.js";
import { decodeStream, encodeStream } from "./ipc-stream.js";

/**
 * The batch as apache-arrow has it, for programs that use that library. Its buffers are copied once.
 * @throws Failure(unsupported) when apache-arrow cannot read the types.
 */
export function toRecordBatch(batch: Batch): RecordBatch {
  const bytes = encodeStream(batch.schema, [batch]);
  try {
    for (const recordBatch of RecordBatchReader.from(bytes)) return recordBatch;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      "unsupported",
      `${reason} (apache-arrow, reading a batch)`,
      { cause },
    );
  }
  throw new Failure(
    "internal",
    "apache-arrow found no batch in a stream of one",
  );
}

/**
 * A batch of apache-arrow with canonical vectors: dictionaries are expanded.
 * @throws Failure(unsupported) when apache-arrow cannot write its types.
 */
export function fromRecordBatch(recordBatch: RecordBatch): Batch {
  let bytes: Uint8Array;
  try {
    bytes = RecordBatchStreamWriter.writeAll([recordBatch]).toUint8Array(true);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      "unsupported",
      `${reason} (apache-arrow, writing a batch)`,
      { cause },
    );
  }
  const [batch] = decodeStream(bytes).batches;
  if (batch !== undefined) return batch;
  throw new Failure("internal", "apache-arrow wrote no batch");
}

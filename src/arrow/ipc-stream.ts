import { Failure } from "../failure.js";
import type { Batch } from "./batch.js";
import { type EncodeOptions, encodeBatch } from "./encode-batch.js";
import { MessageReader, type MessageReaderOptions } from "./ipc.js";
import { decodeMessage, encapsulate } from "./ipc-message.js";
import { encodeSchema } from "./ipc-schema.js";
import type { Schema } from "./schema.js";

/** Continuation marker and length 0 (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format). */
export const endOfStream = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/** What an IPC stream holds, in memory. */
export interface IpcStream {
  /** Canonical. */
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

/** An Arrow IPC stream (as in a file `.arrows`) of canonical batches that all have `schema`. */
export function encodeStream(
  schema: Schema,
  batches: Iterable<Batch>,
  options: EncodeOptions = {},
): Uint8Array {
  const parts: Uint8Array[] = [encapsulate(encodeSchema(schema))];
  for (const batch of batches) {
    const { header, body } = encodeBatch(batch, options);
    parts.push(encapsulate(header), ...body);
  }
  parts.push(endOfStream);
  const bytes = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Reads a whole Arrow IPC stream; of bodies in ZSTD only after `loadCompression`. Batches keep `bytes` where its bodies are aligned, so it must not change.
 * @throws Failure(invalid_data | unsupported | exhausted); see `MessageReader.read`.
 */
export function decodeStream(
  bytes: Uint8Array,
  options: MessageReaderOptions = {},
): IpcStream {
  const reader = new MessageReader(options);
  const batches: Batch[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw truncated(at);
    // Before Arrow 0.15 there was no marker, and the stream ended with a length of 0.
    const marked = view.getUint32(at, true) === 0xffff_ffff;
    const start = at + (marked ? 8 : 4);
    if (start > bytes.length) throw truncated(at);
    const length = view.getUint32(start - 4, true);
    if (length === 0) break;
    if (start + length > bytes.length) throw truncated(at);
    const header = bytes.subarray(start, start + length);
    const { bodyLength } = decodeMessage(header);
    at = start + length + bodyLength;
    if (at > bytes.length) throw truncated(start);
    const batch = reader.read(header, bytes.subarray(start + length, at));
    if (batch !== undefined) batches.push(batch);
  }
  if (reader.schema === undefined) throw truncated(at);
  return { schema: reader.schema, batches };
}

function truncated(at: number): Failure {
  return new Failure(
    "invalid_data",
    `malformed Arrow stream: it ends in the message at byte ${String(at)}`,
  );
}

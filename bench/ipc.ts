import { RecordBatchReader, type RecordBatchStreamReader } from "apache-arrow";

/** Marks a message of the IPC stream format and, with length 0, its end. */
const continuation = Buffer.from([0xff, 0xff, 0xff, 0xff]);
const end = Buffer.concat([continuation, Buffer.alloc(4)]);

/** A FlightData header as the IPC stream format frames it: continuation, length, padding to 8 bytes. */
function frame(header: Uint8Array): Buffer {
  const padded = Buffer.alloc(8 + ((header.length + 7) & ~7));
  padded.set(continuation);
  padded.writeInt32LE(padded.length - 8, 4);
  padded.set(header, 8);
  return padded;
}

/** Reads one message the simple way: as an IPC stream of its own. */
export function readMessage(
  schema: Uint8Array,
  header?: Uint8Array,
  body?: Uint8Array,
): RecordBatchStreamReader {
  const parts: Uint8Array[] = [frame(schema)];
  if (header !== undefined) parts.push(frame(header), body ?? new Uint8Array());
  return RecordBatchReader.from(new Uint8Array(Buffer.concat([...parts, end])));
}

/** Splits an IPC stream that holds a schema and one batch into what FlightData carries. */
export function splitStream(stream: Uint8Array): {
  readonly schema: Uint8Array;
  readonly header: Uint8Array;
  readonly body: Uint8Array;
} {
  const view = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const schemaEnd = 8 + view.readInt32LE(4);
  const headerEnd = schemaEnd + 8 + view.readInt32LE(schemaEnd + 4);
  return {
    schema: view.subarray(8, schemaEnd),
    header: view.subarray(schemaEnd + 8, headerEnd),
    body: view.subarray(headerEnd, view.length - end.length),
  };
}

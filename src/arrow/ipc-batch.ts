import { Failure } from "../failure.js";
import { type FlatTable, lengthAt } from "./flatbuffer.js";
import type { Allowance } from "./allowance.js";
import {
  type Body,
  type Compression,
  compressionOf,
  decompressBody,
} from "./compression.js";
import type { IpcMessage } from "./ipc-message.js";

/**
 * What the table RecordBatch of Message.fbs says, checked against the body: every buffer lies inside it.
 * It keeps the body, and nothing of the message.
 */
export interface IpcBatch {
  /** Rows. */
  readonly length: number;
  readonly version: IpcMessage["version"];
  /** Length and null count of every vector, in depth-first order. */
  readonly nodes: Float64Array;
  /** Position and length of every buffer in `body`, in the same order; nothing is compressed here. */
  readonly buffers: Float64Array;
  /** Data buffers of every view vector, in the same order. */
  readonly variadicCounts: readonly number[];
  /** Starts at a multiple of 8 of its ArrayBuffer. */
  readonly body: Uint8Array;
}

/** Lengths of vectors: 32-bit offsets and typed arrays cannot say more. */
const rowsMax = 0x7fff_ffff;

/**
 * @param table the table RecordBatch.
 * @param allowance what a compressed body expands to is spent from it.
 * @throws Failure(invalid_data) when a number is out of range or a buffer lies outside the body;
 * Failure(unsupported) for an unknown compression.
 */
export function decodeIpcBatch(
  table: FlatTable,
  message: IpcMessage,
  body: Uint8Array,
  allowance: Allowance,
): IpcBatch {
  if (message.bodyLength > body.length) {
    throw invalid(
      `a body of ${String(body.length)} bytes where ${String(message.bodyLength)} are announced`,
    );
  }
  const length = table.length(0);
  checkRows(length);
  return {
    length,
    version: message.version,
    nodes: decodeNodes(table),
    variadicCounts: decodeCounts(table),
    ...decodeBody(table, body.subarray(0, message.bodyLength), allowance),
  };
}

function decodeBody(
  table: FlatTable,
  body: Uint8Array,
  allowance: Allowance,
): Body {
  const buffers = decodeBuffers(table, body.length);
  const compression = bodyCompression(table);
  if (compression === undefined) return { buffers, body: alignedBody(body) };
  return decompressBody({ buffers, body }, compression, allowance);
}

/** How the table RecordBatch says that its body is compressed. @throws Failure(unsupported) */
export function bodyCompression(table: FlatTable): Compression | undefined {
  const compression = table.table(3);
  return compression && compressionOf(compression);
}

function decodeNodes(table: FlatTable): Float64Array {
  const vector = table.vector(1, 16);
  const nodes = new Float64Array(2 * (vector?.count ?? 0));
  if (vector === undefined) return nodes;
  const { view, start } = vector;
  for (let i = 0; i < nodes.length; i += 2) {
    const at = start + 8 * i;
    const length = lengthAt(view, at);
    checkRows(length);
    // -1 says that nobody counted the nulls.
    const unknown = view.getInt32(at + 12, true) === -1;
    nodes[i] = length;
    nodes[i + 1] = unknown ? -1 : lengthAt(view, at + 8);
  }
  return nodes;
}

function decodeBuffers(table: FlatTable, bodyLength: number): Float64Array {
  const vector = table.vector(2, 16);
  const buffers = new Float64Array(2 * (vector?.count ?? 0));
  if (vector === undefined) return buffers;
  const { view, start } = vector;
  for (let i = 0; i < buffers.length; i += 2) {
    const offset = lengthAt(view, start + 8 * i);
    const length = lengthAt(view, start + 8 * i + 8);
    if (offset + length > bodyLength) {
      throw invalid(
        `${String(length)} bytes at ${String(offset)} of a body of ${String(bodyLength)} bytes`,
      );
    }
    buffers[i] = offset;
    buffers[i + 1] = length;
  }
  return buffers;
}

function decodeCounts(table: FlatTable): readonly number[] {
  const vector = table.vector(4, 8);
  const counts: number[] = [];
  if (vector === undefined) return counts;
  for (let i = 0; i < vector.count; i++) {
    counts.push(lengthAt(vector.view, vector.start + 8 * i));
  }
  return counts;
}

/**
 * The body at a multiple of 8, copied only when it is not there already: gRPC delivers it behind a few
 * bytes of protobuf. `allocUnsafeSlow` spares the zeros and has memory of its own.
 */
function alignedBody(body: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = body;
  if (byteOffset % 8 === 0) return new Uint8Array(buffer, byteOffset, length);
  const copy = Buffer.allocUnsafeSlow(length);
  copy.set(body);
  return new Uint8Array(copy.buffer);
}

function checkRows(rows: number): void {
  if (rows > rowsMax) throw invalid(`a vector of ${String(rows)} rows`);
}

function invalid(what: string): Failure {
  return new Failure("invalid_data", `malformed Arrow record batch: ${what}`);
}

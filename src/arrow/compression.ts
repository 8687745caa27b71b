import { Failure } from "../failure.js";
import type { Allowance } from "./allowance.js";
import { type FlatTable, lengthAt } from "./flatbuffer.js";
import { decodeLz4Frame, encodeLz4Frame, lz4ExpandedMax } from "./lz4-frame.js";
import {
  decodeZstdFrame,
  encodeZstdFrame,
  loadZstd,
  zstdExpandedMax,
} from "./zstd-frame.js";

/** How the bodies of record batches are compressed, by pyarrow's names. */
export type Compression = "lz4" | "zstd";

interface Codec {
  /** Must be awaited once before the first frame. */
  readonly load: () => Promise<void>;
  /** Bytes that a frame of `length` bytes can stand for at most. */
  readonly expandedMax: (length: number) => number;
  /** Fills `into` from one frame. @throws RangeError when it does not. */
  readonly decode: (frame: Uint8Array, into: Uint8Array) => void;
  readonly encode: (bytes: Uint8Array) => Uint8Array;
}

const codecs: Readonly<Record<Compression, Codec>> = {
  lz4: {
    load: () => Promise.resolve(),
    expandedMax: lz4ExpandedMax,
    decode: decodeLz4Frame,
    encode: encodeLz4Frame,
  },
  zstd: {
    load: loadZstd,
    expandedMax: zstdExpandedMax,
    decode: decodeZstdFrame,
    encode: encodeZstdFrame,
  },
};

/** `CompressionType` of Message.fbs: LZ4_FRAME is 0, ZSTD is 1. */
const compressionTypes = ["lz4", "zstd"] as const;

/** Bytes of a compressed buffer's uncompressed length, in front of its frame. */
const prefixBytes = 8;
/** Stands for the length of a buffer that is not compressed after all. */
const storedRaw = -1n;

/** Loads what decodes and encodes; at once when it is there. */
export function loadCompression(compression: Compression): Promise<void> {
  return codecs[compression].load();
}

/** @param table BodyCompression of Message.fbs. @throws Failure(unsupported) */
export function compressionOf(table: FlatTable): Compression {
  const type = table.uint8(0);
  const method = table.uint8(1);
  const compression = compressionTypes[type];
  // BodyCompressionMethod: BUFFER is 0, and the only one.
  if (compression !== undefined && method === 0) return compression;
  throw new Failure(
    "unsupported",
    `the record batches are compressed with type ${String(type)}, method ${String(method)}; LZ4_FRAME and ZSTD by buffer are understood`,
  );
}

/** `CompressionType` of Message.fbs. */
export function compressionType(compression: Compression): number {
  return compressionTypes.indexOf(compression);
}

/** A body and the positions and lengths of its buffers, one after the other. */
export interface Body {
  readonly buffers: Float64Array;
  readonly body: Uint8Array;
}

/**
 * Decodes a body buffer by buffer: the uncompressed length, then a frame (Message.fbs,
 * BodyCompressionMethod.BUFFER).
 * @returns a body that starts, as its buffers do, at a multiple of 8.
 * @throws Failure(invalid_data | exhausted)
 */
export function decompressBody(
  { buffers, body }: Body,
  compression: Compression,
  allowance: Allowance,
): Body {
  const codec = codecs[compression];
  try {
    const { places, byteLength } = measure(body, buffers, codec);
    allowance.spend(byteLength);
    const expanded = new Uint8Array(Buffer.allocUnsafeSlow(byteLength).buffer);
    for (let i = 0; i < buffers.length; i += 2) {
      const at = places[i] as number;
      const length = places[i + 1] as number;
      if (length === 0) continue;
      const start = (buffers[i] as number) + prefixBytes;
      const end = (buffers[i] as number) + (buffers[i + 1] as number);
      const content = body.subarray(start, end);
      const into = expanded.subarray(at, at + length);
      if (isRaw(body, buffers[i] as number)) into.set(content);
      else codec.decode(content, into);
    }
    return { buffers: places, body: expanded };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure(
      "invalid_data",
      `malformed Arrow record batch: its ${compression} body: ${error.message}`,
      { cause: error },
    );
  }
}

/** Where each buffer will be, before any memory is taken: a length that cannot be true is refused. */
function measure(
  body: Uint8Array,
  buffers: Float64Array,
  codec: Codec,
): { readonly places: Float64Array; readonly byteLength: number } {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const places = new Float64Array(buffers.length);
  let byteLength = 0;
  for (let i = 0; i < buffers.length; i += 2) {
    const at = buffers[i] as number;
    const stored = buffers[i + 1] as number;
    if (stored === 0) continue;
    const content = stored - prefixBytes;
    if (content < 0) throw new RangeError("a buffer without its length");
    const isStored = isRaw(body, at);
    const length = isStored ? content : lengthAt(view, at);
    if (!isStored && length > codec.expandedMax(content)) {
      throw new RangeError(
        `${String(length)} bytes cannot be in ${String(content)}`,
      );
    }
    places[i] = byteLength;
    places[i + 1] = length;
    byteLength += Math.ceil(length / 8) * 8;
  }
  return { places, byteLength };
}

function isRaw(body: Uint8Array, at: number): boolean {
  const view = new DataView(body.buffer, body.byteOffset + at, prefixBytes);
  return view.getBigInt64(0, true) === storedRaw;
}

/** A buffer as a compressed body has it, in pieces; stored raw when a frame would not be smaller. */
export function compressBuffer(
  bytes: Uint8Array,
  compression: Compression,
): readonly Uint8Array[] {
  const frame = codecs[compression].encode(bytes);
  const isSmaller = frame.length < bytes.length;
  const prefix = new DataView(new ArrayBuffer(prefixBytes));
  prefix.setBigInt64(0, isSmaller ? BigInt(bytes.length) : storedRaw, true);
  return [new Uint8Array(prefix.buffer), isSmaller ? frame : bytes];
}

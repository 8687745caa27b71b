import { Failure } from "../failure.js";

/**
 * ZSTD frames (RFC 8878), by the WASM build of the reference library, which is loaded when the first one is
 * met.
 */

type Zstd = typeof import("@bokuweb/zstd-wasm");

const magic = 0xfd2f_b528;
/** Bytes that one block, of three bytes at least, can stand for. */
const blockMax = 128 * 1024;
/** Memory of the WASM module goes to 2 GiB, and it holds a frame and its content at once. */
const memoryMax = 1.5 * 2 ** 30;
/** Level of Arrow's C++ library (`kZSTDDefaultCompressionLevel`). */
const level = 1;

let zstd: Zstd | undefined;
let loading: Promise<void> | undefined;

/** Loads the library; at once when it is there. */
export function loadZstd(): Promise<void> {
  loading ??= (async () => {
    const library = await import("@bokuweb/zstd-wasm");
    await library.init();
    zstd = library;
  })();
  return loading;
}

/** Bytes that `length` bytes of a frame can stand for at most. */
export function zstdExpandedMax(length: number): number {
  return Math.ceil(length / 3) * blockMax;
}

/**
 * Decodes one frame. The library takes the size that the frame states for true, so it is checked first.
 * @param into is filled, no less and no more.
 * @throws RangeError when the frame is malformed, or holds more or less.
 */
export function decodeZstdFrame(frame: Uint8Array, into: Uint8Array): void {
  const size = contentSize(frame);
  if (size !== undefined && size !== BigInt(into.length))
    throw new RangeError("the frame's content size is not the announced one");
  checkMemory(frame.length + into.length);
  const content = call(() =>
    loaded().decompress(frame, { defaultHeapSize: into.length }),
  );
  if (content.length !== into.length)
    throw new RangeError(
      `${String(content.length)} bytes where ${String(into.length)} are announced`,
    );
  into.set(content);
}

/** Encodes `bytes` as one frame that states its content size. */
export function encodeZstdFrame(bytes: Uint8Array): Uint8Array {
  checkMemory(3 * bytes.length);
  return call(() => loaded().compress(bytes, level));
}

function loaded(): Zstd {
  if (zstd !== undefined) return zstd;
  throw new Failure("internal", "ZSTD is used before it was loaded");
}

/** The library throws plain errors. */
function call<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new RangeError("the ZSTD frame cannot be decoded", { cause: error });
  }
}

function checkMemory(bytes: number): void {
  if (bytes <= memoryMax) return;
  throw new Failure(
    "exhausted",
    "a column's buffer is too large for ZSTD; let the server send smaller batches",
  );
}

/** Frame_Content_Size of the frame header (RFC 8878, 3.1.1.1); undefined when it is not stated. */
function contentSize(frame: Uint8Array): bigint | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint32(0, true) !== magic)
    throw new RangeError("no ZSTD frame starts here");
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const at = 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment ? BigInt(view.getUint8(at)) : undefined;
    case 1:
      return BigInt(view.getUint16(at, true) + 256);
    case 2:
      return BigInt(view.getUint32(at, true));
    default:
      return view.getBigUint64(at, true);
  }
}

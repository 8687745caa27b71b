import { blockBound, decodeBlock, encodeBlock } from "./lz4-block.js";
import { xxhash32 } from "./xxhash32.js";

/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md), as Arrow's LZ4_FRAME bodies
 * have them. What is malformed is a RangeError.
 */

const magic = 0x184d_2204;
/** Bits of the first byte of the descriptor. The version is 01. */
const flags = {
  versionMask: 0xc0,
  version: 0x40,
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  reserved: 0x02,
  dictionary: 0x01,
} as const;
/** Set in a block's size when the block is not compressed. */
const uncompressed = 0x8000_0000;
/** Greatest blocks, by their code. */
const blockSizes = new Map([
  [4, 64 * 1024],
  [5, 256 * 1024],
  [6, 1024 * 1024],
  [7, 4 * 1024 * 1024],
]);

/** Bytes that `length` bytes of a frame can stand for at most: a match grows by 255 with every byte. */
export function lz4ExpandedMax(length: number): number {
  return 255 * length;
}

/**
 * Decodes one frame, checksums verified.
 * @param into is filled, no less and no more.
 * @throws RangeError when the frame is malformed, or holds more or less.
 */
export function decodeLz4Frame(frame: Uint8Array, into: Uint8Array): void {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const header = decodeHeader(frame, view, into.length);
  let from = header.length;
  let at = 0;
  for (;;) {
    const word = view.getUint32(from, true);
    from += 4;
    if (word === 0) break;
    const size = word % uncompressed;
    const end = from + size;
    if (size > header.blockSize || end > frame.length)
      throw new RangeError("a block longer than its frame allows");
    const block = frame.subarray(from, end);
    if (word < uncompressed) at = decodeBlock(block, into, at);
    else {
      into.set(block, at);
      at += size;
    }
    from = end;
    if (!header.blockChecksum) continue;
    if (view.getUint32(from, true) !== xxhash32(block))
      throw new RangeError("a block whose checksum is wrong");
    from += 4;
  }
  if (at !== into.length)
    throw new RangeError(
      `${String(at)} bytes where ${String(into.length)} are announced`,
    );
  if (header.contentChecksum && view.getUint32(from, true) !== xxhash32(into))
    throw new RangeError("the content's checksum is wrong");
}

interface FrameHeader {
  /** Bytes in front of the first block. */
  readonly length: number;
  readonly blockSize: number;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
}

function decodeHeader(
  frame: Uint8Array,
  view: DataView,
  expected: number,
): FrameHeader {
  if (view.getUint32(0, true) !== magic)
    throw new RangeError("no LZ4 frame starts here");
  const flag = view.getUint8(4);
  const has = (bit: number) => (flag & bit) !== 0;
  const blockSize = blockSizes.get((view.getUint8(5) >> 4) & 7);
  if (
    (flag & flags.versionMask) !== flags.version ||
    has(flags.reserved) ||
    has(flags.dictionary) ||
    blockSize === undefined
  )
    throw new RangeError("an LZ4 frame of a kind that is not known");
  const end = has(flags.contentSize) ? 14 : 6;
  if (has(flags.contentSize) && view.getBigUint64(6, true) !== BigInt(expected))
    throw new RangeError("the frame's content size is not the announced one");
  if (view.getUint8(end) !== headerChecksum(frame.subarray(4, end)))
    throw new RangeError("the frame header's checksum is wrong");
  return {
    length: end + 1,
    blockSize,
    blockChecksum: has(flags.blockChecksum),
    contentChecksum: has(flags.contentChecksum),
  };
}

/** Encodes `bytes` as one frame of independent blocks without checksums. */
export function encodeLz4Frame(bytes: Uint8Array): Uint8Array {
  const [code, blockSize] = [...blockSizes].find(
    ([code, size]) => size >= bytes.length || code === 7,
  ) as [number, number];
  const blocks = Math.ceil(bytes.length / blockSize);
  const frame = Buffer.allocUnsafe(
    11 + blocks * (4 + blockBound(Math.min(blockSize, bytes.length))),
  );
  frame.writeUInt32LE(magic, 0);
  frame[4] = flags.version | flags.independent;
  frame[5] = code << 4;
  frame[6] = headerChecksum(frame.subarray(4, 6));
  let to = 7;
  for (let at = 0; at < bytes.length; at += blockSize) {
    const content = bytes.subarray(at, at + blockSize);
    const size = encodeBlock(content, frame.subarray(to + 4));
    if (size < content.length) {
      frame.writeUInt32LE(size, to);
      to += 4 + size;
    } else {
      frame.writeUInt32LE(content.length + uncompressed, to);
      frame.set(content, to + 4);
      to += 4 + content.length;
    }
  }
  frame.writeUInt32LE(0, to);
  return frame.subarray(0, to + 4);
}

function headerChecksum(descriptor: Uint8Array): number {
  return (xxhash32(descriptor) >>> 8) & 0xff;
}

import { Failure } from "../failure.js";

/** `CompressionType` of Message.fbs. */
const codecs = ["LZ4_FRAME", "ZSTD"] as const;

/**
 * Where a decoder of compressed bodies goes. Each buffer of such a body starts with its uncompressed length
 * as a 64-bit integer (-1: the rest is not compressed), behind which comes one frame of the codec
 * (Message.fbs, BodyCompressionMethod.BUFFER).
 * @throws Failure(unsupported) always, as there is no decoder yet.
 */
export function refuseCompression(codec: number): never {
  throw new Failure(
    "unsupported",
    `the server compresses its record batches with ${codecs[codec] ?? `codec ${String(codec)}`}, which is not read yet; let it send them uncompressed`,
  );
}

import { Failure } from "../failure.js";
import { decodeMessage } from "./ipc-message.js";

/** A message of an IPC stream. */
export interface StreamMessage {
  /** A bare message, without the length before it. */
  readonly header: Uint8Array;
  /** All of its ArrayBuffer. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Bytes that are taken one piece after the other, each in memory of its own. */
export interface ByteSource {
  /** Undefined when the bytes have ended before it. @throws Failure(invalid_data) when they end in it */
  takeOrEnd(count: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  close(): Promise<void>;
}

/** Before a length; up to Arrow 0.15 there was none (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format). */
const continuation = 0xffff_ffff;

/** "ARRO" of "ARROW1" and two zeros, which an IPC file starts with; a stream follows. */
const fileMagic = 0x4f52_5241;

/** A header that is longer is no header: schemas of 100,000 columns have some 20 MB. */
const headerBytesMax = 2 ** 28;

/** A body that is longer is not waited for: a gRPC message could not hold it either. */
const bodyBytesMax = 2 ** 32 - 1;

/**
 * Reads the messages of an IPC stream, or of an IPC file, as its bytes come. Memory is that of one message.
 * @throws Failure(invalid_data) when the bytes end in a message or are none; of `chunks`.
 */
export function readMessages(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamMessage, void, undefined> {
  return takeMessages(new ByteQueue(chunks));
}

/** The same of any source, which it closes. */
export async function* takeMessages(
  bytes: ByteSource,
): AsyncGenerator<StreamMessage, void, undefined> {
  try {
    for (;;) {
      const length = await nextLength(bytes);
      if (length === 0) return;
      if (length > headerBytesMax)
        throw invalid("it is no Arrow stream, or its header is too long");
      const header = await take(bytes, length);
      const { bodyLength } = decodeMessage(header);
      if (bodyLength > bodyBytesMax) throw invalid("its body is too long");
      yield { header, body: await take(bytes, bodyLength) };
    }
  } finally {
    await bytes.close();
  }
}

/** Bytes of the next message's header; 0 when there is none. */
async function nextLength(bytes: ByteSource): Promise<number> {
  const first = await bytes.takeOrEnd(4);
  if (first === undefined) return 0;
  const marker = uint32(first);
  if (marker === continuation) return uint32(await take(bytes, 4));
  if (marker !== fileMagic) return marker;
  await take(bytes, 4);
  return nextLength(bytes);
}

async function take(
  bytes: ByteSource,
  count: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const taken = await bytes.takeOrEnd(count);
  if (taken === undefined) throw endsInMessage();
  return taken;
}

function uint32({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset).getUint32(0, true);
}

/** Chunks of any size, taken by length. */
class ByteQueue implements ByteSource {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #length = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]();
  }

  async takeOrEnd(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (await this.#gather(count)) return this.#join(count);
    if (this.#length === 0) return undefined;
    throw endsInMessage();
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #gather(count: number): Promise<boolean> {
    while (this.#length < count) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      this.#chunks.push(next.value);
      this.#length += next.value.byteLength;
    }
    return true;
  }

  /** Copies into memory of its own, so that it is aligned. */
  #join(count: number): Uint8Array<ArrayBuffer> {
    const joined = new Uint8Array(count);
    let at = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      if (at === count) break;
      const part = chunk.subarray(0, count - at);
      joined.set(part, at);
      at += part.byteLength;
      if (part.byteLength === chunk.byteLength) used++;
      else this.#chunks[used] = chunk.subarray(part.byteLength);
    }
    this.#chunks.splice(0, used);
    this.#length -= count;
    return joined;
  }
}

export function endsInMessage(): Failure {
  return invalid("it ends in the middle of a message");
}

function invalid(what: string): Failure {
  return new Failure("invalid_data", `malformed Arrow stream: ${what}`);
}

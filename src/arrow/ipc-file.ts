import { type FileHandle, open } from "node:fs/promises";
import { Failure } from "../failure.js";
import type { Batch } from "./batch.js";
import { encodeBatch } from "./encode-batch.js";
import { FlatBuilder, flatInt16, flatRef } from "./flatbuffer-builder.js";
import { MessageReader } from "./ipc.js";
import { decodeMessage, encapsulate } from "./ipc-message.js";
import { encodeSchema, schemaTable } from "./ipc-schema.js";
import { endOfStream } from "./ipc-stream.js";
import type { Schema } from "./schema.js";

/** What a file begins with, padded to 8 bytes, and ends with. */
const magic = Buffer.from("ARROW1");
const head = Buffer.concat([magic, Buffer.alloc(2)]);

/** `MetadataVersion.V5` of Schema.fbs. */
const version5 = 4;

/** Written `path` piece by piece in the IPC file format (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format). */
export class IpcFileWriter {
  readonly #file: FileHandle;
  readonly #schema: Schema;
  #position = 0;
  /** Position, length of the metadata and of the body of each batch: `Block` of File.fbs. */
  readonly #blocks: number[] = [];

  private constructor(file: FileHandle, schema: Schema) {
    this.#file = file;
    this.#schema = schema;
  }

  /** @param schema canonical; all batches have it. */
  static async begin(file: FileHandle, schema: Schema): Promise<IpcFileWriter> {
    const writer = new IpcFileWriter(file, schema);
    await writer.#write([head, encapsulate(encodeSchema(schema))]);
    return writer;
  }

  /** Nothing of the batch is kept. */
  async write(batch: Batch): Promise<void> {
    const { header, body, bodyLength } = encodeBatch(batch);
    const message = encapsulate(header);
    this.#blocks.push(this.#position, message.length, bodyLength);
    await this.#write([message, ...body]);
  }

  /** Writes what makes the file whole; closing it is the caller's. */
  async end(): Promise<void> {
    const footer = this.#footer();
    const length = Buffer.alloc(4);
    length.writeInt32LE(footer.length);
    await this.#write([endOfStream, footer, length, magic]);
  }

  #footer(): Uint8Array {
    const builder = new FlatBuilder(1024);
    const dictionaries = builder.int64s([], 3);
    const batches = builder.int64s(this.#blocks, 3);
    const schema = schemaTable(builder, this.#schema);
    return builder.finish(
      builder.table([
        flatInt16(version5),
        flatRef(schema),
        flatRef(dictionaries),
        flatRef(batches),
      ]),
    );
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    this.#position += bytes;
    // writev takes as many pieces as IOV_MAX, and may take less than all bytes.
    await this.#file.writeFile(Buffer.concat(pieces, bytes));
  }
}

/**
 * Batches of a file in the IPC file format, or of one that holds an IPC stream, in their order.
 * @throws Failure(not_found), Failure(invalid_data | unsupported | exhausted) for a damaged or unfinished file.
 */
export async function* readIpcFile(path: string): AsyncGenerator<Batch, void> {
  const file = await open(path, "r").catch((reason: unknown) => {
    throw inFile(new Failure("not_found", Failure.from(reason).message), path);
  });
  try {
    yield* batchesOf(await FileBytes.of(file));
  } catch (reason) {
    throw inFile(Failure.from(reason), path);
  } finally {
    await file.close();
  }
}

async function* batchesOf(bytes: FileBytes): AsyncGenerator<Batch, void> {
  const isFile = await bytes.isFramed();
  const reader = new MessageReader();
  let at = isFile ? head.length : 0;
  while (at < bytes.length) {
    const prefix = viewOf(await bytes.at(at, 8));
    // Before Arrow 0.15 there was no marker, and the stream ended with a length of 0.
    const isMarked = prefix.getUint32(0, true) === 0xffff_ffff;
    const length = prefix.getUint32(isMarked ? 4 : 0, true);
    if (length === 0) return;
    at += isMarked ? 8 : 4;
    const header = await bytes.at(at, length);
    const { bodyLength } = decodeMessage(header);
    const body = await bytes.at(at + length, bodyLength);
    at += length + bodyLength;
    await reader.prepare(header);
    const batch = reader.read(header, body, body.buffer);
    if (batch !== undefined) yield batch;
  }
}

/** A file that is read by positions, and never behind its end. */
class FileBytes {
  readonly #file: FileHandle;
  readonly length: number;

  private constructor(file: FileHandle, length: number) {
    this.#file = file;
    this.length = length;
  }

  static async of(file: FileHandle): Promise<FileBytes> {
    return new FileBytes(file, (await file.stat()).size);
  }

  /** Whether it is in the file format, of which the end tells whether it was finished. */
  async isFramed(): Promise<boolean> {
    const { length } = magic;
    const begins = magic.equals(await this.at(0, length));
    if (!begins) return false;
    if (magic.equals(await this.at(this.length - length, length))) return true;
    throw new Failure("invalid_data", "the Arrow file is not finished");
  }

  async at(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (position + length > this.length)
      throw new Failure(
        "invalid_data",
        `malformed Arrow file: it has ${String(this.length)} bytes, and something of ${String(length)} is to be at byte ${String(position)}`,
      );
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await this.#file.read(
        bytes,
        done,
        length - done,
        position + done,
      );
      if (bytesRead === 0)
        throw new Failure("invalid_data", "the Arrow file became shorter");
      done += bytesRead;
    }
    return bytes;
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

function inFile(failure: Failure, path: string): Failure {
  return new Failure(failure.code, `${failure.message} (Arrow file ${path})`, {
    cause: failure.cause ?? failure,
  });
}

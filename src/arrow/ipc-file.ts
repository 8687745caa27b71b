import { type FileHandle, open } from "node:fs/promises";
import { Failure } from "../failure.js";
import type { Batch } from "./batch.js";
import { encodeBatch } from "./encode-batch.js";
import { FlatBuilder, flatInt16, flatRef } from "./flatbuffer-builder.js";
import { MessageReader } from "./ipc.js";
import { type ByteSource, endsInMessage, takeMessages } from "./ipc-chunks.js";
import { encapsulate, version5 } from "./ipc-message.js";
import { encodeSchema, schemaTable } from "./ipc-schema.js";
import { endOfStream } from "./ipc-stream.js";
import type { Schema } from "./schema.js";

/** What a file begins with, padded to 8 bytes, and ends with. */
const magic = Buffer.from("ARROW1");
const head = Buffer.concat([magic, Buffer.alloc(2)]);

/** Writes a file batch by batch in the IPC file format (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format). */
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
    // Not writev, which takes only so many pieces, and may write less than all.
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
    yield* batchesOf(file);
  } catch (reason) {
    throw inFile(Failure.from(reason), path);
  } finally {
    await file.close();
  }
}

async function* batchesOf(file: FileHandle): AsyncGenerator<Batch, void> {
  const { size } = await file.stat();
  await checkEnd(file, size);
  const reader = new MessageReader();
  for await (const { header, body } of takeMessages(
    new FileBytes(file, size),
  )) {
    await reader.prepare(header);
    const batch = reader.read(header, body, body.buffer);
    if (batch !== undefined) yield batch;
  }
  if (reader.schema === undefined)
    throw new Failure("invalid_data", "the file holds no Arrow data");
}

/** A file in the file format tells by its end that it was finished; a stream has no such mark. */
async function checkEnd(file: FileHandle, size: number): Promise<void> {
  const { length } = magic;
  const begins = Buffer.alloc(length);
  await file.read(begins, 0, length, 0);
  if (!magic.equals(begins)) return;
  const ends = Buffer.alloc(length);
  await file.read(ends, 0, length, size - length);
  if (!magic.equals(ends))
    throw new Failure("invalid_data", "the Arrow file is not finished");
}

/** A file from its start, of which nothing is asked for behind its end. */
class FileBytes implements ByteSource {
  readonly #file: FileHandle;
  readonly #size: number;
  #at = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async takeOrEnd(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (count > 0 && this.#at === this.#size) return undefined;
    if (this.#at + count > this.#size) throw endsInMessage();
    const bytes = new Uint8Array(count);
    for (let done = 0; done < count;) {
      const { bytesRead } = await this.#file.read(
        bytes,
        done,
        count - done,
        this.#at + done,
      );
      if (bytesRead === 0) throw endsInMessage();
      done += bytesRead;
    }
    this.#at += count;
    return bytes;
  }

  /** Whoever opened the file closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

function inFile(failure: Failure, path: string): Failure {
  return new Failure(failure.code, `${failure.message} (Arrow file ${path})`, {
    cause: failure.cause ?? failure,
  });
}

import { type FileHandle, open, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

import type { Batch } from "../../arrow/batch.js";
import { IpcFileWriter } from "../../arrow/ipc-file.js";
import type { Schema } from "../../arrow/schema.js";
import { RowWriter, type RowWriterOptions } from "../../json/row-writer.js";
import type { RowFiles } from "../../message.js";
import { Channel } from "../../util/channel.js";

/** How rows of a file are written. */
export interface FileOptions {
  readonly format: RowFiles["format"];
  readonly compression: RowFiles["compression"];
  readonly nonFinite: RowWriterOptions["nonFinite"];
}

/** What a format makes of batches. */
interface FileBody {
  write(batch: Batch): Promise<void>;
  /** What makes the file whole. */
  end(): Promise<void>;
}

/** A file that rows are being written to. */
export class OpenFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #body: FileBody;
  rows = 0;
  /** Of the batches. */
  bytes = 0;

  private constructor(path: string, file: FileHandle, body: FileBody) {
    this.path = path;
    this.#file = file;
    this.#body = body;
  }

  /** A new file, for its owner only: it holds the rows of a table. */
  static async begin(
    path: string,
    schema: Schema,
    options: FileOptions,
  ): Promise<OpenFile> {
    const file = await open(path, "wx", 0o600);
    try {
      const body = await bodies[options.format](file, path, schema, options);
      return new OpenFile(path, file, body);
    } catch (error) {
      await remove(file, path);
      throw error;
    }
  }

  async write(batch: Batch): Promise<void> {
    await this.#body.write(batch);
    this.rows += batch.length;
    this.bytes += batch.byteLength;
  }

  async end(): Promise<void> {
    await this.#body.end();
    await this.#file.sync();
    await this.#file.close();
  }

  async abandon(): Promise<void> {
    await remove(this.#file, this.path);
  }
}

async function remove(file: FileHandle, path: string): Promise<void> {
  await file.close();
  await rm(path, { force: true });
}

const bodies: Readonly<
  Record<
    RowFiles["format"],
    (
      file: FileHandle,
      path: string,
      schema: Schema,
      options: FileOptions,
    ) => Promise<FileBody> | FileBody
  >
> = {
  arrow: (file, _path, schema) => IpcFileWriter.begin(file, schema),
  jsonl: (file, _path, schema, options) => new LinesBody(file, schema, options),
  parquet: (_file, path, schema, options) =>
    parquetBody(path, schema, options.compression),
};

const zip = promisify(gzip);
const noBytes = new Uint8Array();
const lineFeed = Buffer.from("\n");
/** So much text is written, and compressed as a member of its own, at once. */
const textBytes = 1_048_576;

/** A row a line, as a RECORD has it. */
class LinesBody implements FileBody {
  readonly #file: FileHandle;
  readonly #rows: RowWriter;
  readonly #isZipped: boolean;
  #text: Buffer[] = [];
  #length = 0;

  constructor(
    file: FileHandle,
    schema: Schema,
    { compression, nonFinite = "string" }: FileOptions,
  ) {
    this.#file = file;
    this.#rows = new RowWriter(schema, { nonFinite, naiveSuffix: "Z" });
    this.#isZipped = compression === "gzip";
  }

  async write(batch: Batch): Promise<void> {
    for (const block of this.#rows.write(batch, noBytes, lineFeed)) {
      // The block's memory is used again for the next one.
      this.#text.push(Buffer.from(block));
      this.#length += block.length;
      if (this.#length >= textBytes) await this.end();
    }
  }

  async end(): Promise<void> {
    const text = Buffer.concat(this.#text, this.#length);
    this.#text = [];
    this.#length = 0;
    // The least effort: the files are read once, on this machine.
    const level = constants.Z_BEST_SPEED;
    await this.#file.writeFile(
      this.#isZipped ? await zip(text, { level }) : text,
    );
  }
}

async function parquetBody(
  path: string,
  schema: Schema,
  codec: RowFiles["compression"],
): Promise<FileBody> {
  const { writeParquet } = await import("../../arrow/parquet.js");
  const batches = new Channel<Batch>(1);
  const written = writeParquet(schema, batches, path, {
    codec: codec === "gzip" ? "gzip" : "snappy",
  });
  // Told by whoever waits for it below.
  written.catch(() => undefined);
  return {
    write: async (batch) => {
      await Promise.race([batches.send(batch), written]);
    },
    end: async () => {
      batches.close();
      await written;
    },
  };
}

import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Batch, releaseBatch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import { sliceBatch } from "../../arrow/slice.js";
import type { SelectedStream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import type { Message, RowFiles } from "../../message.js";
import { type FileOptions, OpenFile } from "./open-file.js";

/** The setting `batch_config`, in the form of the Meltano SDK; see `engines/settings.ts`. */
export interface BatchConfig {
  readonly encoding: {
    readonly format: RowFiles["format"];
    readonly compression?: RowFiles["compression"] | null;
  };
  readonly storage: { readonly root?: string; readonly prefix: string };
  readonly batch_size: number;
  readonly batch_bytes_max: number;
}

/** What holds for every file of a run. */
interface RunOptions extends FileOptions {
  readonly folder: string;
  readonly prefix: string;
  /** A file is ended at so many rows, and at so many bytes of Arrow buffers. */
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/**
 * Puts rows into files, and tells of them where they are whole and on the disk: when one is full, and before
 * whatever else is said of its stream, so that a state never precedes its rows.
 */
export async function* batchFiles(
  messages: AsyncIterable<Message>,
  config: BatchConfig,
  nonFinite: FileOptions["nonFinite"],
): AsyncGenerator<Message> {
  const options = fileOptions(config, nonFinite);
  await mkdir(options.folder, { recursive: true });
  const streams = new Map<string, StreamFiles>();
  try {
    for await (const message of messages) {
      if (message.type === "batch") {
        yield* announced(streams, message.stream).add(message.batch);
        continue;
      }
      const files =
        "stream" in message ? streams.get(message.stream.id) : undefined;
      if (files !== undefined) yield* files.end();
      if (message.type === "schema")
        streams.set(
          message.stream.id,
          new StreamFiles(message.stream, message.schema, options),
        );
      yield message;
    }
  } finally {
    // Nobody was told of these.
    await Promise.all([...streams.values()].map((files) => files.abandon()));
  }
}

function announced(
  streams: ReadonlyMap<string, StreamFiles>,
  { id }: SelectedStream,
): StreamFiles {
  const files = streams.get(id);
  if (files !== undefined) return files;
  throw new Failure("internal", "a batch came before its schema", {
    stream: id,
  });
}

/** @throws Failure(unsupported | invalid_config) */
function fileOptions(
  { encoding, storage, batch_size, batch_bytes_max }: BatchConfig,
  nonFinite: FileOptions["nonFinite"],
): RunOptions {
  const { format } = encoding;
  const compression =
    encoding.compression ?? (format === "jsonl" ? "gzip" : "none");
  return {
    format,
    compression,
    folder: folderOf(storage.root),
    prefix: storage.prefix,
    rowsMax: batch_size,
    bytesMax: batch_bytes_max,
    nonFinite,
  };
}

function folderOf(root: string | undefined): string {
  if (root === undefined) return tmpdir();
  if (!root.startsWith("file:"))
    throw new Failure(
      "unsupported",
      `batch_config.storage.root: ${JSON.stringify(root)} is not written to; name a folder that the target sees too as file:///…`,
    );
  try {
    return fileURLToPath(root);
  } catch (error) {
    throw new Failure(
      "invalid_config",
      `batch_config.storage.root: ${Failure.from(error).message}`,
      { cause: error },
    );
  }
}

/** The files of one stream, one after the other. */
class StreamFiles {
  readonly #stream: SelectedStream;
  readonly #schema: Schema;
  readonly #options: RunOptions;
  /** What the names of the files have in common. */
  readonly #name: string;
  #count = 0;
  #open: OpenFile | undefined;

  constructor(stream: SelectedStream, schema: Schema, options: RunOptions) {
    this.#stream = stream;
    this.#schema = schema;
    this.#options = options;
    const id = stream.id.replace(/[^\w.-]/g, "_").slice(0, 100);
    this.#name = `${options.prefix}tap-flightsql--${id}-${randomUUID()}`;
  }

  /** Takes the batch's memory. */
  async *add(batch: Batch): AsyncGenerator<Message> {
    const { rowsMax, bytesMax, format } = this.#options;
    for (let row = 0; row < batch.length;) {
      this.#open ??= await this.#begin();
      const end = Math.min(row + rowsMax - this.#open.rows, batch.length);
      const isWhole = row === 0 && end === batch.length;
      await this.#open.write(isWhole ? batch : sliceBatch(batch, row, end));
      row = end;
      if (this.#open.rows >= rowsMax || this.#open.bytes >= bytesMax)
        yield* this.end();
    }
    // Batches of a Parquet file wait until they make a row group.
    if (format !== "parquet") releaseBatch(batch);
  }

  /** Tells of what was written since the last file. */
  async *end(): AsyncGenerator<Message> {
    const file = this.#open;
    if (file === undefined) return;
    await file.end();
    this.#open = undefined;
    const { format, compression } = this.#options;
    const files = { format, compression, paths: [file.path] };
    yield { type: "files", stream: this.#stream, files, rows: file.rows };
  }

  async abandon(): Promise<void> {
    await this.#open?.abandon();
  }

  #begin(): Promise<OpenFile> {
    this.#count += 1;
    const { format, compression, folder } = this.#options;
    const name = fileName[format](this.#name, this.#count, compression);
    return OpenFile.begin(join(folder, name), this.#schema, this.#options);
  }
}

/** Names as the Meltano SDK gives them (singer_sdk/helpers/_batch.py). */
const fileName: Readonly<
  Record<
    RowFiles["format"],
    (name: string, count: number, codec: RowFiles["compression"]) => string
  >
> = {
  jsonl: (name, count, compression) =>
    `${name}-${String(count)}.json${compression === "gzip" ? ".gz" : ""}`,
  parquet: (name, count, compression) =>
    `${name}=${String(count)}.parquet${compression === "gzip" ? ".gz" : ""}`,
  arrow: (name, count) => `${name}=${String(count)}.arrow`,
};

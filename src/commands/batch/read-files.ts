import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

import { type Batch, batchOf } from "../../arrow/batch.js";
import { countBits } from "../../arrow/bits.js";
import { haveSameTypes } from "../../arrow/same-types.js";
import type { Schema } from "../../arrow/schema.js";
import type { Vector } from "../../arrow/vector.js";
import { Failure } from "../../failure.js";
import { RowWriter } from "../../json/row-writer.js";
import type { FileRows, Input, RowFiles } from "../../message.js";

/**
 * Batches of a stream's files, one file after the other. Columns of the types that the stream declares are taken as
 * they are; a file with others is read as the JSON that its rows make, by the rules for lines.
 * @throws Failure(not_found), Failure(invalid_data | unsupported) naming the file
 */
export async function* readRowFiles(
  stream: string,
  { format, paths }: RowFiles,
  rows: FileRows,
): AsyncGenerator<Input> {
  for (const path of paths)
    switch (format) {
      case "jsonl":
        yield* readLines(path, rows);
        break;
      case "arrow": {
        const { readIpcFile } = await import("../../arrow/ipc-file.js");
        yield* readBatches(stream, path, readIpcFile(path), rows);
        break;
      }
      case "parquet": {
        const { readParquet } = await import("../../arrow/parquet.js");
        yield* readBatches(stream, path, readParquet(path), rows);
      }
    }
}

async function* readLines(path: string, rows: FileRows): AsyncGenerator<Input> {
  const isZipped = await isGzip(path).catch((reason: unknown) => {
    throw unreadable(reason, path);
  });
  const file = createReadStream(path, { highWaterMark: 262_144 });
  const text = isZipped
    ? // What goes wrong with one is thrown by the other.
      pipeline(file, createGunzip(), () => undefined)
    : file;
  const parse = rows.parse(path);
  const chunks = text[Symbol.asyncIterator]() as AsyncIterator<
    Buffer,
    undefined
  >;
  for (;;) {
    const { done, value } = await chunks.next().catch((reason: unknown) => {
      throw unreadable(reason, path);
    });
    if (done === true) break;
    if (value.length > 0) yield* parse(value);
  }
  yield* parse(end);
}

/**
 * The file itself tells: taps of the Meltano SDK (0.54) say "none" of files that they have compressed.
 * RFC 1952, 2.3.1 has the two bytes, with which no JSON begins.
 */
async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

const end = new Uint8Array();
const lineFeed = Buffer.from("\n");

function unreadable(reason: unknown, path: string): Failure {
  const { code, message } = Failure.from(reason);
  const isAbsent =
    reason instanceof Error && "code" in reason && reason.code === "ENOENT";
  const isDamaged =
    reason instanceof Error &&
    "code" in reason &&
    String(reason.code).startsWith("Z_");
  return new Failure(
    isAbsent ? "not_found" : isDamaged ? "invalid_data" : code,
    `${message} (file ${path})`,
    { cause: reason },
  );
}

async function* readBatches(
  stream: string,
  path: string,
  batches: AsyncIterable<Batch>,
  rows: FileRows,
): AsyncGenerator<Input> {
  let lines: Lines | undefined;
  for await (const batch of batches) {
    if (batch.length === 0) continue;
    // Lines may hold rows back, so that from the first one on the whole file goes that way.
    const fitting =
      lines === undefined ? fittingVectors(batch, rows.schema) : undefined;
    if (fitting === undefined) {
      lines ??= new Lines(batch.schema, rows.parse(path));
      yield* lines.take(batch);
      continue;
    }
    const { memory } = batch;
    const fitted = {
      ...batchOf(rows.schema, fitting, batch.length),
      ...(memory && { memory }),
    };
    yield { type: "batch", stream, batch: rows.complete(fitted) };
  }
  if (lines !== undefined) yield* lines.end();
}

/** Rows of one schema on their way through JSON. */
class Lines {
  readonly #writer: RowWriter;
  readonly #parse: (chunk: Uint8Array) => Iterable<Input>;

  constructor(schema: Schema, parse: (chunk: Uint8Array) => Iterable<Input>) {
    this.#writer = new RowWriter(schema, {
      nonFinite: "string",
      naiveSuffix: "Z",
    });
    this.#parse = parse;
  }

  *take(batch: Batch): Iterable<Input> {
    for (const chunk of this.#writer.write(batch, end, lineFeed))
      yield* this.#parse(chunk);
  }

  end(): Iterable<Input> {
    return this.#parse(end);
  }
}

/** The columns in the order of the schema; undefined where one is missing, of another type, or NULL against it. */
function fittingVectors(
  { schema, vectors }: Batch,
  wanted: Schema,
): readonly Vector[] | undefined {
  const fitting: Vector[] = [];
  for (const column of wanted.fields) {
    const index = schema.fields.findIndex(({ name }) => name === column.name);
    const [found, vector] = [schema.fields[index], vectors[index]];
    if (found === undefined || vector === undefined) return undefined;
    if (!haveSameTypes({ fields: [found] }, { fields: [column] }))
      return undefined;
    if (!column.nullable && hasNulls(vector)) return undefined;
    fitting.push(vector);
  }
  return fitting;
}

function hasNulls({ layout, validity, length }: Vector): boolean {
  if (layout === "null") return length > 0;
  return validity !== undefined && countBits(validity, length) < length;
}

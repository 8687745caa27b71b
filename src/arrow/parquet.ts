import { openAsBlob } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import {
  Compression,
  ParquetFile,
  type RecordBatch,
  Table,
  type WriterProperties,
  WriterPropertiesBuilder,
  transformParquetStream,
  writeParquet as writeTable,
} from "parquet-wasm";
import { Failure, type FailureCode } from "../failure.js";
import type { Batch } from "./batch.js";
import { childFields } from "./canonical.js";
import { concatBatches } from "./concat.js";
import { decodeStream, encodeStream } from "./ipc-stream.js";
import type { Field, Schema } from "./schema.js";

export interface ParquetWriteOptions {
  /** Rows of a row group. Batches are joined until half of them are there. @default 131_072 */
  readonly rowGroupRows?: number;
  /** Of the pages inside the file. @default "snappy" */
  readonly codec?: "snappy" | "gzip";
}

export interface ParquetReadOptions {
  /** Rows of a batch at most. @default 8_192 */
  readonly batchRows?: number;
}

/** Bytes at which batches are no longer joined, however few their rows are. */
const joinedBytesMax = 64 * 2 ** 20;

/**
 * Writes batches, all of one canonical schema, into a Parquet file. A file that is
 * there is replaced; when writing fails, none is left. Memory is that of about two row groups.
 * @returns rows written.
 * @throws Failure(unsupported) for types that the Parquet library cannot write.
 */
export async function writeParquet(
  schema: Schema,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  path: string,
  { rowGroupRows = 131_072, codec = "snappy" }: ParquetWriteOptions = {},
): Promise<number> {
  for (const field of schema.fields) checkWritable(field);
  const file = await open(path, "w").catch((reason: unknown) => {
    throw parquetFailure("internal", reason, path);
  });
  try {
    const properties = new WriterPropertiesBuilder()
      .setCompression(codec === "gzip" ? Compression.GZIP : Compression.SNAPPY)
      .setMaxRowGroupSize(rowGroupRows)
      .build();
    const joined = joinBatches(batches, rowGroupRows / 2);
    const first = await joined.next();
    let rows = 0;
    if (first.done === true) {
      const table = Table.fromIPCStream(encodeStream(schema, []));
      await file.writeFile(writeTable(table, properties));
    } else {
      rows = await writeStream(file, schema, first.value, joined, properties);
    }
    await file.close();
    return rows;
  } catch (reason) {
    await file.close();
    await rm(path, { force: true });
    throw parquetFailure("internal", reason, path);
  }
}

/**
 * Batches of a Parquet file, row group by row group.
 * @throws Failure(invalid_data) when it is no Parquet file or a damaged one.
 */
export async function* readParquet(
  path: string,
  { batchRows = 8_192 }: ParquetReadOptions = {},
): AsyncGenerator<Batch, void> {
  const file = await openFile(path);
  try {
    const stream = (await file.stream({
      batchSize: batchRows,
    })) as ReadableStream<RecordBatch>;
    // This also frees the record batch.
    for await (const part of stream) {
      yield* decodeStream(part.intoIPCStream()).batches;
    }
  } catch (reason) {
    throw parquetFailure("invalid_data", reason, path);
  } finally {
    file.free();
  }
}

async function openFile(path: string): Promise<ParquetFile> {
  let blob: Blob;
  try {
    blob = await openAsBlob(path);
  } catch (reason) {
    throw parquetFailure("not_found", reason, path);
  }
  try {
    return await ParquetFile.fromFile(blob);
  } catch (reason) {
    throw parquetFailure("invalid_data", reason, path);
  }
}

/** Writes the batches as the Parquet library asks for them. */
async function writeStream(
  file: FileHandle,
  schema: Schema,
  first: Batch,
  others: AsyncIterator<Batch, void>,
  properties: WriterProperties,
): Promise<number> {
  let next: Batch | undefined = first;
  let rows = 0;
  const failures: unknown[] = [];
  const batches = new ReadableStream<RecordBatch>(
    {
      pull: async (controller) => {
        try {
          next ??= (await others.next()).value ?? undefined;
        } catch (reason) {
          // An error inside would end the WebAssembly instance for good: the file is given up afterwards.
          failures.push(reason);
        }
        if (next === undefined) {
          controller.close();
          return;
        }
        rows += next.length;
        const table = Table.fromIPCStream(encodeStream(schema, [next]));
        next = undefined;
        for (const part of table.recordBatches()) controller.enqueue(part);
        table.free();
      },
    },
    { highWaterMark: 0 },
  );
  const bytes = (await transformParquetStream(
    batches,
    properties,
  )) as ReadableStream<Uint8Array>;
  for await (const chunk of bytes) await file.writeFile(chunk);
  if (failures.length > 0) throw Failure.from(failures[0]);
  return rows;
}

/** Joins batches until they have `rowsMin` rows. */
async function* joinBatches(
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  rowsMin: number,
): AsyncGenerator<Batch, void> {
  let waiting: Batch[] = [];
  let rows = 0;
  let bytes = 0;
  for await (const batch of batches) {
    waiting.push(batch);
    rows += batch.length;
    bytes += batch.byteLength;
    if (rows < rowsMin && bytes < joinedBytesMax) continue;
    yield* joinAll(waiting);
    waiting = [];
    rows = 0;
    bytes = 0;
  }
  yield* joinAll(waiting);
}

function joinAll([first, ...others]: readonly Batch[]): readonly Batch[] {
  return first === undefined ? [] : [concatBatches([first, ...others])];
}

/**
 * What parquet-wasm 0.8.0 cannot write ends its instance with an unreachable instruction, so it is refused
 * before.
 */
function checkWritable({ name, type }: Field): void {
  const isBad =
    type.type === "union" ||
    (type.type === "struct" && type.fields.length === 0) ||
    (type.type === "interval" && type.unit === "month_day_nano");
  if (isBad) {
    throw new Failure(
      "unsupported",
      `column ${JSON.stringify(name)}: Parquet cannot hold the type ${type.type}`,
    );
  }
  for (const child of childFields(type)) checkWritable(child);
}

function parquetFailure(
  code: FailureCode,
  reason: unknown,
  path: string,
): Failure {
  if (reason instanceof Failure) return reason;
  const text = reason instanceof Error ? reason.message : String(reason);
  return new Failure(code, `${text} (Parquet file ${path})`, {
    cause: reason,
  });
}

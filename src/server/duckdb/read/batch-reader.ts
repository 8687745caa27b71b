import type { DataChunk, LogicalType, Result } from "@duckdb/node-bindings";
import { batchOf, memoryOf } from "../../../arrow/batch.js";
import type { Batch } from "../../../arrow/batch.js";
import { joinedBatch } from "../../../arrow/concat.js";
import type { Schema } from "../../../arrow/schema.js";
import { Failure } from "../../../failure.js";
import { arrowType } from "../arrow-type.js";
import type { DuckDB } from "../binding.js";
import { sqlMetadata, typeFacts } from "../column-metadata.js";
import { describeType } from "../column-type.js";
import { columnReader } from "./column-reader.js";
import type { BatchSize } from "./batch-size.js";
import type { ColumnReader } from "./source.js";

const defaultRows = 8192;
const defaultBytes = 1 << 21;

/** While a chunk of more bytes is converted no other is computed. */
const aheadBytesMax = 1 << 21;

/** Name and type handle per column. */
export interface Column {
  readonly name: string;
  readonly type: LogicalType;
}

/** Columns of a result. */
export function resultColumns(duckdb: DuckDB, result: Result): Column[] {
  return Array.from({ length: duckdb.column_count(result) }, (_, i) => ({
    name: duckdb.column_name(result, i),
    type: duckdb.column_logical_type(result, i),
  }));
}

/**
 * Columns with what their DuckDB types tell; of which tables they are DuckDB does not say.
 * @throws Failure(unsupported) naming the first column whose type has no Arrow form.
 */
export function schemaOf(duckdb: DuckDB, columns: readonly Column[]): Schema {
  return {
    fields: columns.map(({ name, type }) => {
      const described = describeType(duckdb, type, columnLabel(name));
      return {
        name,
        type: arrowType(described),
        nullable: true,
        metadata: sqlMetadata(typeFacts(described)),
      };
    }),
  };
}

export function columnLabel(name: string): string {
  return `column "${name}"`;
}

/** Computes the next chunk of a result; null or an empty one ends it. */
export type Fetch = () => Promise<DataChunk | null>;

/**
 * The rows of a result as batches of their own memory. The next chunk is computed while a small one is
 * converted. A large one is the only one that is held, and only until its last row is converted: a chunk has
 * 2,048 rows, which may be of any size.
 * @throws Failure(unsupported | invalid_data), and DuckDB's own errors as they come.
 */
export async function* readBatches(
  duckdb: DuckDB,
  result: Result,
  size: BatchSize = {},
  fetch: Fetch = () => duckdb.fetch_chunk(result),
): AsyncGenerator<Batch, void, undefined> {
  const rowsMax = size.rows ?? defaultRows;
  const bytesMax = size.bytes ?? defaultBytes;
  const reader = new ChunkReader(duckdb, resultColumns(duckdb, result));
  const pending = new Pending();
  let next: Promise<DataChunk | null> | undefined = fetch();
  try {
    for (;;) {
      const chunk: DataChunk | null = await (next ?? fetch());
      next = undefined;
      const count = chunk === null ? 0 : duckdb.data_chunk_get_size(chunk);
      if (chunk === null || count === 0) break;
      const opened = reader.open(chunk, 0, count);
      if (opened.bytes <= aheadBytesMax) next = fetch();
      for (const part of reader.read(opened, rowsMax, bytesMax)) {
        const { rows, bytes } = pending;
        if (rows + part.length > rowsMax || bytes + part.byteLength > bytesMax)
          if (rows > 0) yield pending.take();
        pending.add(part);
      }
      // Strings and lists are freed at once, the rest when the chunk is collected.
      duckdb.data_chunk_reset(chunk);
      weigh(opened.bytes);
      if (pending.rows >= rowsMax || pending.bytes >= bytesMax)
        yield pending.take();
    }
    if (pending.rows > 0) yield pending.take();
  } finally {
    // A fetch that nobody waits for must end before the result may go, and its error is not news any more.
    await next?.catch(() => undefined);
  }
}

/**
 * A chunk keeps memory until it is collected, and V8, which does not know of it, would let hundreds of them wait. So V8
 * gets as many bytes of garbage that it does know of; nobody touches them, so they cost nothing.
 */
function weigh(bytes: number): void {
  Buffer.allocUnsafeSlow(bytes);
}

/** Rows that wait for more to become a batch with. */
class Pending {
  #parts: Batch[] = [];
  rows = 0;
  bytes = 0;

  add(part: Batch): void {
    this.#parts.push(part);
    this.rows += part.length;
    this.bytes += part.byteLength;
  }

  take(): Batch {
    const [first, ...others] = this.#parts;
    if (first === undefined) throw new Failure("internal", "no rows wait");
    this.#parts = [];
    this.rows = 0;
    this.bytes = 0;
    return joinedBatch([first, ...others]);
  }
}

/** Rows of a chunk, measured and not copied yet. */
interface OpenRows {
  readonly chunk: DataChunk;
  readonly start: number;
  readonly end: number;
  readonly columns: readonly ReturnType<ColumnReader["open"]>[];
  readonly bytes: number;
}

/** Converts chunks of one result. */
class ChunkReader {
  readonly #duckdb: DuckDB;
  readonly #schema: Schema;
  readonly #readers: readonly ColumnReader[];

  constructor(duckdb: DuckDB, columns: readonly Column[]) {
    this.#duckdb = duckdb;
    this.#schema = schemaOf(duckdb, columns);
    this.#readers = columns.map(({ name, type }) =>
      columnReader(
        duckdb,
        describeType(duckdb, type, columnLabel(name)),
        columnLabel(name),
      ),
    );
  }

  /** Rows `start` to `end` of a chunk. */
  open(chunk: DataChunk, start: number, end: number): OpenRows {
    const columns = this.#readers.map((reader, i) =>
      reader.open({
        pieces: [
          {
            vector: this.#duckdb.data_chunk_get_vector(chunk, i),
            start,
            end,
          },
        ],
        length: end - start,
        mask: undefined,
      }),
    );
    const bytes = columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return { chunk, start, end, columns, bytes };
  }

  /** The rows as one batch, or as several when it would be too large. */
  *read(
    { chunk, start, end, columns, bytes }: OpenRows,
    rowsMax: number,
    bytesMax: number,
  ): Generator<Batch> {
    const length = end - start;
    if (length > 1 && (bytes > bytesMax || length > rowsMax)) {
      // Even halves keep the second one at a whole byte of the bitmaps.
      const middle = start + (length >> 1);
      yield* this.read(this.open(chunk, start, middle), rowsMax, bytesMax);
      yield* this.read(this.open(chunk, middle, end), rowsMax, bytesMax);
    } else {
      const vectors = columns.map((column) => column.read());
      const batch = batchOf(this.#schema, vectors, length);
      yield { ...batch, memory: memoryOf(vectors) };
    }
  }
}

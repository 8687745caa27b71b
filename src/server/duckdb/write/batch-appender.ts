import type { Appender, DataChunk } from "@duckdb/node-bindings";
import type { Batch } from "../../../arrow/batch.js";
import type { Vector } from "../../../arrow/vector.js";
import type { DuckDB } from "../binding.js";
import { typeHandle } from "../column-type.js";
import { rowsOf } from "./rows.js";
import type { ColumnWriter } from "./rows.js";

/** Where an appender adds rows. Without a catalog or schema DuckDB takes the connection's. */
export interface TablePath {
  readonly catalog: string | undefined;
  readonly schema: string | undefined;
  readonly table: string;
}

/**
 * Appended rows wait in the appender until it is flushed, which blocks the event loop: about 10 ms for so
 * many bytes.
 */
const flushBytes = 8 << 20;

/** A column of the table: which of a batch's vectors it takes, and how they are written. */
export interface AppendedColumn {
  readonly source: number;
  readonly writer: ColumnWriter;
}

/**
 * Copies batches into a table, a DuckDB chunk of 2,048 rows at a time. The columns must have the table's types,
 * in the table's order. Nothing is committed here.
 */
export class BatchAppender {
  readonly #duckdb: DuckDB;
  readonly #columns: readonly AppendedColumn[];
  readonly #appender: Appender;
  readonly #chunk: DataChunk;
  #waiting = 0;

  constructor(
    duckdb: DuckDB,
    appender: Appender,
    columns: readonly AppendedColumn[],
  ) {
    this.#duckdb = duckdb;
    this.#columns = columns;
    this.#appender = appender;
    this.#chunk = duckdb.create_data_chunk(
      columns.map(({ writer }) => typeHandle(duckdb, writer.type)),
    );
  }

  /** @throws Failure(invalid_data) for values that do not fit; DuckDB's own errors as they come. */
  append(batch: Batch): void {
    const duckdb = this.#duckdb;
    const size = duckdb.vector_size();
    for (let start = 0; start < batch.length; start += size) {
      const count = Math.min(size, batch.length - start);
      duckdb.data_chunk_reset(this.#chunk);
      this.#columns.forEach(({ source, writer }, i) => {
        const vector = batch.vectors[source] as Vector;
        const target = duckdb.data_chunk_get_vector(this.#chunk, i);
        writer.write(target, rowsOf(vector, start, count));
      });
      duckdb.data_chunk_set_size(this.#chunk, count);
      duckdb.append_data_chunk(this.#appender, this.#chunk);
    }
    this.#waiting += batch.byteLength;
    if (this.#waiting < flushBytes) return;
    duckdb.appender_flush_sync(this.#appender);
    this.#waiting = 0;
  }

  /** Hands the rest to DuckDB; checks of keys and NOT NULL happen here at the latest. */
  close(): void {
    try {
      this.#duckdb.appender_close_sync(this.#appender);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /**
   * Forgets what was not flushed. Without this the rows would be flushed again when the appender is collected,
   * into whatever the connection does by then.
   */
  abort(): void {
    this.#duckdb.appender_clear(this.#appender);
    this.#duckdb.appender_close_sync(this.#appender);
  }
}

import { batchOf, type Batch } from "../arrow/batch.js";
import { rowsEqualTo } from "../arrow/equal-rows.js";
import { RowHash } from "../arrow/row-hash.js";
import type { Schema } from "../arrow/schema.js";
import { takeRows } from "../arrow/take.js";
import type { Vector } from "../arrow/vector.js";
import type { Plan } from "../engine.js";
import { valueRow } from "../json/value-row.js";
import type { StreamState } from "../state.js";

/** Rows that a state tells apart; of more it says `inclusive`, and all of them are read again. */
export const boundaryRowsMax = 10_000;

/**
 * Reads along a cursor so that no row is sent twice: a run reads the rows at the last value of the run before again,
 * since more of them may have come, and leaves out those that the state says were sent as they are.
 */
export class CursorReader {
  readonly #state: StreamState;
  readonly #column: number;
  readonly #hash: RowHash;
  readonly #upper: Vector | undefined;
  readonly #lower: Vector | undefined;
  /** Hash → rows of it that were sent and did not come yet. */
  readonly #sent = new Map<string, number>();
  #found: string[] | undefined = [];

  /** Undefined when there is nothing to tell apart. */
  static for(plan: Plan): CursorReader | undefined {
    const { state, schema } = plan;
    if (state === undefined) return undefined;
    const column = schema.fields.findIndex(
      ({ name }) => name === state.cursorField,
    );
    return column < 0
      ? undefined
      : new CursorReader(plan.since, state, schema, column);
  }

  private constructor(
    since: StreamState | undefined,
    state: StreamState,
    schema: Schema,
    column: number,
  ) {
    this.#state = state;
    this.#column = column;
    this.#hash = new RowHash(schema);
    const value = (text: string) => {
      const type = schema.fields[column]?.type;
      return type && valueRow(type, text);
    };
    this.#upper = value(state.cursor);
    if (since === undefined || typeof since.boundary !== "object") return;
    this.#lower =
      since.cursor === state.cursor ? this.#upper : value(since.cursor);
    for (const hash of since.boundary)
      this.#sent.set(hash, (this.#sent.get(hash) ?? 0) + 1);
  }

  /** The batch without the rows that were sent before. */
  take(batch: Batch): Batch {
    const cursors = batch.vectors[this.#column];
    if (cursors === undefined) return batch;
    if (this.#upper !== undefined && this.#found !== undefined)
      this.#find(batch, rowsEqualTo(cursors, this.#upper));
    if (this.#lower === undefined || this.#sent.size === 0) return batch;
    const again = new Set(
      rowsEqualTo(cursors, this.#lower).filter((row) =>
        this.#wasSent(this.#hash.of(batch, row)),
      ),
    );
    return again.size === 0 ? batch : without(batch, again);
  }

  /** The plan's state, with what was read of its last value. */
  end(): StreamState {
    return { ...this.#state, boundary: this.#found?.sort() ?? "inclusive" };
  }

  #find(batch: Batch, rows: readonly number[]): void {
    if (this.#found === undefined) return;
    if (this.#found.length + rows.length > boundaryRowsMax)
      this.#found = undefined;
    else this.#found.push(...rows.map((row) => this.#hash.of(batch, row)));
  }

  #wasSent(hash: string): boolean {
    const times = this.#sent.get(hash);
    if (times === undefined) return false;
    if (times === 1) this.#sent.delete(hash);
    else this.#sent.set(hash, times - 1);
    return true;
  }
}

function without(batch: Batch, dropped: ReadonlySet<number>): Batch {
  const rows = Int32Array.from(
    Array.from({ length: batch.length }, (_, row) => row).filter(
      (row) => !dropped.has(row),
    ),
  );
  const vectors = batch.vectors.map((vector) => takeRows(vector, rows));
  return batchOf(batch.schema, vectors, rows.length);
}

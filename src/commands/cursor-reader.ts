import { batchOf, type Batch } from "../arrow/batch.js";
import { rowsEqualTo } from "../arrow/equal-rows.js";
import { RowHash } from "../arrow/row-hash.js";
import type { Schema } from "../arrow/schema.js";
import { takeRows } from "../arrow/take.js";
import type { Vector } from "../arrow/vector.js";
import type { Plan } from "../engine.js";
import { textAt } from "../json/text-at.js";
import { valueRow } from "../json/value-row.js";
import type { StreamState } from "../state.js";
import { CursorTrail, type ValueRun } from "./cursor-trail.js";

/** Rows that a state tells apart; of more it says `inclusive`, and all of them are read again. */
export const boundaryRowsMax = 10_000;

/** Settings `boundary`; see `engines/settings.ts`. */
export type Boundary = "dedupe" | "inclusive" | "exclusive";

/** The state that is true in the middle of a stream, worked out when it is asked for. */
export type Position = () => StreamState;

/**
 * Reads along a cursor so that no row is sent twice: a run reads the rows at the last value of the run before again,
 * since more of them may have come, and leaves out those that the state says were sent as they are. Where rows come in
 * order, it knows on the way what was read whole.
 */
export class CursorReader {
  readonly #end: StreamState;
  readonly #column: number;
  /** Undefined when rows are not told apart. */
  readonly #hash: RowHash | undefined;
  readonly #upper: Vector | undefined;
  readonly #lower: Vector | undefined;
  /** Hash → rows of it that were sent and did not come yet. */
  readonly #sent = new Map<string, number>();
  #found: string[] | undefined = [];
  readonly #trail: CursorTrail | undefined;
  #told: { readonly run: ValueRun; readonly position: Position } | undefined;

  /** Undefined when the stream has no position. */
  static for(plan: Plan, boundary: Boundary): CursorReader | undefined {
    const { state, schema } = plan;
    if (state === undefined) return undefined;
    const column = schema.fields.findIndex(
      ({ name }) => name === state.cursorField,
    );
    return column < 0
      ? undefined
      : new CursorReader(plan, boundary, state, column);
  }

  private constructor(
    { schema, since, ordered }: Plan,
    boundary: Boundary,
    state: StreamState,
    column: number,
  ) {
    this.#end = state;
    this.#column = column;
    if (ordered === true)
      this.#trail = new CursorTrail(
        column,
        boundary === "dedupe" ? boundaryRowsMax : 0,
      );
    if (boundary !== "dedupe") return;
    this.#hash = new RowHash(schema);
    this.#upper = valueOf(schema, column, state.cursor);
    if (since === undefined || typeof since.boundary !== "object") return;
    this.#lower = valueOf(schema, column, since.cursor);
    for (const hash of since.boundary)
      this.#sent.set(hash, (this.#sent.get(hash) ?? 0) + 1);
  }

  /** The batch without the rows that were sent before. */
  take(batch: Batch): Batch {
    const cursors = batch.vectors[this.#column];
    if (cursors === undefined || batch.length === 0) return batch;
    this.#trail?.add(batch);
    const hash = this.#hash;
    if (hash === undefined) return batch;
    if (this.#upper !== undefined && this.#found !== undefined)
      this.#find(hash, batch, rowsEqualTo(cursors, this.#upper));
    if (this.#lower === undefined || this.#sent.size === 0) return batch;
    const again = new Set(
      rowsEqualTo(cursors, this.#lower).filter((row) =>
        this.#wasSent(hash.of(batch, row)),
      ),
    );
    return again.size === 0 ? batch : without(batch, again);
  }

  /**
   * What is true once all batches that were taken are sent; the same function as long as it tells the same. Undefined
   * when nothing is known yet, or rows do not come in order.
   */
  get position(): Position | undefined {
    const run = this.#trail?.complete;
    if (run === undefined) return undefined;
    if (this.#told?.run !== run)
      this.#told = { run, position: () => this.#stateAt(run) };
    return this.#told.position;
  }

  /** What is true when the stream was read whole. */
  end(): StreamState {
    if (this.#hash === undefined) return this.#end;
    return { ...this.#end, boundary: this.#found?.sort() ?? "inclusive" };
  }

  #stateAt(run: ValueRun): StreamState {
    const cursor = textAt(run.cursor, 0) ?? "";
    const state = { cursorField: this.#end.cursorField, cursor };
    const hash = this.#hash;
    if (hash === undefined) return state;
    const hashes = run.rows?.flatMap((rows) =>
      Array.from({ length: rows.length }, (_, row) => hash.of(rows, row)),
    );
    return { ...state, boundary: hashes?.sort() ?? "inclusive" };
  }

  #find(hash: RowHash, batch: Batch, rows: readonly number[]): void {
    if (this.#found === undefined) return;
    if (this.#found.length + rows.length > boundaryRowsMax)
      this.#found = undefined;
    else this.#found.push(...rows.map((row) => hash.of(batch, row)));
  }

  #wasSent(hash: string): boolean {
    const times = this.#sent.get(hash);
    if (times === undefined) return false;
    if (times === 1) this.#sent.delete(hash);
    else this.#sent.set(hash, times - 1);
    return true;
  }
}

function valueOf(
  { fields }: Schema,
  column: number,
  text: string,
): Vector | undefined {
  const type = fields[column]?.type;
  return type && valueRow(type, text);
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

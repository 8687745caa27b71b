import { batchOf, type Batch } from "../arrow/batch.js";
import type { Field } from "../arrow/schema.js";
import type { Vector } from "../arrow/vector.js";
import type { TargetStream } from "../catalog.js";
import type { OlderRows } from "../engine.js";
import { Failure } from "../failure.js";
import { RowParser } from "../json/row-parser.js";
import type {
  FileRows,
  Input,
  InputState,
  InvalidLine,
  RowFiles,
} from "../message.js";

/** Limits of a batch. */
export interface BatchLimits {
  readonly batchRows: number;
  readonly batchBytes: number;
}

/** Columns that come from what stands around the rows. */
export interface EnvelopeColumns {
  readonly fields: readonly Field[];
  /**
   * So many rows more, with the same around each.
   * @throws Failure when it cannot be read; then nothing is added.
   */
  addRows(count: number, prefix: Uint8Array, tail: Uint8Array): void;
  /** The values of all rows since the last call, a vector per field. */
  take(): readonly Vector[];
}

/** Rows of one stream on their way into a batch. */
export class StreamRows {
  target: TargetStream;
  parser: RowParser;
  envelopes: EnvelopeColumns | undefined;
  /** Rows parsed so far, those of earlier schemas included. */
  total = 0;
  /** How many of them were given out in batches. */
  given = 0;
  /** Number over all streams of the first row that was not given out. */
  first = 0;
  /** `total` at the last state of this stream. */
  stateTotal = 0;
  /** Lines that were set aside since then. */
  rejected = 0;

  constructor(
    target: TargetStream,
    limits: BatchLimits,
    envelopes: EnvelopeColumns | undefined,
  ) {
    this.target = withColumns(target, envelopes);
    this.parser = rowParser(target, limits);
    this.envelopes = envelopes;
  }

  /** The batch of all rows inside. */
  take(): Batch | undefined {
    const batch = this.parser.take();
    if (batch === undefined || this.envelopes === undefined) return batch;
    const vectors = [...batch.vectors, ...this.envelopes.take()];
    const { schema } = this.target;
    return { ...batch, ...batchOf(schema, vectors, batch.length) };
  }
}

function withColumns(
  target: TargetStream,
  envelopes: EnvelopeColumns | undefined,
): TargetStream {
  if (envelopes === undefined) return target;
  const fields = [...target.schema.fields, ...envelopes.fields];
  return { ...target, schema: { ...target.schema, fields } };
}

/** A row without its key could be neither merged nor found again. */
function rowParser(
  { schema, primaryKey, required = [] }: TargetStream,
  limits: BatchLimits,
): RowParser {
  const all = [...primaryKey, ...required];
  return new RowParser(schema, { ...limits, required: all });
}

/** A state or status that waits for rows; of one stream, or of all. */
interface Held {
  readonly input:
    | Extract<Input, { readonly type: "state" }>
    | Extract<Input, { readonly type: "stream_status" }>;
  readonly stream: string | undefined;
  /** Rows before it: of the stream, or of all. */
  readonly rows: number;
  /** Rows of all streams before it, or before the first one that it stands for. */
  readonly since: number;
}

/** A state waits in here while the input brings at most so many rows of whatever stream. */
const heldRowsMax = 65_536;

/**
 * Rows, states and statuses between the lines they came on and the inputs they become. It keeps the
 * contract of `Input`: a state comes out behind every row that stood before it, though batches are
 * never cut for its sake. Statuses come out the same way, and not at all when a row of their stream follows.
 */
export class PendingInputs {
  readonly #limits: BatchLimits;
  /** Whether only the newest of several states that become free together comes out. */
  readonly #newestOnly: boolean;
  readonly #streams = new Map<string, StreamRows>();
  /** Streams with rows inside, in the order of their first one. */
  readonly #partial = new Set<StreamRows>();
  #held: Held[] = [];
  #out: Input[] = [];
  /** Rows of all streams so far. */
  #sequence = 0;
  /** `#sequence` at the last state that covers all streams. */
  #stateSequence = 0;

  constructor(limits: BatchLimits, newestOnly: boolean) {
    this.#limits = limits;
    this.#newestOnly = newestOnly;
  }

  stream(id: string): StreamRows | undefined {
    return this.#streams.get(id);
  }

  get streams(): Iterable<StreamRows> {
    return this.#streams.values();
  }

  /** Whether something can be taken. */
  get isReady(): boolean {
    return this.#out.length > 0;
  }

  /** Whether a state waits for rows that do not fill a batch yet. */
  get holdsState(): boolean {
    return this.#held.some(({ input }) => input.type === "state");
  }

  /** What became ready. */
  take(): readonly Input[] {
    if (this.#out.length === 0) return [];
    const ready = this.#out;
    this.#out = [];
    return ready;
  }

  /** A stream's first schema, or a new one: rows of the old one come out before it. */
  declare(target: TargetStream, envelopes?: EnvelopeColumns): StreamRows {
    let stream = this.#streams.get(target.id);
    if (stream === undefined) {
      stream = new StreamRows(target, this.#limits, envelopes);
      this.#streams.set(target.id, stream);
    } else {
      this.giveOut(stream);
      stream.target = withColumns(target, envelopes);
      stream.parser = rowParser(target, this.#limits);
      stream.envelopes = envelopes;
    }
    this.#out.push({ type: "schema", stream: stream.target });
    return stream;
  }

  /** Rows went into the stream's parser, one behind the other. */
  addRows(stream: StreamRows, count: number): void {
    if (stream.total === stream.given) {
      stream.first = this.#sequence + 1;
      this.#partial.add(stream);
    }
    this.#sequence += count;
    stream.total += count;
    if (stream.parser.full) {
      this.giveOut(stream);
      this.#giveOutOverdue();
    }
  }

  /** Rows in files, behind those that came in lines. How many there are is not known: they count as one. */
  addFiles(stream: StreamRows, files: RowFiles, rows: FileRows): void {
    this.giveOut(stream);
    this.#sequence += 1;
    stream.total += 1;
    stream.given = stream.total;
    this.#out.push({ type: "files", stream: stream.target.id, files, rows });
  }

  /** A state of one stream, or of all. */
  addState(stream: StreamRows | undefined, json: string): void {
    const rows = stream === undefined ? this.#sequence : stream.total;
    const before =
      stream === undefined ? this.#stateSequence : stream.stateTotal;
    if (stream === undefined) this.#stateSequence = rows;
    else stream.stateTotal = rows;
    const id = stream?.target.id;
    const records = rows - before;
    const rejected = stream?.rejected ?? 0;
    if (stream !== undefined) stream.rejected = 0;
    const state: InputState = { stream: id, json, records, rejected };
    this.#hold({ type: "state", state }, id, rows);
  }

  /** A line that can have no row. */
  addInvalid(line: InvalidLine): void {
    const stream = this.#streams.get(line.stream ?? "");
    if (stream !== undefined) stream.rejected += 1;
    this.#out.push({ type: "invalid", line });
  }

  /** The rows so far come out, and then the older ones go. */
  addOlderRows(stream: StreamRows, older: OlderRows): void {
    this.giveOut(stream);
    this.#out.push({ type: "older_rows", stream: stream.target.id, older });
  }

  addStatus(stream: StreamRows, status: "complete" | "incomplete"): void {
    const { id } = stream.target;
    const input = { type: "stream_status", stream: id, status } as const;
    this.#hold(input, id, stream.total);
  }

  /**
   * Everything that is inside comes out.
   * @throws the first failure, once all other streams are out.
   */
  drain(): void {
    const failures: unknown[] = [];
    for (const stream of [...this.#partial])
      try {
        this.giveOut(stream);
      } catch (error) {
        failures.push(error);
      }
    if (failures.length > 0) throw Failure.from(failures[0]);
  }

  /** The rows of one stream come out, and whatever waited only for them. */
  giveOut(stream: StreamRows): void {
    if (stream.total === stream.given) return;
    const { id } = stream.target;
    const batch = stream.take();
    if (batch === undefined)
      throw new Failure("internal", "rows were parsed, but there is no batch", {
        stream: id,
      });
    stream.given = stream.total;
    this.#partial.delete(stream);
    this.#out.push({ type: "batch", stream: id, batch });
    this.#release();
  }

  #hold(input: Held["input"], stream: string | undefined, rows: number): void {
    const held = { input, stream, rows, since: this.#sequence };
    if (this.#isFree(held)) this.#out.push(input);
    else this.#push(this.#held, held);
  }

  /** Streams that trickle are not to hold back the states of those that flow. */
  #giveOutOverdue(): void {
    const [oldest] = this.#held;
    if (oldest === undefined) return;
    if (this.#sequence - oldest.since >= heldRowsMax) this.drain();
  }

  #release(): void {
    if (this.#held.length === 0) return;
    const held: Held[] = [];
    const free: Held[] = [];
    for (const one of this.#held)
      this.#push(this.#isFree(one) ? free : held, one);
    this.#held = held;
    for (const one of free) if (!this.#isStale(one)) this.#out.push(one.input);
  }

  #isFree({ stream, rows }: Held): boolean {
    if (stream !== undefined) {
      const found = this.#streams.get(stream);
      return found === undefined || found.given >= rows;
    }
    const [oldest] = this.#partial;
    return oldest === undefined || oldest.first > rows;
  }

  /** A status that a row of its stream has followed says nothing any more. */
  #isStale({ input, stream, rows }: Held): boolean {
    if (input.type === "state" || stream === undefined) return false;
    return this.#streams.get(stream)?.total !== rows;
  }

  /**
   * Adds to a list. A state takes the place of the one before it when both become free together, which bounds
   * what a producer with a state behind every row can pile up.
   */
  #push(list: Held[], one: Held): void {
    const { input } = one;
    const index = list.findLastIndex((held) => held.input.type === "state");
    const older = list[index];
    if (
      !this.#newestOnly ||
      input.type !== "state" ||
      older?.input.type !== "state" ||
      this.#isWaitedForBetween(older.rows, one.rows)
    ) {
      list.push(one);
      return;
    }
    list.splice(index, 1);
    const records = older.input.state.records + input.state.records;
    const rejected = older.input.state.rejected + input.state.rejected;
    const state = { ...input.state, records, rejected };
    list.push({ ...one, input: { type: "state", state }, since: older.since });
  }

  /** Whether a stream's first row inside stands between two states: then the older one can come out before. */
  #isWaitedForBetween(older: number, newer: number): boolean {
    for (const { first } of this.#partial)
      if (first > older && first <= newer) return true;
    return false;
  }
}

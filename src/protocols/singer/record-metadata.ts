import { field, int64, type DataType, type Field } from "../../arrow/schema.js";
import { takeRows } from "../../arrow/take.js";
import type { Vector } from "../../arrow/vector.js";
import { Failure } from "../../failure.js";
import { RowParser } from "../../json/row-parser.js";
import { membersOf } from "../json-members.js";
import type { EnvelopeColumns } from "../pending-inputs.js";

const instant: DataType = { type: "timestamp", unit: "us", timezone: "UTC" };

/** Where the version of a row stands, and when it was deleted. */
export const versionColumn = "_sdc_table_version";
export const deletedColumn = "_sdc_deleted_at";

/**
 * The columns that the Meltano SDK's targets add to a record
 * (https://sdk.meltano.com/en/latest/implementation/record_metadata.html), with their types.
 */
const columns = {
  /** `time_extracted` of the RECORD. */
  _sdc_extracted_at: instant,
  /** When the record was read. */
  _sdc_received_at: instant,
  /** When the first record of its batch was. */
  _sdc_batched_at: instant,
  /** When it was found to be deleted. */
  [deletedColumn]: instant,
  /** Milliseconds since the epoch at which the record was read. */
  _sdc_sequence: int64,
  /** `version` of the RECORD. */
  [versionColumn]: int64,
  /** Milliseconds since the epoch at which this program started. */
  _sdc_sync_started_at: int64,
} as const satisfies Record<string, DataType>;

/** Milliseconds since the epoch: when this program started, and now. */
export interface RunClock {
  readonly startedAt: number;
  readonly now: () => number;
}

/**
 * Metadata of rows, from what stands around them. Rows that follow each other mostly have the same, so it is parsed
 * once for all of them and repeated at the end.
 */
export class RecordMetadata implements EnvelopeColumns {
  readonly fields: readonly Field[];
  readonly #clock: RunClock;
  readonly #parser: RowParser;
  /** Of each row, the one of the parser's rows that it takes. */
  #rows: number[] = [];
  #batchedAt: string | undefined;
  /** What the last of the parser's rows was made of. */
  #last:
    | {
        readonly now: number;
        readonly prefix: Uint8Array;
        readonly tail: Uint8Array;
      }
    | undefined;

  /** @param own columns that the tap describes itself: those stay the tap's. */
  constructor(own: readonly Field[], clock: RunClock) {
    this.fields = Object.entries(columns)
      .filter(([name]) => !own.some((column) => column.name === name))
      .map(([name, type]) => field(name, type));
    this.#clock = clock;
    this.#parser = new RowParser({ fields: this.fields });
  }

  addRows(count: number, prefix: Uint8Array, tail: Uint8Array): void {
    const now = this.#clock.now();
    const last = this.#last;
    const isSame =
      last?.now === now &&
      Buffer.compare(last.tail, tail) === 0 &&
      Buffer.compare(last.prefix, prefix) === 0;
    if (!isSame) {
      this.#parse(Buffer.concat([prefix, empty, tail]), now);
      this.#last = { now, prefix: prefix.slice(), tail: tail.slice() };
    }
    const row = this.#parser.rows - 1;
    for (let index = 0; index < count; index += 1) this.#rows.push(row);
  }

  take(): readonly Vector[] {
    const rows = Int32Array.from(this.#rows);
    const batch = this.#parser.take();
    this.#rows = [];
    this.#batchedAt = undefined;
    this.#last = undefined;
    if (batch === undefined)
      throw new Failure("internal", "rows came without their metadata");
    return batch.vectors.map((vector) => takeRows(vector, rows));
  }

  #parse(envelope: Buffer, now: number): void {
    const { members } = membersOf(envelope, 0, envelope.length);
    const textOf = (key: string) => {
      const member = members.get(key);
      return member && envelope.toString("utf8", member.start, member.end);
    };
    const time = JSON.stringify(new Date(now));
    this.#batchedAt ??= time;
    const texts: Partial<Record<keyof typeof columns, string>> = {
      _sdc_extracted_at: textOf("time_extracted") ?? "null",
      _sdc_received_at: time,
      _sdc_batched_at: this.#batchedAt,
      _sdc_sequence: String(now),
      [versionColumn]: textOf("version") ?? "null",
      _sdc_sync_started_at: String(this.#clock.startedAt),
    };
    const row = Buffer.from(
      `{${Object.entries(texts)
        .filter(([name]) => this.fields.some((one) => one.name === name))
        .map(([name, text]) => `${JSON.stringify(name)}:${text}`)
        .join()}}`,
    );
    this.#parser.parse(row, 0, row.length);
  }
}

/** Stands for the row. */
const empty = Buffer.from("{}");

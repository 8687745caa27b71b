import { fixedWidth } from "../../../arrow/canonical.js";
import type { DataType } from "../../../arrow/schema.js";
import type { FixedVector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import { forEachUnset } from "../bits.js";
import { allocate, rawData, readValidity } from "./source.js";
import type { ColumnReader, Source } from "./source.js";

/** Writes `count` values found at `input` as Arrow's at `output`. Slots of NULLs hold garbage: it must not fail on it. */
type Convert = (input: DataView, output: DataView, count: number) => void;

/** Looks at the finished values, NULLs being zero. @throws Failure(invalid_data) */
type Check = (data: Uint8Array<ArrayBuffer>, where: string) => void;

export interface FixedLayout {
  /** Bytes per value in DuckDB's vector. */
  readonly width: number;
  /** Undefined when DuckDB's bytes are Arrow's. */
  readonly convert?: Convert;
  readonly check?: Check;
}

/** Reader of values of one size. Slots of NULLs are zeroed: what DuckDB left there is none of the client's business. */
export function fixedReader(
  duckdb: DuckDB,
  type: DataType,
  layout: FixedLayout,
  where: string,
): ColumnReader {
  const width = fixedWidth(type) ?? 0;
  return {
    type,
    open: (source) => ({
      byteLength: source.length * width,
      read: (): FixedVector => {
        const validity = readValidity(duckdb, source);
        const data = readData(duckdb, source, layout, width);
        if (validity !== undefined) zeroNulls(data, validity, source, width);
        layout.check?.(data, where);
        return {
          layout: "fixed",
          type,
          length: source.length,
          validity,
          width,
          data,
        };
      },
    }),
  };
}

function readData(
  duckdb: DuckDB,
  { pieces, length }: Source,
  layout: FixedLayout,
  width: number,
): Uint8Array<ArrayBuffer> {
  const [first] = pieces;
  // The binding copies already: a piece that is the whole column needs no second copy.
  if (
    layout.convert === undefined &&
    pieces.length === 1 &&
    first?.start === 0
  ) {
    const whole = rawData(duckdb, first.vector, length, width);
    if ((whole.byteOffset & 7) === 0) return whole;
  }
  const out = allocate(length * width);
  let row = 0;
  for (const { vector, start, end } of pieces) {
    const all = rawData(duckdb, vector, end, layout.width);
    const count = end - start;
    if (layout.convert === undefined)
      out.set(all.subarray(start * width), row * width);
    else
      layout.convert(
        view(all, start * layout.width, count * layout.width),
        view(out, row * width, count * width),
        count,
      );
    row += count;
  }
  return out;
}

function view(
  bytes: Uint8Array<ArrayBuffer>,
  offset: number,
  length: number,
): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + offset, length);
}

function zeroNulls(
  data: Uint8Array,
  validity: Uint8Array,
  { length }: Source,
  width: number,
): void {
  forEachUnset(validity, length, (row) => {
    data.fill(0, row * width, row * width + width);
  });
}

/** Integers of `width` bytes, sign-extended (or not) to Arrow's wider decimal. */
function widen(
  width: 2 | 4 | 8 | 16,
  outWidth: 16 | 32,
  signed: boolean,
): Convert {
  const low = width / 4;
  return (input, output, count) => {
    for (let i = 0; i < count; i++) {
      const to = i * outWidth;
      let last: number;
      if (width === 2) {
        last = input.getInt16(i * 2, true);
        output.setInt32(to, last, true);
      } else {
        last = 0;
        for (let word = 0; word < low; word++) {
          last = input.getInt32(i * width + word * 4, true);
          output.setInt32(to + word * 4, last, true);
        }
      }
      const sign = signed && last < 0 ? -1 : 0;
      for (let at = width < 4 ? 4 : width; at < outWidth; at += 4)
        output.setInt32(to + at, sign, true);
    }
  };
}

/** DECIMAL lies in 2, 4, 8 or 16 bytes by its width (https://duckdb.org/docs/stable/sql/data_types/numeric). */
export function decimalLayout(width: number): FixedLayout {
  if (width <= 4) return { width: 2, convert: widen(2, 16, true) };
  if (width <= 9) return { width: 4, convert: widen(4, 16, true) };
  if (width <= 18) return { width: 8, convert: widen(8, 16, true) };
  return { width: 16 };
}

const lowWord = 0;
const highWord = 1;

/** DuckDB's infinities are the largest number of the type and its negation; Arrow has none. */
const infiniteDay = 0x7fffffff;

const finiteDates: Check = (data, where) => {
  for (const day of new Int32Array(data.buffer, data.byteOffset))
    if (day === infiniteDay || day === -infiniteDay)
      throw infinite(where, "DATE");
};

const finiteTimestamps: Check = (data, where) => {
  const words = new Int32Array(data.buffer, data.byteOffset);
  for (let at = 0; at < words.length; at += 2) {
    const high = words[at + highWord];
    const low = words[at + lowWord];
    if (high === 0x7fffffff ? low === -1 : high === -0x80000000 && low === 1)
      throw infinite(where, "TIMESTAMP");
  }
};

function infinite(where: string, type: string): Failure {
  return new Failure(
    "invalid_data",
    `${where} holds an infinite ${type}, which Arrow cannot hold; select it with CAST(… AS VARCHAR), or use isfinite() to leave such rows out`,
  );
}

/** Months, days and microseconds become months, days and nanoseconds (Schema.fbs, Interval MONTH_DAY_NANO). */
function intervalLayout(where: string): FixedLayout {
  const limit = 0x7fffffffffffffffn / 1000n;
  return {
    width: 16,
    check: (data) => {
      const values = new BigInt64Array(data.buffer, data.byteOffset);
      for (let at = 1; at < values.length; at += 2) {
        const micros = values[at] as bigint;
        if (micros > limit || micros < -limit)
          throw new Failure(
            "invalid_data",
            `${where} holds an INTERVAL of ${String(micros)} microseconds, more than Arrow's nanoseconds can count; select it with CAST(… AS VARCHAR)`,
          );
        values[at] = micros * 1000n;
      }
    },
  };
}

const plain1: FixedLayout = { width: 1 };
const plain2: FixedLayout = { width: 2 };
const plain4: FixedLayout = { width: 4 };
const plain8: FixedLayout = { width: 8 };
const timestamp: FixedLayout = { width: 8, check: finiteTimestamps };

/** Layouts of the scalars of one size, by type id. */
export const fixedLayouts = {
  TINYINT: () => plain1,
  SMALLINT: () => plain2,
  INTEGER: () => plain4,
  BIGINT: () => plain8,
  UTINYINT: () => plain1,
  USMALLINT: () => plain2,
  UINTEGER: () => plain4,
  UBIGINT: () => plain8,
  HUGEINT: (): FixedLayout => ({ width: 16, convert: widen(16, 32, true) }),
  UHUGEINT: (): FixedLayout => ({ width: 16, convert: widen(16, 32, false) }),
  FLOAT: () => plain4,
  DOUBLE: () => plain8,
  DATE: (): FixedLayout => ({ width: 4, check: finiteDates }),
  TIME: () => plain8,
  TIME_NS: () => plain8,
  TIMESTAMP_S: () => timestamp,
  TIMESTAMP_MS: () => timestamp,
  TIMESTAMP: () => timestamp,
  TIMESTAMP_NS: () => timestamp,
  TIMESTAMPTZ: () => timestamp,
  INTERVAL: intervalLayout,
};

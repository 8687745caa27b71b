import type { TimeUnit } from "../../../arrow/schema.js";
import type { FixedVector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import type { ColumnType } from "../column-type.js";
import { isPresent, writeData, writeValidity } from "./rows.js";
import type { ColumnWriter, Rows } from "./rows.js";

/**
 * Writes value `i` of the input at `to` of the output.
 * @throws Failure(invalid_data) when the value does not fit.
 */
type ConvertOne = (
  input: DataView,
  at: number,
  output: DataView,
  to: number,
) => void;

/** @throws Failure(invalid_data) when the value at `at` is one that DuckDB would take for another. */
type CheckOne = (input: DataView, at: number) => void;

export interface FixedCopy {
  /** Bytes of a value in DuckDB. */
  readonly width: number;
  /** Undefined when Arrow's bytes are DuckDB's. */
  readonly convert?: ConvertOne | undefined;
  readonly check?: CheckOne | undefined;
}

/** Writer of values of one size: a copy of memory wherever the bytes are the same. */
export function fixedWriter(
  duckdb: DuckDB,
  type: ColumnType,
  copy: FixedCopy,
): ColumnWriter {
  return {
    type,
    write: (target, rows) => {
      const { start, count } = rows;
      const vector = rows.vector as FixedVector;
      const input = vector.data.subarray(
        start * vector.width,
        (start + count) * vector.width,
      );
      if (copy.check !== undefined)
        check(copy.check, input, vector.width, rows);
      if (copy.convert === undefined) writeData(duckdb, target, input);
      else
        writeData(
          duckdb,
          target,
          convert(copy.convert, input, vector.width, copy.width, rows),
        );
      writeValidity(duckdb, target, rows);
    },
  };
}

function check(
  checkOne: CheckOne,
  input: Uint8Array,
  width: number,
  rows: Rows,
): void {
  const view = viewOf(input);
  for (let i = 0; i < rows.count; i++)
    if (isPresent(rows, i)) checkOne(view, i * width);
}

function convert(
  convertOne: ConvertOne,
  input: Uint8Array,
  width: number,
  outWidth: number,
  rows: Rows,
): Uint8Array {
  const out = new Uint8Array(rows.count * outWidth);
  const from = viewOf(input);
  const to = viewOf(out);
  for (let i = 0; i < rows.count; i++)
    if (isPresent(rows, i)) convertOne(from, i * width, to, i * outWidth);
  return out;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A value that the column cannot hold. */
export function misfit(where: string, value: string, why: string): Failure {
  return new Failure("invalid_data", `${where}: the value ${value} ${why}`);
}

const int64Max = 2n ** 63n - 1n;

/** DuckDB reads the largest number of a date or timestamp, and its negation, as an infinity. */
export function finiteDay(where: string): CheckOne {
  return (input, at) => {
    const day = input.getInt32(at, true);
    if (day === 0x7fffffff || day <= -0x7fffffff)
      throw misfit(where, `${String(day)} days`, "is beyond DuckDB's dates");
  };
}

export function finiteTimestamp(where: string): CheckOne {
  return (input, at) => {
    const high = input.getInt32(at + 4, true);
    if (high !== 0x7fffffff && high !== -0x80000000) return;
    const value = input.getBigInt64(at, true);
    if (value === int64Max || value <= -int64Max)
      throw misfit(where, String(value), "is beyond DuckDB's timestamps");
  };
}

const dayMillis = 86_400_000n;

/** Milliseconds that Arrow wants to be whole days. */
export function dateMillis(where: string): ConvertOne {
  return (input, at, output, to) => {
    const value = input.getBigInt64(at, true);
    const days = value / dayMillis;
    if (value % dayMillis !== 0n)
      throw misfit(where, `${String(value)} ms`, "is no whole day");
    if (days >= 0x7fffffffn || days <= -0x7fffffffn)
      throw misfit(where, `${String(value)} ms`, "is beyond DuckDB's dates");
    output.setInt32(to, Number(days), true);
  };
}

const unitsPerSecond = { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n };

/** DuckDB's times of day run from 0 to 24 h, both included. */
function checkTime(where: string, unit: TimeUnit, value: bigint): void {
  if (value < 0n || value > 86_400n * unitsPerSecond[unit])
    throw misfit(where, `${String(value)} ${unit}`, "is no time of day");
}

/** TIME counts microseconds, TIME_NS nanoseconds. */
export function timeCopy(where: string, unit: TimeUnit): FixedCopy {
  if (unit === "s" || unit === "ms")
    return {
      width: 8,
      convert: (input, at, output, to) => {
        const value = BigInt(input.getInt32(at, true));
        checkTime(where, unit, value);
        output.setBigInt64(to, value * scaleToMicros(unit), true);
      },
    };
  return {
    width: 8,
    check: (input, at) => {
      checkTime(where, unit, input.getBigInt64(at, true));
    },
  };
}

function scaleToMicros(unit: "s" | "ms" | "us"): bigint {
  return unitsPerSecond.us / unitsPerSecond[unit];
}

/** @throws Failure(invalid_data) unless the value is exactly so many microseconds. */
function toMicros(where: string, value: bigint, unit: TimeUnit): bigint {
  if (unit === "ns") {
    if (value % 1000n !== 0n)
      throw misfit(
        where,
        `${String(value)} ns`,
        "has a fraction of a microsecond, which this DuckDB type cannot hold; send it in microseconds or as int64",
      );
    return value / 1000n;
  }
  const micros = value * scaleToMicros(unit);
  if (micros >= int64Max || micros <= -int64Max)
    throw misfit(
      where,
      `${String(value)} ${unit}`,
      "is beyond 64 bits of microseconds",
    );
  return micros;
}

/** Instants are microseconds in DuckDB. */
export function instantCopy(where: string, unit: TimeUnit): FixedCopy {
  const check = finiteTimestamp(where);
  if (unit === "us") return { width: 8, check };
  return {
    width: 8,
    check,
    convert: (input, at, output, to) => {
      const value = input.getBigInt64(at, true);
      output.setBigInt64(to, toMicros(where, value, unit), true);
    },
  };
}

function setInterval(
  output: DataView,
  to: number,
  months: number,
  days: number,
  micros: bigint,
): void {
  output.setInt32(to, months, true);
  output.setInt32(to + 4, days, true);
  output.setBigInt64(to + 8, micros, true);
}

/** A duration is an INTERVAL of microseconds only. */
export function durationCopy(where: string, unit: TimeUnit): FixedCopy {
  return {
    width: 16,
    convert: (input, at, output, to) => {
      const value = input.getBigInt64(at, true);
      setInterval(output, to, 0, 0, toMicros(where, value, unit));
    },
  };
}

/** INTERVAL is months, days and microseconds, as Arrow's intervals are but for their smallest unit. */
export function intervalCopy(
  where: string,
  unit: "year_month" | "day_time" | "month_day_nano",
): FixedCopy {
  const converts: Readonly<Record<typeof unit, ConvertOne>> = {
    year_month: (input, at, output, to) => {
      setInterval(output, to, input.getInt32(at, true), 0, 0n);
    },
    day_time: (input, at, output, to) => {
      const millis = BigInt(input.getInt32(at + 4, true));
      setInterval(output, to, 0, input.getInt32(at, true), millis * 1000n);
    },
    month_day_nano: (input, at, output, to) => {
      const nanos = input.getBigInt64(at + 8, true);
      const micros = toMicros(where, nanos, "ns");
      const months = input.getInt32(at, true);
      setInterval(output, to, months, input.getInt32(at + 4, true), micros);
    },
  };
  return { width: 16, convert: converts[unit] };
}

/** Half precision widens to FLOAT exactly (IEEE 754-2019, §3.4: 1 bit sign, 5 exponent, 10 fraction). */
export const halfCopy: FixedCopy = {
  width: 4,
  convert: (input, at, output, to) => {
    const half = input.getUint16(at, true);
    const sign = half >> 15 === 0 ? 1 : -1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    output.setFloat32(to, sign * magnitude(exponent, fraction), true);
  },
};

function magnitude(exponent: number, fraction: number): number {
  if (exponent === 0) return fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? Infinity : NaN;
  return (1024 + fraction) * 2 ** (exponent - 25);
}

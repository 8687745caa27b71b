import { cell } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";
import { storeInt64 } from "./integer-parse.js";
import { readString } from "./scan.js";
import { misfit, type Source } from "./source.js";

const part = (letter: string): string => `(?:([+-]?\\d+)${letter})?`;
const form = new RegExp(
  `^([+-]?)P(?=.)${part("Y")}${part("M")}${part("W")}${part("D")}` +
    `(?:T(?=.)${part("H")}${part("M")}(?:([+-]?)(\\d+)(?:[.,](\\d+))?S)?)?$`,
);

/** The parts of an ISO 8601 duration; nothing carries over from one to the next. */
interface Period {
  readonly months: bigint;
  readonly days: bigint;
  /** In units of 10^-digits seconds. */
  readonly time: bigint;
}

/** Adds a duration or an interval; returns the position behind it. */
export function addDuration(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  if (source.bytes[at] !== 0x22)
    throw misfit(source, at, column, "not a string");
  const { value: text, next } = readString(source.bytes, at, source.end);
  const digits = fractionOf(column);
  const period = periodOf(text, digits);
  if (period === undefined)
    throw misfit(source, at, column, "not a duration of ISO 8601");
  if (period === "fraction")
    throw misfit(source, at, column, "too many digits of a second");
  const reason = store(column, period);
  if (reason !== undefined) throw misfit(source, at, column, reason);
  return next;
}

function fractionOf(column: ColumnBuilder): number {
  if (column.code === cell.duration) return column.digits;
  if (column.code === cell.dayTime) return 3;
  return column.code === cell.monthDayNano ? 9 : 0;
}

function periodOf(
  text: string,
  digits: number,
): Period | "fraction" | undefined {
  const parts = form.exec(text);
  if (parts === null) return undefined;
  const [, sign, years, months, weeks, days, hours, minutes, ...last] = parts;
  const [secondSign, seconds, digitsGiven = ""] = last;
  const fraction = digitsGiven.replace(/0+$/, "");
  if (fraction.length > digits) return "fraction";
  const unit = 10n ** BigInt(digits);
  const size =
    whole(seconds) * unit + BigInt(fraction.padEnd(digits, "0") || "0");
  const minutesOf = whole(hours) * 60n + whole(minutes);
  const time = minutesOf * 60n * unit + (secondSign === "-" ? -size : size);
  const side = sign === "-" ? -1n : 1n;
  return {
    months: side * (whole(years) * 12n + whole(months)),
    days: side * (whole(weeks) * 7n + whole(days)),
    time: side * time,
  };
}

function whole(text: string | undefined): bigint {
  return BigInt(text?.replace("+", "") ?? 0);
}

/** Stores a period behind the last cell and counts it; else why it does not fit. */
function store(column: ColumnBuilder, period: Period): string | undefined {
  const { view } = column;
  const { months, days, time } = period;
  const index = column.length;
  switch (column.code) {
    case cell.duration: {
      if (months !== 0n) return "months have no fixed length";
      const units = 86_400n * 10n ** BigInt(column.digits);
      return storeInt64(column, days * units + time) ? undefined : RANGE;
    }
    case cell.months:
      if (days !== 0n || time !== 0n) return "days and seconds have no place";
      if (!isInt32(months)) return RANGE;
      view.setInt32(4 * index, Number(months), true);
      break;
    case cell.dayTime:
      if (months !== 0n) return "months have no place";
      if (!isInt32(days) || !isInt32(time)) return RANGE;
      view.setInt32(8 * index, Number(days), true);
      view.setInt32(8 * index + 4, Number(time), true);
      break;
    case cell.monthDayNano:
      if (!isInt32(months) || !isInt32(days) || !isInt64(time)) return RANGE;
      view.setInt32(16 * index, Number(months), true);
      view.setInt32(16 * index + 4, Number(days), true);
      view.setBigInt64(16 * index + 8, time, true);
      break;
  }
  column.length++;
  return undefined;
}

const RANGE = "out of range";

function isInt32(value: bigint): boolean {
  return value === BigInt.asIntN(32, value);
}

function isInt64(value: bigint): boolean {
  return value === BigInt.asIntN(64, value);
}

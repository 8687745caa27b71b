import { dayOf, isDate } from "./calendar.js";
import { cell } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";
import { storeInt64 } from "./integer-parse.js";
import { TWO_32 } from "./integer-text.js";
import { readString } from "./scan.js";
import { misfit, type Source } from "./source.js";
import { unitsOfSecond } from "./time-text.js";
import { timeValue, type TimeValue } from "./time-value.js";

const QUOTE = 0x22;
const DASH = 0x2d;
const COLON = 0x3a;
const SECONDS_OF_DAY = 86_400;
const MS_OF_DAY = 86_400_000;

/** Adds a timestamp; returns the position behind it. The common forms are read from the bytes as they stand. */
export function addTimestamp(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  if (holdsDate(source, at + 1, column)) {
    const separator = source.bytes[at + 11];
    const second = secondAt(source.bytes, at + 12);
    if (second >= 0 && isSeparator(separator)) {
      const seconds = column.dateDay * SECONDS_OF_DAY + second;
      const next = addSeconds(source, at + 20, column, seconds);
      if (next >= 0) return next;
    }
  }
  const { value: text, next } = stringAt(source, at, column);
  const value = timeValue(text);
  if (value?.day === undefined)
    throw misfit(source, at, column, "not a date and time of ISO 8601");
  const count = unitCount(value, column.digits);
  if (count === undefined)
    throw misfit(source, at, column, "too many digits of a second");
  if (!storeInt64(column, count))
    throw misfit(source, at, column, "out of range");
  return next;
}

/** `T`, `t` or a blank: RFC 3339 section 5.6. */
function isSeparator(byte: number | undefined): boolean {
  return byte === 0x54 || byte === 0x74 || byte === 0x20;
}

/** Adds a time of day; returns the position behind it. */
export function addTime(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  const second = secondAt(source.bytes, at + 1);
  if (second >= 0) {
    const next = addSeconds(source, at + 9, column, second);
    if (next >= 0) return next;
  }
  const { value: text, next } = stringAt(source, at, column);
  const value = timeValue(text);
  if (value === undefined || value.day !== undefined)
    throw misfit(source, at, column, "not a time of ISO 8601");
  if (value.offset !== undefined && value.offset !== 0)
    throw misfit(source, at, column, "a time of another zone than UTC");
  const count = unitCount(value, column.digits);
  if (count === undefined)
    throw misfit(source, at, column, "too many digits of a second");
  if (column.width === 8) storeInt64(column, count);
  else column.view.setInt32(4 * column.length++, Number(count), true);
  return next;
}

/** Adds a date, or a timestamp that is midnight; returns the position behind it. */
export function addDate(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  if (holdsDate(source, at + 1, column) && source.bytes[at + 11] === QUOTE) {
    storeDay(column, column.dateDay);
    return at + 12;
  }
  const { value: text, next } = stringAt(source, at, column);
  const value = timeValue(text);
  if (value?.day === undefined)
    throw misfit(source, at, column, "not a date of ISO 8601");
  if ((value.second ?? 0) !== 0 || value.fraction !== "")
    throw misfit(source, at, column, "not midnight");
  if (value.offset !== undefined && value.offset !== 0)
    throw misfit(source, at, column, "midnight of another zone than UTC");
  if (!storeDay(column, value.day))
    throw misfit(source, at, column, "out of range");
  return next;
}

function stringAt(
  source: Source,
  at: number,
  column: ColumnBuilder,
): { value: string; next: number } {
  if (source.bytes[at] !== QUOTE)
    throw misfit(source, at, column, "not a string");
  return readString(source.bytes, at, source.end);
}

/** Whether `YYYY-MM-DD` stands behind the quote; its day is then the column's `dateDay`. */
function holdsDate(source: Source, at: number, column: ColumnBuilder): boolean {
  const { bytes, view } = source;
  if (at + 11 > source.end || bytes[at - 1] !== QUOTE) return false;
  const start = view.getInt32(at, true);
  const middle = view.getInt32(at + 4, true);
  const end = view.getInt16(at + 8, true);
  // Neighbouring rows mostly share the date.
  if (
    start === column.dateStart &&
    middle === column.dateMiddle &&
    end === column.dateEnd
  )
    return true;
  const century = pairAt(bytes, at);
  const yearOfCentury = pairAt(bytes, at + 2);
  const month = pairAt(bytes, at + 5);
  const day = pairAt(bytes, at + 8);
  const year = century * 100 + yearOfCentury;
  if (
    (century | yearOfCentury | month | day) < 0 ||
    bytes[at + 4] !== DASH ||
    bytes[at + 7] !== DASH ||
    !isDate(year, month, day)
  )
    return false;
  column.dateStart = start;
  column.dateMiddle = middle;
  column.dateEnd = end;
  column.dateDay = dayOf(year, month, day);
  return true;
}

/** The second of the day of `HH:MM:SS`; negative when that does not stand there. */
function secondAt(bytes: Uint8Array, at: number): number {
  const hour = pairAt(bytes, at);
  const minute = pairAt(bytes, at + 3);
  const second = pairAt(bytes, at + 6);
  if (
    (hour | minute | second) < 0 ||
    hour > 23 ||
    minute > 59 ||
    second > 59 ||
    bytes[at + 2] !== COLON ||
    bytes[at + 5] !== COLON
  )
    return -1;
  return hour * 3600 + minute * 60 + second;
}

/** The value of two digits; negative when they are not. */
function pairAt(bytes: Uint8Array, at: number): number {
  const tens = ((bytes[at] as number) - 48) | 0;
  const ones = ((bytes[at + 1] as number) - 48) | 0;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}

/**
 * Adds seconds and the fraction that stands at `place`, up to the closing quote. Returns the position behind it;
 * negative, and nothing is added, when it takes the general way: other offsets than zero, or what does not fit.
 */
function addSeconds(
  source: Source,
  place: number,
  column: ColumnBuilder,
  seconds: number,
): number {
  const { bytes } = source;
  let fraction = 0;
  if (bytes[place] === 0x2e) {
    const first = ++place;
    let digit = (bytes[place] as number) - 48;
    while (digit >= 0 && digit <= 9) {
      fraction = fraction * 10 + digit;
      digit = (bytes[++place] as number) - 48;
    }
    const missing = column.digits - (place - first);
    if (place === first || missing < 0) return -1;
    fraction *= unitsOfSecond[missing] as number;
  }
  const zone = bytes[place] as number;
  if (zone === 0x5a) place++;
  else if (
    zone === 0x2b &&
    bytes[place + 3] === COLON &&
    pairAt(bytes, place + 1) === 0 &&
    pairAt(bytes, place + 4) === 0
  )
    place += 6;
  if (bytes[place] !== QUOTE || place >= source.end) return -1;
  const perSecond = unitsOfSecond[column.digits] as number;
  if (column.width === 4) {
    const value = seconds * perSecond + fraction;
    column.view.setInt32(4 * column.length++, value, true);
    return place + 1;
  }
  // seconds × perSecond passes 2^53, so the upper part and the lower 16 bits are multiplied apart.
  const upper = Math.floor(seconds / 65_536);
  const rest = (seconds - upper * 65_536) * perSecond + fraction;
  const product = upper * perSecond;
  const productHigh = Math.floor(product / 65_536);
  const low = (product - productHigh * 65_536) * 65_536 + rest;
  const carry = Math.floor(low / TWO_32);
  const high = productHigh + carry;
  if (high !== (high | 0)) return -1;
  column.view.setInt32(8 * column.length, low | 0, true);
  column.view.setInt32(8 * column.length + 4, high, true);
  column.length++;
  return place + 1;
}

/** The value in units of 10^-digits seconds; undefined when its fraction has more digits than these. */
function unitCount(value: TimeValue, digits: number): bigint | undefined {
  if (value.fraction.length > digits) return undefined;
  const day = BigInt(value.day ?? 0) * BigInt(SECONDS_OF_DAY);
  const seconds = day + BigInt((value.second ?? 0) - (value.offset ?? 0));
  return (
    seconds * 10n ** BigInt(digits) + BigInt(value.fraction.padEnd(digits, "0"))
  );
}

/** Stores a day in the column's unit and counts it; false when it is out of range. */
function storeDay(column: ColumnBuilder, day: number): boolean {
  if (column.code === cell.dateMs)
    return storeInt64(column, BigInt(day) * BigInt(MS_OF_DAY));
  if (day !== (day | 0)) return false;
  column.view.setInt32(4 * column.length++, day, true);
  return true;
}

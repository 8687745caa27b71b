import { civilDate, type CivilDate } from "./calendar.js";
import { writePadded, writePairAnd } from "./digits.js";
import { TWO_32 } from "./integer-text.js";

/** Bytes that a date, time, timestamp, duration or interval takes at most, and what may be touched behind it. */
export const TIME_ROOM = 80;

const SECONDS_OF_DAY = 86_400;

/** How many dates are remembered: a power of two, so that a day's low bits are its place. */
const DATES = 256;

/** Dates that were written lately, as text, by day: a column mostly has few of them. */
export class DateTexts {
  readonly days = new Float64Array(DATES).fill(NaN);
  /** "YYYY", "-MM-" and "DD" of every day. */
  readonly words = new Int32Array(3 * DATES);
}

const civil: CivilDate = { year: 0, month: 0, day: 0 };
const scratch = new DataView(new ArrayBuffer(16));

/**
 * Writes `YYYY-MM-DD`, or `±YYYYYY-MM-DD` with as many digits as the year needs where four do not do (ISO 8601
 * expanded representation); returns the position behind it.
 */
export function writeDate(
  view: DataView,
  at: number,
  day: number,
  texts: DateTexts,
): number {
  const place = day & (DATES - 1);
  const { words } = texts;
  if (day !== texts.days[place]) {
    civilDate(day, civil);
    if (civil.year < 0 || civil.year > 9999) return writeFarDate(view, at);
    writePadded(scratch, 0, civil.year, 4);
    writeMonthAndDay(scratch, 4);
    texts.days[place] = day;
    for (let word = 0; word < 3; word++)
      words[3 * place + word] = scratch.getInt32(4 * word, true);
  }
  view.setInt32(at, words[3 * place] as number, true);
  view.setInt32(at + 4, words[3 * place + 1] as number, true);
  view.setInt32(at + 8, words[3 * place + 2] as number, true);
  return at + 10;
}

function writeFarDate(view: DataView, at: number): number {
  view.setUint8(at, civil.year < 0 ? 45 : 43);
  const year = Math.abs(civil.year);
  const digits = Math.max(6, String(year).length);
  return writeMonthAndDay(view, writePadded(view, at + 1, year, digits));
}

function writeMonthAndDay(view: DataView, at: number): number {
  view.setUint8(at, 45);
  writePairAnd(view, at + 1, civil.month, 45);
  writePairAnd(view, at + 4, civil.day, 0);
  return at + 6;
}

/** Writes `HH:MM:SS` and the fraction of a second with `digits` digits; returns the position behind it. */
export function writeClock(
  view: DataView,
  at: number,
  second: number,
  fraction: number,
  digits: number,
): number {
  const whole = second | 0;
  const hour = (whole / 3600) | 0;
  const rest = whole - hour * 3600;
  const minute = (rest / 60) | 0;
  writePairAnd(view, at, hour, 58);
  writePairAnd(view, at + 3, minute, 58);
  writePairAnd(view, at + 6, rest - minute * 60, 46);
  return digits === 0 ? at + 8 : writePadded(view, at + 9, fraction, digits);
}

/**
 * Writes a 64-bit timestamp as `YYYY-MM-DDTHH:MM:SS` and a fraction of `digits` digits (0, 3, 6 or 9, by its
 * unit); returns the position behind it.
 */
export function writeTimestamp(
  view: DataView,
  at: number,
  low: number,
  high: number,
  digits: number,
  texts: DateTexts,
): number {
  let seconds: number;
  let fraction = 0;
  if (high >= -0x200000 && high < 0x200000) {
    const value = high * TWO_32 + (low >>> 0);
    const perSecond = unitsOfSecond[digits] as number;
    seconds = Math.floor(value / perSecond);
    fraction = value - seconds * perSecond;
  } else if (digits >= 6) {
    // value = millions × 10^6 + rest, by one step of long division; a million is a second or a millisecond.
    const topQuotient = Math.floor(high / 1e6);
    const part = (high - topQuotient * 1e6) * TWO_32 + (low >>> 0);
    const quotient = Math.floor(part / 1e6);
    const millions = topQuotient * TWO_32 + quotient;
    fraction = part - quotient * 1e6;
    seconds = millions;
    if (digits === 9) {
      seconds = Math.floor(millions / 1000);
      fraction += (millions - seconds * 1000) * 1e6;
    }
  } else {
    return writeFarTimestamp(view, at, low, high, digits, texts);
  }
  const day = Math.floor(seconds / SECONDS_OF_DAY);
  at = writeDate(view, at, day, texts);
  view.setUint8(at, 84);
  return writeClock(
    view,
    at + 1,
    seconds - day * SECONDS_OF_DAY,
    fraction,
    digits,
  );
}

/** Units of a second by their digits. */
export const unitsOfSecond = Float64Array.from({ length: 10 }, (_, digits) =>
  Number(`1e${String(digits)}`),
);

/** Seconds and milliseconds more than 285,000 years from the epoch: too rare for more than BigInt. */
function writeFarTimestamp(
  view: DataView,
  at: number,
  low: number,
  high: number,
  digits: number,
  texts: DateTexts,
): number {
  const value = (BigInt(high) << 32n) | BigInt(low >>> 0);
  const perDay =
    BigInt(SECONDS_OF_DAY) * BigInt(unitsOfSecond[digits] as number);
  const restOfDay = ((value % perDay) + perDay) % perDay;
  const day = Number((value - restOfDay) / perDay);
  const perSecond = unitsOfSecond[digits] as number;
  const second = Math.floor(Number(restOfDay) / perSecond);
  at = writeDate(view, at, day, texts);
  view.setUint8(at, 84);
  const fraction = Number(restOfDay) - second * perSecond;
  return writeClock(view, at + 1, second, fraction, digits);
}

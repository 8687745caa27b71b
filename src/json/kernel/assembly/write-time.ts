// Dates, times and durations as ../../time-text.ts and ../../duration-text.ts write them.
import { DATES, DATES_AT } from "../writer-layout";
import { eightOf, int, padded, pairOf, powerOfTen, uint } from "./write-digits";

const MINUS: u32 = 0x2d;
const PLUS: u32 = 0x2b;
const COLON: u32 = 0x3a;
const LETTER_T: u32 = 0x54;
const SECONDS_OF_DAY: i64 = 86_400;

/** Dates that were written lately: `YYYY-MM-DDT`, a byte, and the day as int32. */
let dates: usize = 0;

export function clearDates(tables: usize): void {
  dates = tables + DATES_AT;
  // A day that has another place.
  for (let index: u32 = 0; index < <u32>DATES; index++)
    store<i32>(dates + (index << 4), index + 1, 12);
}

/** The quotient, rounded down. */
@inline
function floorDivided(value: i64, by: i64): i64 {
  const quotient = value / by;
  return quotient - <i64>(quotient * by > value);
}

/** `YYYY-MM-DD`, or `±YYYYYY-MM-DD` with as many digits as the year needs. A T may stand behind it. */
export function date(at: usize, day: i64): usize {
  const slot = dates + ((<usize>day & (<usize>DATES - 1)) << 4);
  if (<i64>load<i32>(slot, 12) != day) {
    const end = civilDate(at, day);
    // Only years of four digits take ten characters.
    if (end != at + 10) return end;
    store<u8>(end, LETTER_T);
    v128.store(slot, v128.load(at));
    store<i32>(slot, <i32>day, 12);
    return end;
  }
  v128.store(at, v128.load(slot));
  return at + 10;
}

/** Days from 1 March to the first of each month, March first. */
const monthStarts: StaticArray<u32> = [
  0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337,
];

function civilDate(at: usize, day: i64): usize {
  // 146,097 days in 400 years that begin on 1 March; 719,468 of them from 0000-03-01 to 1970-01-01.
  const shifted = day + 719_468;
  const era = floorDivided(shifted, 146_097);
  const dayOfEra = <u32>(shifted - era * 146_097);
  // Centuries have 36,524 days, but the last of an era one more; likewise the four years of a leap cycle.
  const century = min<u32>(dayOfEra / 36_524, 3);
  const dayOfCentury = dayOfEra - century * 36_524;
  const cycle = dayOfCentury / 1461;
  const dayOfCycle = dayOfCentury - cycle * 1461;
  const yearOfCycle = min<u32>(dayOfCycle / 365, 3);
  const dayOfYear = dayOfCycle - yearOfCycle * 365;
  let month = dayOfYear / 31;
  if (month < 11 && dayOfYear >= unchecked(monthStarts[month + 1])) month++;
  const dayOfMonth = dayOfYear - unchecked(monthStarts[month]) + 1;
  const year =
    era * 400 +
    <i64>(century * 100 + cycle * 4 + yearOfCycle) +
    <i64>(month > 9);
  month = month < 10 ? month + 3 : month - 9;

  if (year >= 0 && year <= 9999) {
    at = padded(at, year, 4);
  } else {
    store<u8>(at++, year < 0 ? MINUS : PLUS);
    const size: u64 = year < 0 ? -year : year;
    at = size < 1_000_000 ? padded(at, size, 6) : uint(at, size);
  }
  const text =
    <u64>MINUS |
    (<u64>pairOf(month) << 8) |
    (<u64>MINUS << 24) |
    (<u64>pairOf(dayOfMonth) << 32);
  store<u64>(at, text);
  return at + 6;
}

/** `HH:MM:SS` and the fraction of a second with `digits` digits: 0, 3, 6 or 9. */
@inline
function clock(at: usize, second: u32, fraction: u32, digits: u32): usize {
  const hour = second / 3600;
  const rest = second - hour * 3600;
  const minute = rest / 60;
  const text =
    <u64>pairOf(hour) |
    (<u64>COLON << 16) |
    (<u64>pairOf(minute) << 24) |
    (<u64>COLON << 40) |
    (<u64>pairOf(rest - minute * 60) << 48);
  store<u64>(at, text);
  return digits == 0 ? at + 8 : behindPoint(at + 8, fraction, digits);
}

@inline
function behindPoint(at: usize, fraction: u32, digits: u32): usize {
  store<u8>(at, 0x2e);
  if (digits == 6) {
    store<u64>(at, eightOf(fraction) >> 16, 1);
    return at + 7;
  }
  return padded(at + 1, fraction, digits);
}

export function timestamp(at: usize, value: i64, digits: u32): usize {
  let second: i64;
  switch (digits) {
    case 0:
      second = value;
      break;
    case 3:
      second = floorDivided(value, 1000);
      break;
    case 6:
      second = floorDivided(value, 1_000_000);
      break;
    default:
      second = floorDivided(value, 1_000_000_000);
  }
  const fraction = <u32>(value - second * <i64>powerOfTen(digits));
  const day = floorDivided(second, SECONDS_OF_DAY);
  at = date(at, day);
  store<u8>(at, LETTER_T);
  return clock(at + 1, <u32>(second - day * SECONDS_OF_DAY), fraction, digits);
}

/** A time of day; 0 for what is none. */
export function time(at: usize, value: i64, digits: u32): usize {
  const perSecond = <i64>powerOfTen(digits);
  // 24:00:00, the end of a day, is a time.
  if (value < 0 || value > SECONDS_OF_DAY * perSecond) return 0;
  const second = value / perSecond;
  return clock(at, <u32>second, <u32>(value - second * perSecond), digits);
}

/** `12.345S`. */
function seconds(at: usize, size: u64, digits: u32): usize {
  const perSecond = powerOfTen(digits);
  const whole = size / perSecond;
  at = uint(at, whole);
  if (digits != 0) at = behindPoint(at, <u32>(size - whole * perSecond), digits);
  store<u8>(at, 0x53);
  return at + 1;
}

/** `PT12.345S` or `-PT0.001S`. */
export function duration(at: usize, value: i64, digits: u32): usize {
  if (value < 0) store<u8>(at++, MINUS);
  store<u16>(at, 0x5450);
  return seconds(at + 2, value < 0 ? -value : value, digits);
}

/** `P14M`. */
export function months(at: usize, count: i32): usize {
  store<u8>(at, 0x50);
  at = int(at + 1, count);
  store<u8>(at, 0x4d);
  return at + 1;
}

/** `3DT4.005S` or `3DT-4.005S`. */
function daysAndSeconds(
  at: usize,
  days: i32,
  value: i64,
  digits: u32,
): usize {
  at = int(at, days);
  store<u16>(at, 0x5444);
  at += 2;
  if (value < 0) store<u8>(at++, MINUS);
  return seconds(at, value < 0 ? -value : value, digits);
}

/** `P3DT4.005S`. */
export function dayTime(at: usize, days: i32, milliseconds: i32): usize {
  store<u8>(at, 0x50);
  return daysAndSeconds(at + 1, days, milliseconds, 3);
}

/** `P1M2DT3.000000004S`. */
export function monthDayNano(at: usize, source: usize): usize {
  at = months(at, load<i32>(source));
  return daysAndSeconds(at, load<i32>(source, 4), load<i64>(source, 8), 9);
}

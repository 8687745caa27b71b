// Dates and times as in ../../time-parse.ts. 0 means: the general way.
import { DIGITS, WIDTH } from "../layout";
import { digits, fraction, mantissa, POINT, whole } from "./digits";
import { powerOfTen } from "./number";
import { COLON, QUOTE } from "./scan";

const DASH: u32 = 0x2d;
const SECONDS_OF_DAY: i64 = 86_400;
const NONE: u32 = 0xffff_ffff;

/** The value of two digits, above 99 when they are not. */
@inline
function pairAt(at: usize): u32 {
  const tens: u32 = <u32>load<u8>(at) - 48;
  const ones: u32 = <u32>load<u8>(at, 1) - 48;
  return tens > 9 || ones > 9 ? NONE : tens * 10 + ones;
}

/** Days from 1 March to the first of each month, March first. */
const monthStarts: StaticArray<i32> = [
  0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337,
];
const monthLengths: StaticArray<u32> = [
  31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
];

/** The month that was read last; neighbours are mostly alike. `YYYY-MM-`, the day that it begins with, and its length. */
let knownMonth: u64 = 0;
let firstDay: i32 = 0;
let dayCount: u32 = 0;
/** The date that was read last. */
let day: i32 = 0;

/** Whether `YYYY-MM-DD` stands at `at`; `day` is then its day. */
@inline
function holdsDate(at: usize): bool {
  if (load<u64>(at) != knownMonth && !holdsMonth(at)) return false;
  const daysBefore = pairAt(at + 8) - 1;
  day = firstDay + <i32>daysBefore;
  return daysBefore < dayCount;
}

/** Whether `YYYY-MM-` stands at `at`, which is then known. */
function holdsMonth(at: usize): bool {
  const century = pairAt(at);
  const yearOfCentury = pairAt(at + 2);
  const month = pairAt(at + 5);
  if (
    century > 99 ||
    yearOfCentury > 99 ||
    month - 1 > 11 ||
    <u32>load<u8>(at, 4) != DASH ||
    <u32>load<u8>(at, 7) != DASH
  )
    return false;
  const year = <i32>(century * 100 + yearOfCentury);
  const isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const shiftedYear = month < 3 ? year - 1 : year;
  const shiftedMonth = month < 3 ? month + 9 : month - 3;
  // Year 0 of January begins a cycle earlier.
  const era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400;
  const yearOfEra = shiftedYear - era * 400;
  const dayOfEra =
    yearOfEra * 365 +
    yearOfEra / 4 -
    yearOfEra / 100 +
    unchecked(monthStarts[shiftedMonth]);
  firstDay = era * 146_097 + dayOfEra - 719_468;
  dayCount = month == 2 && !isLeap ? 28 : unchecked(monthLengths[month - 1]);
  knownMonth = load<u64>(at);
  return true;
}

/** `00:00:00` as it stands in memory. */
const MIDNIGHT: u64 = 0x3030_3a30_303a_3030;

/** The second of the day of `HH:MM:SS`; NONE when that does not stand there. */
@inline
function secondAt(at: usize): u32 {
  // What is left of a digit is its value, of a colon zero; bit 7 tells where it is more.
  const values = load<u64>(at) ^ MIDNIGHT;
  const sums = values + 0x7676_7f76_767f_7676;
  if (((sums | values) & 0x8080_8080_8080_8080) != 0) return NONE;
  const pairs = values * 10 + (values >> 8);
  const hour = <u32>pairs & 0xff;
  const minute = <u32>(pairs >> 24) & 0xff;
  const second = <u32>(pairs >> 48) & 0xff;
  if (hour > 23 || minute > 59 || second > 59) return NONE;
  return hour * 3600 + minute * 60 + second;
}

/** Seconds that an int64 holds in nanoseconds. In wider units it holds every second of a year of four digits. */
const SECONDS_MAX: i64 = 9_223_372_036;

/** Stores seconds and the fraction that stands at `at`, up to the closing quote. */
function seconds(
  value: i64,
  at: usize,
  target: usize,
  column: usize,
): usize {
  const unitDigits: u32 = load<u32>(column, DIGITS << 2);
  let parts: u64 = 0;
  if (<u32>load<u8>(at) == POINT) {
    at = digits(at + 1);
    if (fraction != 0 || whole == 0 || whole > unitDigits) return 0;
    parts = mantissa * powerOfTen(unitDigits - whole);
  }
  const zone: u32 = load<u8>(at);
  if (zone == 0x5a) at++;
  else if (zone == 0x2b) {
    if (
      pairAt(at + 1) != 0 ||
      pairAt(at + 4) != 0 ||
      <u32>load<u8>(at, 3) != COLON
    )
      return 0;
    at += 6;
  }
  if (<u32>load<u8>(at) != QUOTE) return 0;
  if (unitDigits > 6 && (value >= SECONDS_MAX || value <= -SECONDS_MAX)) return 0;
  const units = value * <i64>powerOfTen(unitDigits) + <i64>parts;
  if (load<u32>(column, WIDTH << 2) == 4) store<i32>(target, <i32>units);
  else store<i64>(target, units);
  return at + 1;
}

export function timestamp(at: usize, target: usize, column: usize): usize {
  if (<u32>load<u8>(at) != QUOTE || !holdsDate(at + 1)) return 0;
  const separator: u32 = load<u8>(at, 11);
  if (separator != 0x54 && separator != 0x74 && separator != 0x20) return 0;
  const second = secondAt(at + 12);
  if (second == NONE) return 0;
  const value = <i64>day * SECONDS_OF_DAY + <i64>second;
  return seconds(value, at + 20, target, column);
}

export function time(at: usize, target: usize, column: usize): usize {
  if (<u32>load<u8>(at) != QUOTE) return 0;
  const second = secondAt(at + 1);
  if (second == NONE) return 0;
  return seconds(second, at + 9, target, column);
}

/** A day in an int32. */
export function date(at: usize, target: usize): usize {
  if (<u32>load<u8>(at) != QUOTE || !holdsDate(at + 1)) return 0;
  if (<u32>load<u8>(at, 11) != QUOTE) return 0;
  store<i32>(target, day);
  return at + 12;
}

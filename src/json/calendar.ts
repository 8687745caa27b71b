/**
 * The proleptic Gregorian calendar, which ISO 8601 prescribes, on days since 1970-01-01. Arguments and results
 * are integers; every step stays below 2^53, so that the whole range of Arrow's times is exact.
 * The cycles are those of the calendar: 146,097 days in 400 years that begin on 1 March, so that the leap day
 * comes last.
 */
export interface CivilDate {
  year: number;
  month: number;
  day: number;
}

const DAYS_OF_ERA = 146_097;
/** 0000-03-01 to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468;
/** Days from 1 March to the first of each month, March first. */
const monthStarts = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];

/** Fills `into` with the date of a day. */
export function civilDate(day: number, into: CivilDate): void {
  const shifted = day + DAYS_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_OF_ERA);
  const dayOfEra = shifted - era * DAYS_OF_ERA;
  // Centuries have 36,524 days, but the last of an era one more; likewise the four years of a leap cycle.
  const century = Math.min((dayOfEra / 36_524) | 0, 3);
  const dayOfCentury = dayOfEra - century * 36_524;
  const cycle = (dayOfCentury / 1461) | 0;
  const dayOfCycle = dayOfCentury - cycle * 1461;
  const yearOfCycle = Math.min((dayOfCycle / 365) | 0, 3);
  const dayOfYear = dayOfCycle - yearOfCycle * 365;
  let month = (dayOfYear / 31) | 0;
  while (month < 11 && dayOfYear >= (monthStarts[month + 1] as number)) month++;
  into.day = dayOfYear - (monthStarts[month] as number) + 1;
  into.month = month < 10 ? month + 3 : month - 9;
  into.year =
    era * 400 +
    century * 100 +
    cycle * 4 +
    yearOfCycle +
    (into.month < 3 ? 1 : 0);
}

/** The day of a date; the inverse of `civilDate`. */
export function dayOf(year: number, month: number, day: number): number {
  const shiftedYear = month < 3 ? year - 1 : year;
  const shiftedMonth = month < 3 ? month + 9 : month - 3;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfEra =
    yearOfEra * 365 +
    ((yearOfEra / 4) | 0) -
    ((yearOfEra / 100) | 0) +
    (monthStarts[shiftedMonth] as number) +
    day -
    1;
  return era * DAYS_OF_ERA + dayOfEra - DAYS_TO_EPOCH;
}

/** Whether the calendar has the date. */
export function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  if (month === 2) {
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    return day <= (leap ? 29 : 28);
  }
  return (
    day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31)
  );
}

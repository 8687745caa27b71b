import { dayOf, isDate } from "./calendar.js";

/** A date, a time of day, or both, as ISO 8601 text says them. */
export interface TimeValue {
  /** Days since 1970-01-01; undefined when there is no date. */
  readonly day: number | undefined;
  /** Seconds of the day; undefined when there is no time. */
  readonly second: number | undefined;
  /** Digits of the fraction of a second, without zeros at the end. */
  readonly fraction: string;
  /** Seconds east of UTC; undefined when the text does not say. */
  readonly offset: number | undefined;
}

const date = String.raw`([+-]\d{4,12}|\d{4})-(\d\d)-(\d\d)`;
const clock = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?`;
const zone = String.raw` ?(?:([Zz])|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?`;
const dateForm = new RegExp(`^${date}$`);
const timeForm = new RegExp(`^[Tt]?${clock}${zone}$`);
const bothForm = new RegExp(`^${date}(?:[Tt]| +)(.+)$`);

/**
 * Reads the forms of RFC 3339 and ISO 8601's extended format (also without seconds, with expanded years, and with
 * a blank for the T); undefined for any other text, for dates that the calendar lacks, for second 60 and for hour
 * 24, but for 24:00:00 as a time of day.
 */
export function timeValue(text: string): TimeValue | undefined {
  const both = bothForm.exec(text);
  const dateOnly = both ?? dateForm.exec(text);
  if (dateOnly === null) return timeOfDay(text, undefined);
  const [, year, month, dayOfMonth, rest] = dateOnly;
  const parts = [Number(year), Number(month), Number(dayOfMonth)] as const;
  if (!isDate(...parts)) return undefined;
  const day = dayOf(...parts);
  if (rest !== undefined) return timeOfDay(rest, day);
  return { day, second: undefined, fraction: "", offset: undefined };
}

function timeOfDay(
  text: string,
  day: number | undefined,
): TimeValue | undefined {
  const form = timeForm.exec(text);
  if (form === null) return undefined;
  const [, hour, minute, second = "0", fraction = "", zulu, sign, ...east] =
    form;
  const isPast = [minute, second, fraction].some((part) => Number(part) > 0);
  const lastHour = day === undefined && !isPast ? 24 : 23;
  if (Number(hour) > lastHour || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = east.map((part) =>
    Number((part as string | undefined) ?? 0),
  );
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const size = hours * 3600 + minutes * 60 + seconds;
  const offset = sign === "-" ? -size : size;
  return {
    day,
    second: Number(hour) * 3600 + Number(minute) * 60 + Number(second),
    fraction: fraction.replace(/0+$/, ""),
    offset: zulu === undefined && sign === undefined ? undefined : offset,
  };
}

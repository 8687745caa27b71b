import { writeAscii } from "./block.js";
import { writeInt, writePadded, writeUint } from "./digits.js";
import { TWO_32, writeUint64 } from "./integer-text.js";
import { unitsOfSecond } from "./time-text.js";

/** Writes a 64-bit duration as ISO 8601 seconds, `PT12.345S` or `-PT0.001S`; returns the position behind it. */
export function writeDuration(
  view: DataView,
  at: number,
  low: number,
  high: number,
  digits: number,
): number {
  if (high < 0) view.setUint8(at++, 45);
  at = writeAscii(view, at, "PT");
  return writeSeconds(view, at, low, high, digits);
}

/** Writes an interval of months as `P14M`; returns the position behind it. */
export function writeMonths(
  view: DataView,
  at: number,
  months: number,
): number {
  at = writeInt(view, writeAscii(view, at, "P"), months);
  return writeAscii(view, at, "M");
}

/** Writes an interval of days and milliseconds as `P3DT4.005S`; returns the position behind it. */
export function writeDayTime(
  view: DataView,
  at: number,
  days: number,
  milliseconds: number,
): number {
  at = writeInt(view, writeAscii(view, at, "P"), days);
  at = writeAscii(view, at, milliseconds < 0 ? "DT-" : "DT");
  return writeSeconds(view, at, milliseconds, milliseconds >> 31, 3);
}

/** Writes an interval of months, days and nanoseconds as `P1M2DT3.000000004S`; returns the position behind it. */
export function writeMonthDayNano(
  view: DataView,
  at: number,
  months: number,
  days: number,
  low: number,
  high: number,
): number {
  at = writeInt(view, writeMonths(view, at, months), days);
  at = writeAscii(view, at, high < 0 ? "DT-" : "DT");
  return writeSeconds(view, at, low, high, 9);
}

/** Writes the size of a signed 64-bit count of a unit as seconds, with the fraction of that unit, and `S`. */
function writeSeconds(
  view: DataView,
  at: number,
  low: number,
  high: number,
  digits: number,
): number {
  const bottom = (high < 0 ? -low : low) >>> 0;
  const top = (high < 0 ? ~high + (low === 0 ? 1 : 0) : high) >>> 0;
  if (digits === 0) {
    at = writeUint64(view, at, bottom, top);
  } else {
    const perSecond = unitsOfSecond[digits] as number;
    let fraction: number;
    if (top < 0x200000) {
      const value = top * TWO_32 + bottom;
      const seconds = Math.floor(value / perSecond);
      at = writeUint(view, at, seconds);
      fraction = value - seconds * perSecond;
    } else {
      const value = (BigInt(top) << 32n) | BigInt(bottom);
      at = writeAscii(view, at, String(value / BigInt(perSecond)));
      fraction = Number(value % BigInt(perSecond));
    }
    view.setUint8(at, 46);
    at = writePadded(view, at + 1, fraction, digits);
  }
  view.setUint8(at, 83);
  return at + 1;
}

import { kindOf } from "../arrow/kind.js";
import type { DataType } from "../arrow/schema.js";
import { typeName } from "../arrow/type-name.js";
import { Failure } from "../failure.js";

const date = /^([+-]?\d{4,6}-\d\d-\d\d)(.*)$/;
const timestamp =
  /^([+-]?\d{4,6}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d))?(\.\d+)?(.*)$/;
const number = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * The exact text of a cursor that lies before another one: by seconds for times, by days for dates, by one for
 * numbers.
 * @throws Failure(invalid_config) for other types, unless nothing is to be taken from it.
 */
export function earlier(type: DataType, text: string, lag: number): string {
  if (lag === 0) return text;
  switch (kindOf(type)) {
    case "int":
    case "uint64":
    case "decimal":
      return lessBy(text, BigInt(lag));
    case "date":
      return text.replace(date, (_, day: string, rest: string) => {
        const milliseconds = millisecondsOf(day, "00:00:00");
        return textOf(milliseconds - 86_400_000 * lag).slice(0, -9) + rest;
      });
    case "timestamp":
      return text.replace(
        timestamp,
        (_, day: string, clock = "00:00:00", fraction = "", zone = "") =>
          textOf(millisecondsOf(day, String(clock)) - 1000 * lag) +
          String(fraction) +
          String(zone),
      );
    default:
      throw new Failure(
        "invalid_config",
        `lag needs a replication key that is a number, a date or a time, and this one is ${typeName(type)}`,
      );
  }
}

/** Decimals keep their digits. */
function lessBy(text: string, lag: bigint): string {
  return text.replace(
    number,
    (_, sign: string, whole: string, fraction = "") => {
      const digits = String(fraction);
      const scale = 10n ** BigInt(digits.length);
      const value = BigInt(`${sign}${whole}${digits}`) - lag * scale;
      const size = value < 0n ? -value : value;
      const point = digits === "" ? "" : ".";
      const behind = String(size % scale).padStart(digits.length, "0");
      return `${value < 0n ? "-" : ""}${String(size / scale)}${point}${digits === "" ? "" : behind}`;
    },
  );
}

function millisecondsOf(day: string, clock: string): number {
  // ECMAScript wants six digits behind a sign.
  const year = /^([+-]?)(\d+)-/.exec(day);
  const sign = year?.[1] ?? "";
  const digits = year?.[2] ?? "";
  const full =
    sign === "" && digits.length === 4
      ? digits
      : `${sign === "" ? "+" : sign}${digits.padStart(6, "0")}`;
  return Date.parse(
    `${full}${day.slice(sign.length + digits.length)}T${clock}Z`,
  );
}

/** `YYYY-MM-DDTHH:MM:SS` */
function textOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, -5);
}

import type { ColumnBuilder } from "./column-builder.js";
import { decimalOf, numberText, scaledInteger } from "./decimal-value.js";
import { TWO_32 } from "./integer-text.js";
import { exactPowers } from "./power-of-ten.js";
import { misfit, type Source } from "./source.js";

const MINUS = 0x2d;
const POINT = 0x2e;

/** Adds a number to a decimal column, exactly; returns the position behind it. */
export function addDecimal(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  if (column.length === column.capacity) column.grow();
  const { bytes, end } = source;
  const negative = bytes[at] === MINUS;
  const first = negative ? at + 1 : at;
  let place = first;
  let value = 0;
  let digit = (bytes[place] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    digit = (bytes[++place] as number) - 48;
  }
  const whole = place - first;
  let fraction = 0;
  if (digit === POINT - 48) {
    const start = ++place;
    digit = (bytes[place] as number) - 48;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = (bytes[++place] as number) - 48;
    }
    fraction = place - start;
    if (fraction === 0) return addAnyDecimal(source, at, column);
  }
  const missing = column.digits - fraction;
  if (
    whole === 0 ||
    missing < 0 ||
    missing > 15 ||
    place > end ||
    digit === 53 ||
    digit === 21 ||
    (whole > 1 && bytes[first] === 48)
  )
    return addAnyDecimal(source, at, column);
  value *= exactPowers[missing] as number;
  if (value >= 9_007_199_254_740_992 || value >= column.limit)
    return addAnyDecimal(source, at, column);
  storeSmall(column, negative ? -value : value);
  return place;
}

function storeSmall(column: ColumnBuilder, value: number): void {
  const { view, width } = column;
  const from = width * column.length++;
  view.setInt32(from, value | 0, true);
  const high = Math.floor(value / TWO_32);
  if (width > 4) view.setInt32(from + 4, high, true);
  for (let place = 8; place < width; place += 4)
    view.setInt32(from + place, high < 0 ? -1 : 0, true);
}

/** Many digits, exponents, and strings of these. */
function addAnyDecimal(
  source: Source,
  at: number,
  column: ColumnBuilder,
): number {
  const number = numberText(source, at);
  if (number === undefined || column.type.type !== "decimal")
    throw misfit(source, at, column, "not a number");
  const value = scaledInteger(
    decimalOf(number.text),
    column.digits,
    column.type.precision,
  );
  if (value === "fraction")
    throw misfit(source, at, column, "too many digits behind the point");
  if (value === "large") throw misfit(source, at, column, "too many digits");
  const { view, width } = column;
  const from = width * column.length;
  if (width === 4) view.setInt32(from, Number(value), true);
  else
    for (let place = 0; place < width; place += 8)
      view.setBigInt64(
        from + place,
        BigInt.asIntN(64, value >> BigInt(8 * place)),
        true,
      );
  column.length++;
  return number.next;
}

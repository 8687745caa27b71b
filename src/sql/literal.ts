import { kindOf, type Kind } from "../arrow/kind.js";
import type { DataType } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { stringLiteral, typeText, type Dialect } from "./dialect.js";

const integer = /^-?\d+$/;
const decimal = /^-?\d+(\.\d+)?$/;
const float = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
/** Taps that know no dates, such as pipelinewise's, keep them as midnight. */
const date =
  /^([+-]?\d{4,6}-\d\d-\d\d)(?:[T ]00:00:00(?:\.0+)?(?:Z|[+-]00:?00)?)?$/;
const time = /^\d\d:\d\d:\d\d(\.\d+)?$/;
/** A day alone is its beginning. */
const timestamp =
  /^([+-]?\d{4,6}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * How the exact text of a value (as the JSON writer prints it, without quotes) becomes a literal of full
 * precision. Undefined: values of this kind have no order that a cursor could follow. The patterns are
 * strict, so nothing of a state file reaches SQL unquoted.
 */
const literals: Readonly<
  Record<
    Kind,
    | ((text: string, type: DataType, dialect: Dialect) => string | undefined)
    | undefined
  >
> = {
  null: undefined,
  bool: undefined,
  int: (text) => (integer.test(text) ? text : undefined),
  uint64: (text) => (integer.test(text) ? text : undefined),
  float: (text, _type, dialect) =>
    float.test(text) ? stringLiteral(dialect, text) : undefined,
  decimal: (text, _type, dialect) =>
    decimal.test(text) ? stringLiteral(dialect, text) : undefined,
  utf8: (text, _type, dialect) => stringLiteral(dialect, text),
  binary: undefined,
  date: (text, _type, dialect) => {
    const day = date.exec(text)?.[1];
    return day === undefined ? undefined : stringLiteral(dialect, day);
  },
  time: (text, _type, dialect) =>
    time.test(text) ? stringLiteral(dialect, text) : undefined,
  timestamp: timestampLiteral,
  duration: undefined,
  interval: undefined,
  list: undefined,
  struct: undefined,
  map: undefined,
  union: undefined,
};

/** A wall clock is written without an offset, an instant with one: `Z` may stand for either in a state. */
function timestampLiteral(
  text: string,
  type: DataType,
  dialect: Dialect,
): string | undefined {
  const match = timestamp.exec(text);
  if (match === null || type.type !== "timestamp") return undefined;
  const [, day = "", clock = "00:00:00", offset] = match as readonly (
    string | undefined
  )[];
  const utc = offset === undefined || /^(Z|[+-]00:?00)$/.test(offset);
  if (type.timezone === undefined)
    return utc ? stringLiteral(dialect, `${day} ${clock}`) : undefined;
  return stringLiteral(
    dialect,
    `${day} ${clock}${utc ? "+00:00" : /:/.test(offset) ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`}`,
  );
}

/**
 * A typed SQL literal of a cursor value; undefined when the text is none of the type.
 * @throws Failure(unsupported) for kinds without an order.
 */
export function cursorLiteral(
  dialect: Dialect,
  type: DataType,
  text: string,
): string | undefined {
  const kind = kindOf(type);
  const print = literals[kind];
  if (print === undefined)
    throw new Failure(
      "unsupported",
      `a column of kind ${kind} has no order that a replication key could follow; choose another column`,
    );
  const literal = print(text, type, dialect);
  if (literal === undefined) return undefined;
  return kind === "int" || kind === "uint64" || kind === "utf8"
    ? literal
    : `CAST(${literal} AS ${typeText(dialect, type)})`;
}

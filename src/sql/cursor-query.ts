import { kindOf } from "../arrow/kind.js";
import type { Field } from "../arrow/schema.js";
import { typeName } from "../arrow/type-name.js";
import type { CursorOptions, Plan } from "../engine.js";
import { Failure } from "../failure.js";
import type { StreamState } from "../state.js";
import { identifier, type Dialect } from "./dialect.js";
import { earlier } from "./earlier.js";
import { cursorLiteral } from "./literal.js";

/** What becomes of rows whose cursor column is NULL: read on the first run, never, or an error. */
export type NullCursor = "include_once" | "skip" | "fail";

/** One row about a cursor column: see `cursorBounds`. */
export interface CursorBounds {
  /** Exact text of the largest value; undefined without any. */
  readonly upper: string | undefined;
  /** Whether it lies before the value that was asked about. */
  readonly behind: boolean;
  /** Rows without a value. */
  readonly nulls: string;
}

export interface CursorSource {
  readonly dialect: Dialect;
  readonly column: Field;
  readonly nullCursor: NullCursor;
  readonly options: CursorOptions;
  /** @param value literal to hold the largest value against. */
  readonly bounds: (value: string | undefined) => Promise<CursorBounds>;
}

/** What is read along a cursor, and what is true afterwards. */
export interface CursorQuery {
  /** Undefined: nothing. */
  readonly where: string | undefined;
  readonly orderBy: string | undefined;
  readonly position: Pick<Plan, "since" | "state" | "reset">;
}

/**
 * Freezes the bounds of an incremental read: from the last value, or where the settings say, to the largest one now.
 * @throws Failure(invalid_config | invalid_data | unsupported)
 */
export async function cursorQuery(
  source: CursorSource,
  last: StreamState | undefined,
): Promise<CursorQuery> {
  const { dialect, column, nullCursor, options } = source;
  const name = identifier(dialect, column.name);
  let reset = resetOf(source, last);
  let since = reset === undefined ? last : undefined;
  const start = startLiteral(source);
  let bounds = await source.bounds(
    since === undefined ? start : literalOf(source, since.cursor),
  );
  if (since !== undefined && bounds.behind) {
    reset = `the state stands at ${since.cursor}, behind the largest ${column.name} of the table (${bounds.upper ?? "NULL"})`;
    since = undefined;
    bounds = await source.bounds(start);
  }
  if (since === undefined && nullCursor === "fail" && bounds.nulls !== "0")
    throw new Failure(
      "invalid_data",
      `${bounds.nulls} rows have no value in the replication key ${column.name}; set null_cursor to include_once or skip`,
    );
  const includeNulls = since === undefined && nullCursor === "include_once";
  const { upper } = bounds;
  // Nothing is there yet that the settings want.
  const isEmpty = upper === undefined || (since === undefined && bounds.behind);
  const lower =
    since === undefined
      ? start
      : literalOf(source, earlier(column.type, since.cursor, options.lag));
  const isAfter = options.exclusive && since !== undefined;
  const parts = isEmpty
    ? []
    : [
        ...(lower === undefined
          ? []
          : [`${name} ${isAfter ? ">" : ">="} ${lower}`]),
        `${name} <= ${literalOf(source, upper)}`,
      ];
  const where = [
    ...(parts.length === 0 ? [] : [parts.join(" AND ")]),
    ...(includeNulls ? [`${name} IS NULL`] : []),
  ];
  return {
    where: where.length === 0 ? undefined : where.join(" OR "),
    orderBy: isOrdered(source, since)
      ? includeNulls
        ? `${name} NULLS FIRST`
        : name
      : undefined,
    position: {
      since,
      state: isEmpty ? since : { cursorField: column.name, cursor: upper },
      reset,
    },
  };
}

/** Why a state cannot be used, as far as it says itself. */
function resetOf(
  { dialect, column }: CursorSource,
  last: StreamState | undefined,
): string | undefined {
  if (last === undefined) return undefined;
  if (last.cursorField !== column.name)
    return `the replication key was ${last.cursorField} and is ${column.name} now`;
  return cursorLiteral(dialect, column.type, last.cursor) === undefined
    ? `the state stands at ${JSON.stringify(last.cursor.slice(0, 80))}, which is no value of ${column.name}, ${typeName(column.type)}`
    : undefined;
}

/** Where a stream begins that has no state. */
function startLiteral({
  dialect,
  column,
  options: { start },
}: CursorSource): string | undefined {
  if (start === undefined) return undefined;
  const kind = kindOf(column.type);
  const holdsTimes = kind === "date" || kind === "timestamp";
  if ("date" in start && !holdsTimes) return undefined;
  // A date of SDK's taps has a time of day.
  const text =
    "value" in start
      ? start.value
      : kind === "date"
        ? start.date.slice(0, 10)
        : start.date;
  const literal = cursorLiteral(dialect, column.type, text);
  if (literal !== undefined) return literal;
  throw new Failure(
    "invalid_config",
    `${"value" in start ? "start_value" : "start_date"} ${JSON.stringify(text)} is no value of ${column.name}, ${typeName(column.type)}`,
  );
}

/**
 * A read that lags would tell states behind its own. Values that are equal to the database, and not to us, would be
 * passed over by an exclusive read.
 */
function isOrdered(
  { column, options }: CursorSource,
  since: StreamState | undefined,
): boolean {
  const { ordered, exclusive, lag } = options;
  const isLagging = lag > 0 && since !== undefined;
  const isExact = kindOf(column.type) !== "utf8" || !exclusive;
  return ordered && !isLagging && isExact;
}

/** Of a value that the database or a state has, which was looked at. */
function literalOf({ dialect, column }: CursorSource, text: string): string {
  const literal = cursorLiteral(dialect, column.type, text);
  if (literal !== undefined) return literal;
  throw new Failure(
    "internal",
    `${text} is no value of ${column.name}, ${typeName(column.type)}`,
  );
}

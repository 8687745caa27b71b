import type { Batch } from "../../arrow/batch.js";
import { isValid } from "../../arrow/vector.js";
import type { Vector } from "../../arrow/vector.js";
import { findColumn, integerAt, invalid, itemsAt, textAt } from "./columns.js";

/** How one column of a metadata answer becomes one property of a row. */
export interface ColumnSpec<T> {
  readonly column: string;
  readonly read: (vector: Vector, row: number) => T | undefined;
}

/** Properties of a row by their names; one of an optional column is undefined where it is NULL or missing. */
export interface ColumnSpecs {
  readonly required?: Readonly<Record<string, ColumnSpec<unknown>>>;
  readonly optional?: Readonly<Record<string, ColumnSpec<unknown>>>;
}

type Values<Specs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends ColumnSpec<infer T>
    ? T
    : never;
};
type Partials<Specs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends ColumnSpec<infer T>
    ? T | undefined
    : never;
};

/** What `readRows` gives for a table of columns. */
export type RowOf<S extends ColumnSpecs> = Values<S["required"]> &
  Partials<S["optional"]>;

/** A column of text. */
export function text(column: string): ColumnSpec<string> {
  return { column, read: textAt };
}

/** A column of integers that fit a number. */
export function integer(column: string): ColumnSpec<number> {
  return {
    column,
    read: (vector, row) => {
      const value = integerAt(vector, row);
      return value === undefined ? undefined : Number(value);
    },
  };
}

/** A column of booleans; servers that have none send integers. */
export function boolean(column: string): ColumnSpec<boolean> {
  return {
    column,
    read: (vector, row) => {
      if (vector.layout !== "bool") {
        const value = integerAt(vector, row);
        return value === undefined ? undefined : Number(value) !== 0;
      }
      if (!isValid(vector, row)) return undefined;
      return (((vector.bits[row >> 3] as number) >> (row & 7)) & 1) === 1;
    },
  };
}

/** A column of lists of text. */
export function texts(column: string): ColumnSpec<readonly string[]> {
  return {
    column,
    read: (vector, row) => {
      if (!isValid(vector, row)) return undefined;
      const { child, start, end } = itemsAt(vector, row);
      const items: string[] = [];
      for (let item = start; item < end; item++) {
        const value = textAt(child, item);
        if (value === undefined) throw invalid(`an item of ${column} is NULL`);
        items.push(value);
      }
      return items;
    },
  };
}

/**
 * The rows of a metadata answer. Columns are found by name, since servers order them differently.
 * @throws Failure(invalid_data) when a required column is missing or NULL, or a column has another type.
 */
export function* readRows<S extends ColumnSpecs>(
  batch: Batch,
  { required = {}, optional = {} }: S,
): Generator<RowOf<S>, void, undefined> {
  const readers = [
    ...readersOf(batch, required, true),
    ...readersOf(batch, optional, false),
  ];
  for (let row = 0; row < batch.length; row++)
    // Every property of the specs is among the readers, with its type.
    yield Object.fromEntries(
      readers.map(({ name, read }) => [name, read(row)]),
    ) as RowOf<S>;
}

function readersOf(
  batch: Batch,
  specs: Readonly<Record<string, ColumnSpec<unknown>>>,
  isRequired: boolean,
): { readonly name: string; readonly read: (row: number) => unknown }[] {
  return Object.entries(specs).map(([name, { column, read }]) => {
    const vector = findColumn(batch, column);
    if (vector === undefined && isRequired)
      throw invalid(`it has no column ${column}`);
    return {
      name,
      read: (row) => {
        const value = vector && read(vector, row);
        if (value === undefined && isRequired)
          throw invalid(`column ${column} is NULL in row ${String(row)}`);
        return value;
      },
    };
  });
}

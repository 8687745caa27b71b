import type { Batch } from "../../arrow/batch.js";
import { isValid } from "../../arrow/vector.js";
import type { Vector } from "../../arrow/vector.js";
import { column, integerAt, invalid, itemsAt, textAt } from "./columns.js";

/** A fact about a server. Integers keep the width that the server chose: 64 bits are a bigint. */
export type SqlInfoValue =
  | string
  | boolean
  | number
  | bigint
  | readonly string[]
  | ReadonlyMap<number, readonly number[]>;

/**
 * Reads a batch of CommandGetSqlInfo's answer into `values`. The value of a row is whatever child of the union
 * it has, since servers disagree about which one an id takes. A NULL is left out.
 * @throws Failure(invalid_data)
 */
export function readSqlInfo(
  batch: Batch,
  values: Map<number, SqlInfoValue>,
): void {
  const names = column(batch, "info_name");
  const union = column(batch, "value");
  for (let row = 0; row < batch.length; row++) {
    const name = integerAt(names, row);
    const value = valueAt(union, row);
    if (name === undefined) throw invalid("info_name is NULL");
    if (value !== undefined) values.set(Number(name), value);
  }
}

function valueAt(vector: Vector, row: number): SqlInfoValue | undefined {
  switch (vector.layout) {
    case "union": {
      const child = childOf(vector, vector.typeIds[row] as number);
      return valueAt(child, vector.offsets[row] as number);
    }
    case "bool":
      if (!isValid(vector, row)) return undefined;
      return (((vector.bits[row >> 3] as number) >> (row & 7)) & 1) === 1;
    case "fixed":
      return integerAt(vector, row);
    case "bytes":
      return textAt(vector, row);
    case "list":
      if (!isValid(vector, row)) return undefined;
      return vector.type.type === "map"
        ? numberListsAt(vector, row)
        : textsAt(vector, row);
    case "null":
      return undefined;
    case "struct":
      throw invalid("a value is a struct");
  }
}

function childOf(
  vector: Extract<Vector, { layout: "union" }>,
  typeId: number,
): Vector {
  const ids = vector.type.type === "union" ? vector.type.typeIds : [];
  const child = vector.children[ids.indexOf(typeId)];
  if (child === undefined)
    throw invalid(`a value has the unknown union type ${String(typeId)}`);
  return child;
}

function textsAt(vector: Vector, row: number): readonly string[] {
  const { child, start, end } = itemsAt(vector, row);
  const texts: string[] = [];
  for (let item = start; item < end; item++)
    texts.push(textAt(child, item) ?? "");
  return texts;
}

/** map<int32, list<int32>>: what SQL_SUPPORTS_CONVERT says. */
function numberListsAt(
  vector: Vector,
  row: number,
): ReadonlyMap<number, readonly number[]> {
  const { child: entries, start, end } = itemsAt(vector, row);
  const [keys, lists] = entries.layout === "struct" ? entries.children : [];
  if (keys === undefined || lists === undefined)
    throw invalid("a map has no keys and values");
  const map = new Map<number, readonly number[]>();
  for (let entry = start; entry < end; entry++) {
    const { child, start: first, end: last } = itemsAt(lists, entry);
    const numbers: number[] = [];
    for (let item = first; item < last; item++)
      numbers.push(Number(integerAt(child, item)));
    map.set(Number(integerAt(keys, entry)), numbers);
  }
  return map;
}

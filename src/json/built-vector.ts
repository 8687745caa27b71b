import type { Vector } from "../arrow/vector.js";
import { cell } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";

/** The cells of a column as a vector that owns its memory. */
export function builtVector(column: ColumnBuilder): Vector {
  const { type, length } = column;
  const validity =
    column.nulls === 0 ? undefined : bits(column.validity, length);
  const base = { type, length, validity };
  switch (column.code) {
    case cell.none:
      return { ...base, layout: "null", validity: undefined };
    case cell.bool:
      return { ...base, layout: "bool", bits: bits(column.data, length) };
    case cell.utf8:
    case cell.binary:
      return {
        ...base,
        layout: "bytes",
        offsets: column.offsets.slice(0, length + 1),
        data: column.data.slice(0, column.used),
      };
    case cell.list:
    case cell.fixedList:
    case cell.mapObject:
    case cell.mapEntries:
      return {
        ...base,
        layout: "list",
        offsets: column.offsets.slice(0, length + 1),
        child: entriesVector(column),
      };
    case cell.struct:
      return {
        ...base,
        layout: "struct",
        children: column.children.map(builtVector),
      };
    case cell.union:
      return {
        ...base,
        layout: "union",
        validity: undefined,
        typeIds: column.typeIds.slice(0, length),
        offsets: column.offsets.slice(0, length),
        children: column.children.map(builtVector),
      };
    default:
      return {
        ...base,
        layout: "fixed",
        width: column.width,
        data: column.data.slice(0, length * column.width),
      };
  }
}

/** The child of a list; of a map under the type that its schema gives the entries. */
function entriesVector(column: ColumnBuilder): Vector {
  const child = builtVector(column.children[0] as ColumnBuilder);
  return column.type.type === "map"
    ? { ...child, type: column.type.entries.type }
    : child;
}

/** A bitmap of `length` bits; those that fill its last byte are zero. */
function bits(bitmap: Uint8Array, length: number): Uint8Array {
  const copy = bitmap.slice(0, (length + 7) >> 3);
  if ((length & 7) !== 0)
    copy[length >> 3] =
      (copy[length >> 3] as number) & ((1 << (length & 7)) - 1);
  return copy;
}

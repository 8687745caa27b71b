import { cell } from "./cell-code.js";
import type { ColumnBuilder } from "./column-builder.js";

/** Adds a null, whatever the field says of nulls. */
export function addNull(column: ColumnBuilder): void {
  addEmpty(column);
  if (column.code === cell.none || column.code === cell.union) return;
  const index = column.length - 1;
  column.validity[index >> 3] =
    (column.validity[index >> 3] as number) & ~(1 << (index & 7));
  column.nulls++;
}

/** Adds zero, or an empty text or list: what stands behind a null. */
function addEmpty(column: ColumnBuilder): void {
  if (column.length === column.capacity) column.grow();
  const index = column.length++;
  const { offsets } = column;
  switch (column.code) {
    case cell.none:
      return;
    case cell.bool:
      column.data[index >> 3] =
        (column.data[index >> 3] as number) & ~(1 << (index & 7));
      return;
    case cell.utf8:
    case cell.binary:
    case cell.list:
    case cell.mapObject:
    case cell.mapEntries:
      offsets[index + 1] = offsets[index] as number;
      return;
    case cell.fixedList: {
      const item = column.children[0] as ColumnBuilder;
      const size =
        column.type.type === "fixed_size_list" ? column.type.size : 0;
      for (let count = 0; count < size; count++) addBehindNull(item);
      offsets[index + 1] = item.length;
      return;
    }
    case cell.struct:
      column.children.forEach(addBehindNull);
      return;
    case cell.union:
      addNullMember(column, index);
      return;
    default:
      column.data.fill(0, index * column.width, (index + 1) * column.width);
  }
}

/** The cells behind a null are null too where they may be, so that no reader takes a zero for a value. */
function addBehindNull(column: ColumnBuilder): void {
  if (column.nullable) addNull(column);
  else addEmpty(column);
}

/** A union has no nulls of its own; the first member that may be null stands in. */
function addNullMember(column: ColumnBuilder, index: number): void {
  const place = Math.max(nullMember(column), 0);
  const child = column.children[place];
  if (child === undefined || column.type.type !== "union") return;
  column.typeIds[index] = column.type.typeIds[place] as number;
  column.offsets[index] = child.length;
  addBehindNull(child);
}

/** The index of the first member of a union that may be null; -1 when none may. */
export function nullMember(column: ColumnBuilder): number {
  return column.children.findIndex(({ nullable }) => nullable);
}

import { cell, type CellCode } from "../cell-code.js";
import type { ColumnBuilder } from "../column-builder.js";
import * as layout from "./layout.js";

/** How the kernel reads each kind of cell. Of what it does not know it only finds the end. */
const ops: Readonly<Record<CellCode, number>> = {
  [cell.none]: layout.OP_DEFERRED,
  [cell.bool]: layout.OP_BOOL,
  [cell.int8]: layout.OP_INT,
  [cell.int16]: layout.OP_INT,
  [cell.int32]: layout.OP_INT,
  [cell.int64]: layout.OP_INT,
  [cell.uint8]: layout.OP_UINT,
  [cell.uint16]: layout.OP_UINT,
  [cell.uint32]: layout.OP_UINT,
  [cell.uint64]: layout.OP_UINT,
  [cell.float16]: layout.OP_DEFERRED,
  [cell.float32]: layout.OP_DEFERRED,
  [cell.float64]: layout.OP_FLOAT64,
  [cell.decimal]: layout.OP_DECIMAL,
  [cell.utf8]: layout.OP_TEXT,
  [cell.binary]: layout.OP_DEFERRED,
  [cell.fixedBinary]: layout.OP_DEFERRED,
  [cell.dateDay]: layout.OP_DATE,
  [cell.dateMs]: layout.OP_DEFERRED,
  [cell.time32]: layout.OP_TIME,
  [cell.time64]: layout.OP_TIME,
  [cell.timestamp]: layout.OP_TIMESTAMP,
  [cell.duration]: layout.OP_DEFERRED,
  [cell.months]: layout.OP_DEFERRED,
  [cell.dayTime]: layout.OP_DEFERRED,
  [cell.monthDayNano]: layout.OP_DEFERRED,
  [cell.list]: layout.OP_LIST,
  [cell.fixedList]: layout.OP_DEFERRED,
  [cell.struct]: layout.OP_STRUCT,
  [cell.mapObject]: layout.OP_DEFERRED,
  [cell.mapEntries]: layout.OP_DEFERRED,
  [cell.union]: layout.OP_DEFERRED,
};

/** How the kernel reads a column: one of the OP constants. One within which the kernel does not know something is all for the twin. */
export function opOf(column: ColumnBuilder): number {
  const op = ops[column.code];
  if (op !== layout.OP_LIST && op !== layout.OP_STRUCT) return op;
  const isKnown = column.children.every(
    (child) => opOf(child) !== layout.OP_DEFERRED,
  );
  return isKnown && column.children.length > 0 ? op : layout.OP_DEFERRED;
}

import { isUtf8 } from "node:buffer";
import { isValid, type BytesVector, type Vector } from "../arrow/vector.js";
import { Failure } from "../failure.js";
import { Block } from "./block.js";
import { writeCell } from "./cell-writer.js";
import { Column } from "./column.js";
import { textOf } from "./scan.js";

/** A column bound to its vector, and the memory that its texts are written to. */
interface Bound {
  readonly column: Column;
  readonly out: Block;
}

/** By vector, as several values of one are often asked for. */
const columns = new WeakMap<Vector, Bound>();

/**
 * The exact text of one value, such as a cursor: what the row writer prints, but without the quotes and escapes
 * of strings; undefined for null.
 * @throws Failure(invalid_data) when UTF-8 cannot say the value.
 */
export function textAt(vector: Vector, index: number): string | undefined {
  if (!isValid(vector, index)) return undefined;
  if (vector.layout === "bytes" && vector.type.type === "utf8")
    return utf8At(vector, index);
  let bound = columns.get(vector);
  if (bound === undefined) {
    const column = new Column("", vector.type, "value", "", {});
    column.bind(vector);
    bound = { column, out: new Block(256, column.room) };
    columns.set(vector, bound);
  }
  const { column, out } = bound;
  const length = writeCell(out, 0, column, index);
  // No other kind of string has anything to escape.
  const quoted = out.bytes[0] === 0x22;
  return quoted
    ? textOf(out.bytes, 1, length - 1)
    : textOf(out.bytes, 0, length);
}

function utf8At({ offsets, data }: BytesVector, index: number): string {
  const from = offsets[index] as number;
  const to = offsets[index + 1] as number;
  if (!isUtf8(data.subarray(from, to)))
    throw new Failure("invalid_data", "invalid UTF-8 in a value");
  return textOf(data, from, to);
}

import { kindOf } from "../arrow/kind.js";
import { field, type DataType } from "../arrow/schema.js";
import type { Vector } from "../arrow/vector.js";
import { Failure } from "../failure.js";
import { RowParser } from "./row-parser.js";

/**
 * One row that holds the value whose exact text `textAt` gives; undefined when the text is no value of the type.
 * @param type canonical.
 */
export function valueRow(type: DataType, text: string): Vector | undefined {
  const kind = kindOf(type);
  const isBare = kind === "int" || kind === "uint64" || kind === "decimal";
  if (isBare && !/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  const json = `{"c":${isBare ? text : JSON.stringify(text)}}`;
  const bytes = Buffer.from(json);
  const parser = new RowParser({ fields: [field("c", type)] });
  try {
    parser.parse(bytes, 0, bytes.length);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
  return parser.take()?.vectors[0];
}

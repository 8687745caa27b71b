/*
 * Test support, imported by tests only: batches to lines and back with the code under test.
 */
import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { RowParser, type RowParserOptions } from "./row-parser.js";
import { RowWriter, type RowWriterOptions } from "./row-writer.js";

/** All lines of a batch. */
export function linesOf(batch: Batch, options: RowWriterOptions = {}): Buffer {
  return Buffer.concat(blocksOf(new RowWriter(batch.schema, options), batch));
}

/** Copies of the blocks that the writer gives. */
export function blocksOf(
  writer: RowWriter,
  batch: Batch,
  prefix = "",
  suffix = "\n",
): Buffer[] {
  const blocks: Buffer[] = [];
  for (const block of writer.write(
    batch,
    Buffer.from(prefix),
    Buffer.from(suffix),
  ))
    blocks.push(Buffer.from(block));
  return blocks;
}

/** The batch of lines that end in a line feed; undefined when there are none. */
export function batchOfLines(
  schema: Schema,
  lines: string | Uint8Array,
  options: RowParserOptions = {},
): Batch | undefined {
  const bytes = typeof lines === "string" ? Buffer.from(lines) : lines;
  const parser = new RowParser(schema, options);
  for (let at = 0; at < bytes.length; at++)
    at = parser.parse(bytes, at, bytes.length);
  return parser.take();
}

/*
 * Test support, imported by tests only: what the kernel writes, held against its twin.
 */
import assert from "node:assert/strict";
import { batchOf, type Batch } from "../../arrow/batch.js";
import { batchOfValues, type Value } from "../../arrow/plain-values.js";
import { binary, field, utf8, type DataType } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import { memberColumns } from "../column.js";
import { RowWriter, type RowWriterOptions } from "../row-writer.js";
import { RowKernel } from "./row-kernel.js";

export const prefix = Buffer.from('{"type":"RECORD","stream":"s","record":');
export const suffix = Buffer.from(',"time_extracted":"2024-01-01"}\n');

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** All blocks that a writer gives, and how that ends. */
export function outcome(batch: Batch, options: RowWriterOptions) {
  const blocks: string[] = [];
  try {
    const writer = new RowWriter(batch.schema, options);
    for (const block of writer.write(batch, prefix, suffix))
      blocks.push(latin1(block));
  } catch (reason) {
    return { text: blocks.join(""), failure: Failure.from(reason).message };
  }
  return { text: blocks.join(""), failure: undefined };
}

/** Both give the same bytes, and then the same failure or none. */
export function assertTwins(
  batch: Batch,
  options: RowWriterOptions = {},
): void {
  const byKernel = outcome(batch, { ...options, kernel: true });
  const byTwin = outcome(batch, { ...options, kernel: false });
  assert.equal(byKernel.failure, byTwin.failure);
  if (byKernel.text === byTwin.text) return;
  // Only the first line that differs: all of them would be too much to read.
  const lines = byTwin.text.split("\n");
  const others = byKernel.text.split("\n");
  const row = lines.findIndex((line, index) => line !== others[index]);
  assert.equal(others[row], lines[row], `row ${String(row)}`);
  assert.equal(others.length, lines.length);
}

/** Whether the kernel writes every row of the batch itself. */
export function isAllKernel(
  batch: Batch,
  options: RowWriterOptions = {},
): boolean {
  const columns = memberColumns(batch.schema.fields, "", options);
  columns.forEach((column, index) => {
    const vector = batch.vectors[index];
    if (vector !== undefined) column.bind(vector);
  });
  const kernel = RowKernel.for(columns, 1 << 16);
  assert.ok(kernel);
  assert.ok(kernel.begin(Buffer.from("{"), Buffer.from("}\n")));
  while (kernel.row < batch.length) {
    kernel.fill(batch.length);
    if (kernel.isRefused) return false;
  }
  return true;
}

/** A batch of one column `a`. */
export function column(type: DataType, values: readonly Value[]): Batch {
  return batchOfValues({ fields: [field("a", type)] }, [values]);
}

/** A batch of one column `a` of a fixed width whose values have any bits. */
export function bitsColumn(
  type: DataType,
  width: number,
  data: Uint8Array,
): Batch {
  const length = data.length / width;
  const vector = {
    layout: "fixed",
    type,
    length,
    validity: undefined,
    width,
    data,
  } as const;
  return batchOf({ fields: [field("a", type)] }, [vector], length);
}

/** A batch of one utf8 column of any bytes. */
export function rawTexts(texts: readonly (Uint8Array | null)[]): Batch {
  const { vectors, length } = column(binary, texts);
  return batchOf(
    { fields: [field("a", utf8)] },
    vectors.map((vector) => ({ ...vector, type: utf8 })),
    length,
  );
}

import { RecordBatch, Table } from "apache-arrow";
import type { Batch } from "../arrow/batch.js";
import {
  fromApacheSchema,
  fromRecordBatch,
} from "../arrow/from-record-batch.js";
import { haveSameTypes } from "../arrow/same-types.js";
import type { Schema } from "../arrow/schema.js";
import { Failure } from "../failure.js";

/** Rows as apache-arrow has them: a `RecordBatchReader` is an iterable of record batches too. */
export type ArrowInput =
  | Table
  | RecordBatch
  | Iterable<Table | RecordBatch>
  | AsyncIterable<Table | RecordBatch>;

/** Rows as the driver sends them. */
export interface Rows {
  readonly schema: Schema;
  readonly batches: AsyncIterable<Batch>;
}

/**
 * Rows and their schema, for which the first of an iterable is waited for; the others are pulled when they are
 * wanted.
 * @throws Failure(invalid_input) when an iterable is empty, so that it has no schema.
 */
export async function rowsOf(input: ArrowInput): Promise<Rows> {
  if (isTable(input) || isRecordBatch(input)) {
    const schema = fromApacheSchema(input.schema);
    return { schema, batches: batchesOf([], input, schema) };
  }
  const pieces = pull(input);
  const first = await pieces.next();
  if (first.done === true)
    throw new Failure(
      "invalid_input",
      "there is no table and no record batch, so that nobody knows the columns: give a Table without rows instead",
    );
  const schema = fromApacheSchema(first.value.schema);
  return { schema, batches: batchesOf(pieces, first.value, schema) };
}

async function* batchesOf(
  rest: Iterable<Table | RecordBatch> | AsyncIterable<Table | RecordBatch>,
  first: Table | RecordBatch,
  schema: Schema,
): AsyncGenerator<Batch, void, undefined> {
  yield* toBatches(first, schema);
  for await (const piece of rest) yield* toBatches(piece, schema);
}

function* toBatches(
  piece: Table | RecordBatch,
  schema: Schema,
): Generator<Batch, void, undefined> {
  const recordBatches = isTable(piece) ? piece.batches : [piece];
  for (const recordBatch of recordBatches) {
    const batch = fromRecordBatch(recordBatch);
    if (!haveSameTypes(batch.schema, schema))
      throw new Failure(
        "invalid_input",
        "a record batch has other columns than the first one",
      );
    if (batch.length > 0) yield batch;
  }
}

async function* pull(
  input: Iterable<Table | RecordBatch> | AsyncIterable<Table | RecordBatch>,
): AsyncGenerator<Table | RecordBatch, void, undefined> {
  yield* input;
}

// Both are iterables of rows themselves. The checks of apache-arrow know objects of another copy of it.
function isTable(input: ArrowInput): input is Table {
  return Table.isTable(input);
}

function isRecordBatch(input: ArrowInput): input is RecordBatch {
  return RecordBatch.isRecordBatch(input);
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Dictionary,
  Int8,
  LargeUtf8,
  RecordBatchStreamWriter,
  Table,
  Utf8,
  Utf8View,
  makeBuilder,
  vectorFromArray,
} from "apache-arrow";
import type { DataType, RecordBatch } from "apache-arrow";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import { fromRecordBatch } from "./from-record-batch.js";
import { decodeStream } from "./ipc-stream.js";
import { valuesOfBatch } from "./plain-values.js";
import { toRecordBatch } from "./to-record-batch.js";

const batches = arbitrarySchema.chain((schema) => arbitraryBatch(schema));

/** A record batch of one column, built by apache-arrow. */
function columnOf(
  type: DataType,
  values: readonly (string | null)[],
): RecordBatch {
  const builder = makeBuilder({ type, nullValues: [null] });
  for (const value of values) builder.append(value);
  const [batch] = new Table({ a: builder.finish().toVector() }).batches;
  assert.ok(batch);
  return batch;
}

describe("record batches of apache-arrow", () => {
  test("any batch → RecordBatch → the same batch", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const recordBatch = toRecordBatch(batch);
        assert.equal(recordBatch.numRows, batch.length);
        assert.equal(recordBatch.numCols, batch.vectors.length);
        const back = fromRecordBatch(recordBatch);
        assert.deepEqual(back.schema, batch.schema);
        assert.deepEqual(valuesOfBatch(back), valuesOfBatch(batch));
      }),
      { numRuns: 300 },
    );
  });

  test("apache-arrow writes what it was given as the same batch", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const writer = RecordBatchStreamWriter.writeAll([toRecordBatch(batch)]);
        const [written] = decodeStream(writer.toUint8Array(true)).batches;
        assert.ok(written);
        assert.deepEqual(valuesOfBatch(written), valuesOfBatch(batch));
      }),
      { numRuns: 200 },
    );
  });

  test("slices of any batch are its rows", () => {
    fc.assert(
      fc.property(batches, fc.nat(20), fc.nat(20), (batch, a, b) => {
        const start = Math.min(a, batch.length);
        const end = Math.min(start + b, batch.length);
        const slice = fromRecordBatch(toRecordBatch(batch).slice(start, end));
        assert.equal(slice.length, end - start);
        const columns = valuesOfBatch(batch);
        assert.deepEqual(
          valuesOfBatch(slice),
          columns.map((column) => column.slice(start, end)),
        );
      }),
      { numRuns: 300 },
    );
  });

  const values = ["one", null, "a value that is longer than a view", "one"];
  const encodings = {
    dictionary: new Dictionary(new Utf8(), new Int8()),
    "64-bit offsets": new LargeUtf8(),
  };
  for (const [name, type] of Object.entries(encodings))
    test(`${name}: text comes out as text`, () => {
      const batch = fromRecordBatch(columnOf(type, values).slice(1, 4));
      assert.deepEqual(valuesOfBatch(batch), [values.slice(1, 4)]);
      assert.equal(batch.vectors[0]?.type.type, "utf8");
    });

  test("views: text comes out as text", () => {
    const vector = vectorFromArray(values, new Utf8View());
    const [recordBatch] = new Table({ a: vector }).batches;
    assert.ok(recordBatch);
    assert.deepEqual(valuesOfBatch(fromRecordBatch(recordBatch)), [values]);
  });
});

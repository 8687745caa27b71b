import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import { valuesOfBatch } from "./plain-values.js";
import { fromRecordBatch, toRecordBatch } from "./record-batch.js";

const batches = arbitrarySchema.chain((schema) => arbitraryBatch(schema));

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
      { numRuns: 500 },
    );
  });
});

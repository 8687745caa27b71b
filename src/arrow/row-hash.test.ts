import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";

import fc from "fast-check";

import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import { batchOfValues, valuesOfBatch } from "./plain-values.js";
import { RowHash } from "./row-hash.js";
import { field, int64, utf8 } from "./schema.js";

test("rows have one hash exactly when their values are the same, wherever and however they lie", () => {
  const batches = arbitrarySchema.chain((schema) =>
    arbitraryBatch(schema, { rowsMax: 5 }),
  );
  fc.assert(
    fc.property(batches, fc.boolean(), (batch, rough) => {
      const hash = new RowHash(batch.schema);
      const columns = valuesOfBatch(batch);
      const other = batchOfValues(
        batch.schema,
        columns.map((values) => [...values].reverse()),
        rough,
      );
      const row = (index: number) => columns.map((values) => values[index]);
      for (let a = 0; a < batch.length; a++)
        for (let b = 0; b < batch.length; b++)
          assert.equal(
            hash.of(batch, a) === hash.of(other, batch.length - 1 - b),
            isDeepStrictEqual(row(a), row(b)),
          );
    }),
  );
});

test("a hash stays what it is, since states keep it", () => {
  const schema = { fields: [field("id", int64), field("note", utf8)] };
  const batch = batchOfValues(schema, [
    [1n, null],
    ["Größe", null],
  ]);
  const hash = new RowHash(schema);
  assert.deepEqual(
    [hash.of(batch, 0), hash.of(batch, 1)],
    ["d8c6f5110ab7b6d7", "bd33fc5b6cb6848e"],
  );
});

test("names and types of the columns are part of it", () => {
  const hashes = [
    [field("a", int64), field("b", utf8)],
    [field("b", int64), field("a", utf8)],
    [field("a", { type: "int", bits: 64, signed: false }), field("b", utf8)],
  ].map((fields) =>
    new RowHash({ fields }).of(batchOfValues({ fields }, [[1n], ["x"]]), 0),
  );
  assert.equal(new Set(hashes).size, 3);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import { concatBatches, concatVectors } from "./concat.js";
import { emptyVector } from "./empty-vector.js";
import { valuesOf, valuesOfBatch } from "./plain-values.js";
import { sliceVector } from "./slice.js";
import { noRow, takeRows } from "./take.js";

/** Two batches of one schema. */
const pairs = arbitrarySchema.chain((schema) =>
  fc.tuple(arbitraryBatch(schema), arbitraryBatch(schema)),
);

describe("rows of vectors", () => {
  test("a slice has the values that lie there, 8-byte aligned", () => {
    fc.assert(
      fc.property(pairs, fc.nat(), fc.nat(), ([batch], a, b) => {
        const start = a % (batch.length + 1);
        const end = start + (b % (batch.length - start + 1));
        for (const vector of batch.vectors) {
          const slice = sliceVector(vector, start, end);
          assert.equal(slice.length, end - start);
          assert.deepEqual(valuesOf(slice), valuesOf(vector).slice(start, end));
          if (slice.layout === "fixed") {
            assert.equal(slice.data.byteOffset % 8, 0);
          }
        }
      }),
    );
  });

  test("joined batches have the values of all", () => {
    fc.assert(
      fc.property(pairs, ([first, second]) => {
        const joined = concatBatches([first, second, first]);
        const [a, b] = [valuesOfBatch(first), valuesOfBatch(second)];
        assert.equal(joined.length, 2 * first.length + second.length);
        assert.deepEqual(
          valuesOfBatch(joined),
          a.map((column, i) => [...column, ...(b[i] ?? []), ...column]),
        );
      }),
    );
  });

  test("slices, joined again, have the same values", () => {
    fc.assert(
      fc.property(pairs, fc.nat(), ([batch], at) => {
        const middle = at % (batch.length + 1);
        for (const vector of batch.vectors) {
          const joined = concatVectors([
            sliceVector(vector, 0, middle),
            sliceVector(vector, middle, batch.length),
          ]);
          assert.deepEqual(valuesOf(joined), valuesOf(vector));
        }
      }),
    );
  });

  test("any rows can be taken, as often as wanted", () => {
    fc.assert(
      fc.property(pairs, fc.array(fc.nat()), ([batch], picks) => {
        if (batch.length === 0) return;
        const rows = Int32Array.from(picks, (pick) => pick % batch.length);
        for (const vector of batch.vectors) {
          const values = valuesOf(vector);
          assert.deepEqual(
            valuesOf(takeRows(vector, rows)),
            Array.from(rows, (row) => values[row]),
          );
        }
      }),
    );
  });

  test("no row is NULL, in a union NULL of its first type", () => {
    fc.assert(
      fc.property(pairs, ([batch]) => {
        for (const vector of batch.vectors) {
          const rows = Int32Array.from([...Array(vector.length).keys(), noRow]);
          const values = valuesOf(takeRows(vector, rows));
          assert.deepEqual(values.slice(0, -1), valuesOf(vector));
          let last = values.at(-1);
          while (last !== null && typeof last === "object" && "value" in last) {
            last = last.value;
          }
          assert.equal(last, null);
        }
      }),
    );
  });

  test("an empty vector of any type can be joined with others", () => {
    fc.assert(
      fc.property(pairs, ([batch]) => {
        for (const vector of batch.vectors) {
          const empty = emptyVector(vector.type);
          assert.deepEqual(
            valuesOf(concatVectors([empty, vector])),
            valuesOf(vector),
          );
        }
      }),
    );
  });
});

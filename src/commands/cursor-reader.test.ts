import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { batchOfValues, valuesOfBatch } from "../arrow/plain-values.js";
import { field, int64, type Schema } from "../arrow/schema.js";
import type { StreamState } from "../state.js";
import { boundaryRowsMax, CursorReader } from "./cursor-reader.js";

const schema: Schema = { fields: [field("n", int64), field("id", int64)] };

type Row = readonly [n: bigint | null, id: bigint];

function batchOf(rows: readonly Row[]) {
  return batchOfValues(schema, [
    rows.map(([n]) => n),
    rows.map(([, id]) => id),
  ]);
}

function reader(upper: bigint, since?: StreamState, ordered = true) {
  const state = { cursorField: "n", cursor: String(upper) };
  const plan = { schema, partitions: [], since, state, ordered };
  const found = CursorReader.for(plan, "dedupe");
  assert.ok(found !== undefined);
  return found;
}

/** Rows in order, those without a value first, and where batches end. */
const streams = fc.tuple(
  fc.array(fc.option(fc.bigInt({ min: -3n, max: 5n }), { freq: 9 }), {
    minLength: 1,
    maxLength: 40,
  }),
  fc.array(fc.nat(5), { minLength: 40, maxLength: 40 }),
);

function inBatches(
  values: readonly (bigint | null)[],
  sizes: readonly number[],
): readonly (readonly Row[])[] {
  const order = [...values].sort((a, b) =>
    a === b ? 0 : a === null || (b !== null && a < b) ? -1 : 1,
  );
  const rows = order.map((n, id): Row => [n, BigInt(id)]);
  const batches: Row[][] = [];
  for (const size of sizes) batches.push(rows.splice(0, size + 1));
  return batches.filter((batch) => batch.length > 0);
}

test("a position is the last value of which every row has come, with those rows", () => {
  fc.assert(
    fc.property(streams, ([values, sizes]) => {
      const batches = inBatches(values, sizes);
      const reading = reader(5n);
      const seen: Row[] = [];
      for (const rows of batches) {
        reading.take(batchOf(rows));
        seen.push(...rows);
        const last = seen.at(-1)?.[0] ?? null;
        const complete = seen.findLast(([n]) => n !== last)?.[0] ?? null;
        const state = reading.position?.();
        assert.equal(state?.cursor, complete?.toString());
        if (state === undefined) continue;
        // Another run that goes on from there leaves out those rows, and no other.
        const next = reader(5n, state);
        const sent = seen.flatMap((row) => {
          const [ids] = valuesOfBatch(next.take(batchOf([row]))).slice(1);
          return ids ?? [];
        });
        assert.deepEqual(
          sent,
          seen.flatMap(([n, id]) => (n === complete ? [] : [id])),
        );
      }
    }),
  );
});

test("without an order nothing is known before the end", () => {
  const reading = reader(2n, undefined, false);
  for (const n of [0n, 2n, 1n, 2n]) reading.take(batchOf([[n, n]]));
  assert.equal(reading.position, undefined);
  const { cursor, boundary } = reading.end();
  assert.equal(cursor, "2");
  assert.equal(boundary?.length, 2);
});

test("a position is the same as long as it tells the same", () => {
  const reading = reader(9n);
  const positions = [0n, 1n, 1n, 2n].map((n, id) => {
    reading.take(batchOf([[n, BigInt(id)]]));
    return reading.position;
  });
  assert.equal(positions[0], undefined);
  assert.equal(positions[1], positions[2]);
  assert.notEqual(positions[2], positions[3]);
});

test("a value with too many rows is told as inclusive", () => {
  for (const [count, expected] of [
    [boundaryRowsMax, boundaryRowsMax],
    [boundaryRowsMax + 1, "inclusive".length],
  ] as const) {
    const reading = reader(0n);
    const rows = Array.from({ length: count }, (_, id): Row => [
      0n,
      BigInt(id),
    ]);
    reading.take(batchOf(rows.slice(0, 5_000)));
    reading.take(batchOf(rows.slice(5_000)));
    assert.equal(reading.end().boundary?.length, expected);
    reading.take(batchOf([[1n, 0n]]));
    assert.equal(reading.position?.().boundary?.length, expected);
  }
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import type { Batch } from "./batch.js";
import { encodePieces } from "./encode-pieces.js";
import { encodeSchema } from "./ipc-schema.js";
import { MessageReader } from "./ipc.js";
import { batchOfValues, valuesOfBatch } from "./plain-values.js";
import { field, int64, utf8, type Schema } from "./schema.js";

const batches = arbitrarySchema.chain((schema) => arbitraryBatch(schema));

/** What a reader makes of a batch in pieces, and how large each message is. */
function sent(
  batch: Batch,
  bytesMax: number,
): { readonly read: readonly Batch[]; readonly bytes: readonly number[] } {
  const reader = new MessageReader();
  reader.read(encodeSchema(batch.schema), new Uint8Array(0));
  const bytes: number[] = [];
  const read = [...encodePieces(batch, bytesMax)].map((piece) => {
    bytes.push(piece.header.byteLength + piece.bodyLength);
    const part = reader.read(piece.header, Buffer.concat(piece.body));
    assert.ok(part);
    return part;
  });
  return { read, bytes };
}

/** `rows` texts, the one at `long` of `bytes` bytes. */
function texts(rows: number, long: number, bytes: number): Batch {
  const schema = { fields: [field("t", utf8)] };
  const values = Array.from({ length: rows }, (_, row) =>
    row === long ? "x".repeat(bytes) : "y",
  );
  return batchOfValues(schema, [values]);
}

describe("a batch in pieces", () => {
  test("holds the same rows, each message within the bound or of one row", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 2000 }), (batch, max) => {
        const { read, bytes } = sent(batch, max);
        assert.deepEqual(
          batch.vectors.map((_, column) =>
            read.flatMap((part) => valuesOfBatch(part)[column] ?? []),
          ),
          valuesOfBatch(batch),
        );
        for (const [index, part] of read.entries())
          assert.ok((bytes[index] ?? 0) <= max || part.length <= 1);
      }),
      { numRuns: 300 },
    );
  });

  test("is whole when it fits, without rows too", () => {
    const schema: Schema = { fields: [field("n", int64)] };
    assert.equal(sent(batchOfValues(schema, [[1n, 2n]]), 1000).read.length, 1);
    assert.equal(sent(batchOfValues(schema, [[]]), 1).read.length, 1);
  });

  test("is divided again where one row is much larger than the others", () => {
    const { read, bytes } = sent(texts(1000, 700, 50_000), 60_000);
    assert.ok(bytes.every((size) => size <= 60_000));
    assert.ok(read.length < 5);
    const single = sent(texts(100, 50, 50_000), 1000);
    assert.equal(single.bytes.filter((size) => size > 1000).length, 1);
    assert.equal(
      single.read.find((_, index) => (single.bytes[index] ?? 0) > 1000)?.length,
      1,
    );
  });

  test("of a dense union each carry only their own values", () => {
    const rows = 1000;
    const type = {
      type: "union",
      mode: "dense",
      typeIds: [0, 1],
      fields: [field("n", int64), field("t", utf8)],
    } as const;
    const values = Array.from({ length: rows }, (_, row) =>
      row % 2 === 0
        ? { typeId: 0, value: BigInt(row) }
        : { typeId: 1, value: "text" },
    );
    const batch = batchOfValues({ fields: [field("u", type)] }, [values]);
    const whole = sent(batch, Infinity).bytes[0] ?? 0;
    const { bytes } = sent(batch, whole / 3);
    const all = bytes.reduce((sum, size) => sum + size, 0);
    assert.ok(all < 1.5 * whole, `${String(all)} bytes for ${String(whole)}`);
  });
});

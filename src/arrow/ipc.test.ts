import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import { type Batch, batchOf } from "./batch.js";
import { joinedBatch } from "./concat.js";
import { encodeBatch } from "./encode-batch.js";
import { fails, joined, readerOf } from "./hand-made-batch.js";
import { MessageReader } from "./ipc.js";
import { batchOfValues, valuesOf, valuesOfBatch } from "./plain-values.js";
import { field, int32, int8, utf8 } from "./schema.js";
import { takeRows } from "./take.js";
import { parseTypeName } from "./type-name.js";

const nothing = new Uint8Array(0);
const batches = arbitrarySchema.chain((schema) => arbitraryBatch(schema));

function readBack(batch: Batch, shift = 0): Batch {
  const encoded = encodeBatch(batch);
  const reader = readerOf(batch.schema);
  const back = reader.read(encoded.header, joined(encoded, shift));
  assert.ok(back);
  return back;
}

describe("record batches", () => {
  test("any batch → message → the same values, at any alignment", () => {
    fc.assert(
      fc.property(batches, fc.nat(7), (batch, shift) => {
        const back = readBack(batch, shift);
        assert.deepEqual(back.schema, batch.schema);
        assert.equal(back.length, batch.length);
        assert.deepEqual(valuesOfBatch(back), valuesOfBatch(batch));
      }),
      { numRuns: 500 },
    );
  });

  test("batches that are one only by name → one message → the values of all", () => {
    const several = arbitrarySchema.chain((schema) =>
      fc.tuple(
        arbitraryBatch(schema),
        arbitraryBatch(schema),
        arbitraryBatch(schema),
      ),
    );
    fc.assert(
      fc.property(several, fc.nat(7), (parts, shift) => {
        const batch = joinedBatch(parts);
        const back = readBack(batch, shift);
        const columns = parts.map(valuesOfBatch);
        const expected = batch.schema.fields.map((_, index) =>
          columns.flatMap((values) => values[index] ?? []),
        );
        assert.deepEqual(valuesOfBatch(back), expected);
        // Whoever asks for vectors gets the same.
        assert.deepEqual(valuesOfBatch(batch), expected);
        assert.equal(back.length, batch.length);
      }),
      { numRuns: 500 },
    );
  });

  test("buffers start at multiples of 8 and fill the body", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const { body, bodyLength } = encodeBatch(batch);
        const total = body.reduce((sum, part) => sum + part.length, 0);
        assert.equal(total, bodyLength);
        assert.equal(bodyLength % 8, 0);
      }),
    );
  });

  test("fixed-width values are 8-byte aligned wherever the body lies", () => {
    const schema = { fields: [field("a", int8), field("b", int32)] };
    const batch = batchOfValues(schema, [
      [1n, null, 3n],
      [4n, 5n, 6n],
    ]);
    for (let shift = 0; shift < 8; shift++) {
      for (const vector of readBack(batch, shift).vectors) {
        assert.ok(vector.layout === "fixed");
        assert.equal(vector.data.byteOffset % 8, 0);
        assert.equal(vector.data.length, 3 * vector.width);
        // Buffer.slice would not copy, which trips whoever expects that it does.
        assert.equal(Object.getPrototypeOf(vector.data), Uint8Array.prototype);
      }
    }
  });

  test("a misaligned body is copied, an aligned one is kept", () => {
    const schema = { fields: [field("b", int32, false)] };
    const encoded = encodeBatch(batchOfValues(schema, [[7n, 8n]]));
    for (const shift of [0, 3]) {
      const body = joined(encoded, shift);
      const back = readerOf(schema).read(encoded.header, body);
      const [vector] = back?.vectors ?? [];
      assert.ok(vector?.layout === "fixed");
      assert.equal(vector.data.buffer === body.buffer, shift === 0);
      assert.equal(back?.byteLength, encoded.bodyLength);
    }
  });

  test("validity without NULLs is dropped, and so is it on the wire", () => {
    const schema = { fields: [field("b", int32)] };
    const rough = batchOfValues(schema, [[1n, 2n]], true);
    assert.ok(rough.vectors[0]?.validity);
    assert.equal(readBack(rough).vectors[0]?.validity, undefined);
  });

  test("a message without a header is nobody's batch", () => {
    assert.equal(new MessageReader().read(nothing, nothing), undefined);
  });

  test("vectors are made once", () => {
    const schema = { fields: [field("b", utf8)] };
    const back = readBack(batchOfValues(schema, [["a"]]));
    assert.equal(back.vectors, back.vectors);
  });

  test("a fixed-size list of another size is not written", () => {
    const type = parseTypeName("fixed_size_list<item: int32>[2]");
    const schema = { fields: [field("c", type)] };
    const batch = batchOfValues(schema, [[[1n, 2n], [3n]]]);
    fails("invalid_data", () => encodeBatch(batch));
  });
});

test("a dense union out of order is put in order", () => {
  const type = parseTypeName("dense_union<a: int8=3, b: string=5>");
  const schema = { fields: [field("c", type)] };
  const values = [
    { typeId: 3, value: 1n },
    { typeId: 5, value: "x" },
    { typeId: 3, value: 2n },
  ];
  const [vector] = batchOfValues(schema, [values]).vectors;
  assert.ok(vector);
  const rows = takeRows(vector, Int32Array.of(2, 1, 0, 2));
  const [back] = readBack(batchOf(schema, [rows], 4)).vectors;
  assert.ok(back?.layout === "union");
  assert.deepEqual([...back.offsets], [0, 0, 1, 2]);
  assert.deepEqual(
    valuesOf(back),
    [2, 1, 0, 2].map((i) => values[i]),
  );
});

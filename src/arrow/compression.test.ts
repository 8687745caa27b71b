import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { FailureCode } from "../failure.js";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import {
  type Compression,
  compressBuffer,
  loadCompression,
} from "./compression.js";
import { encodeBatch } from "./encode-batch.js";
import {
  type Lie,
  fails,
  i32,
  i64,
  joined,
  one,
  readerOf,
  send,
  u8,
} from "./hand-made-batch.js";
import { batchOfValues, valuesOfBatch } from "./plain-values.js";

const compressions: readonly (readonly [Compression, number])[] = [
  ["lz4", 0],
  ["zstd", 1],
];

for (const [compression] of compressions) await loadCompression(compression);

for (const [compression, type] of compressions) {
  describe(`bodies compressed with ${compression}`, () => {
    test("what is sent is read", () => {
      fc.assert(
        fc.property(
          arbitrarySchema.chain((schema) =>
            arbitraryBatch(schema, { rowsMax: 200 }),
          ),
          fc.nat(7),
          (batch, shift) => {
            const encoded = encodeBatch(batch, { compression });
            const read = readerOf(batch.schema).read(
              encoded.header,
              joined(encoded, shift),
            );
            assert.ok(read);
            assert.deepEqual(valuesOfBatch(read), valuesOfBatch(batch));
          },
        ),
        { numRuns: 200 },
      );
    });

    test("what repeats becomes small, and the batch says its true size", () => {
      const schema = one("int64");
      const batch = batchOfValues(schema, [new Array(1000).fill(7n)]);
      const encoded = encodeBatch(batch, { compression });
      assert.ok(encoded.bodyLength < 1000);
      const read = readerOf(schema).read(encoded.header, joined(encoded));
      assert.equal(read?.byteLength, 8000);
    });

    const frame = (bytes: Uint8Array): Uint8Array =>
      Buffer.concat(compressBuffer(bytes, compression));
    const long = new Uint8Array(800).fill(3);
    const good = frame(long);
    const announcing = (length: bigint, content: Uint8Array = good) =>
      Buffer.concat([i64(length), content.subarray(8)]);
    const int64s = (data: Uint8Array, more: Partial<Lie> = {}): Lie => ({
      nodes: [100, 0],
      buffers: [u8(), data],
      compression: [type, 0],
      ...more,
    });

    test("a buffer that is stored raw", () => {
      const raw = Buffer.concat([i64(-1n), i64(5n, 6n)]);
      assert.deepEqual(
        send(readerOf(one("int64")), int64s(raw, { nodes: [2, 0] })),
        [[5n, 6n]],
      );
      const lone = compressBuffer(i32(1), compression);
      assert.deepEqual(Buffer.concat(lone), Buffer.concat([i64(-1n), i32(1)]));
    });

    test("a dictionary", () => {
      const reader = readerOf(one("int64"));
      fails("invalid_data", () =>
        send(reader, int64s(good, { dictionary: { id: 1n } })),
      );
      assert.equal(send(reader, int64s(good))?.[0]?.length, 100);
    });

    const lies: readonly (readonly [string, FailureCode, Lie])[] = [
      ["no place for a length", "invalid_data", int64s(u8(1, 2, 3))],
      ["no frame", "invalid_data", int64s(i64(800n))],
      ["another frame", "invalid_data", int64s(announcing(800n, i64(1n, 2n)))],
      ["too short", "invalid_data", int64s(announcing(792n))],
      ["too long", "invalid_data", int64s(announcing(808n))],
      ["negative", "invalid_data", int64s(announcing(-2n))],
      ["beyond 2^53", "invalid_data", int64s(announcing(2n ** 60n))],
      ["more than can be", "invalid_data", int64s(announcing(2n ** 34n))],
      ["cut", "invalid_data", int64s(good.subarray(0, good.length - 5))],
      [
        "raw, and too short",
        "invalid_data",
        int64s(Buffer.concat([i64(-1n), i64(5n)])),
      ],
      [
        "an unknown codec",
        "unsupported",
        int64s(good, { compression: [2, 0] }),
      ],
      [
        "an unknown method",
        "unsupported",
        int64s(good, { compression: [type, 1] }),
      ],
    ];
    for (const [name, code, lie] of lies) {
      test(`refused: ${name}`, () => {
        fails(code, () => send(readerOf(one("int64")), lie));
      });
    }

    test("no more is expanded than allowed, in all buffers together", () => {
      const bomb = frame(new Uint8Array(2 ** 20));
      const places = Array.from({ length: 64 }, () => [0, bomb.length]).flat();
      const lie = (copies: number) =>
        int64s(bomb, {
          nodes: [100, 0],
          buffers: [bomb],
          places: [0, 0, ...places.slice(0, 2 * copies)],
        });
      const reader = readerOf(one("int64"), 16 * 2 ** 20);
      assert.ok(send(reader, lie(16)));
      fails("exhausted", () => send(reader, lie(17)));
    });
  });
}

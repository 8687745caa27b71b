import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "../../arrow/arbitrary.js";
import type { Batch } from "../../arrow/batch.js";
import { loadCompression } from "../../arrow/compression.js";
import { type Message, messagesOf } from "../../arrow/hand-made-batch.js";
import { decodeStream, encodeStream } from "../../arrow/ipc-stream.js";
import {
  batchOfValues,
  type Value,
  valuesOfBatch,
} from "../../arrow/plain-values.js";
import * as pyarrow from "../../arrow/pyarrow-streams.js";
import { field, int64 } from "../../arrow/schema.js";
import { answering, withClient, writeAll } from "./scripted-server.test.js";

await loadCompression("zstd");

/** A server whose every result is these messages. */
function sending(messages: readonly Partial<Message>[]) {
  return {
    ...answering({ fields: [] }, []),
    DoGet(call: Parameters<ReturnType<typeof answering>["DoGet"]>[0]) {
      const parts = messages.map(({ header, body }) => ({
        header,
        body: body && [body],
      }));
      void writeAll(call, parts);
    },
  };
}

function rowsOf(batches: readonly Batch[]): Value[][] {
  const columns: Value[][] = [];
  for (const batch of batches)
    valuesOfBatch(batch).forEach((values, i) => {
      (columns[i] ??= []).push(...values);
    });
  return columns;
}

describe("streams over gRPC", () => {
  for (const [name, stream] of Object.entries(pyarrow))
    test(`pyarrow's ${name}`, () =>
      withClient(sending(messagesOf(stream)), async (client) => {
        const wanted = decodeStream(stream);
        const { schema, batches } = await client.rows("SELECT");
        assert.deepEqual(schema, wanted.schema);
        assert.deepEqual(rowsOf(batches), rowsOf(wanted.batches));
      }));

  test("batches of any types, compressed or not", async () => {
    const samples = fc.sample(
      arbitrarySchema.chain((schema) =>
        fc.tuple(
          arbitraryBatch(schema, { rowsMax: 50 }),
          fc.constantFrom(undefined, "lz4" as const, "zstd" as const),
        ),
      ),
      { numRuns: 60, seed: 5 },
    );
    for (const [batch, compression] of samples) {
      const { schema } = batch;
      const bytes = encodeStream(schema, [batch, batch], { compression });
      await withClient(sending(messagesOf(bytes)), async (client) => {
        const read = await client.rows("SELECT");
        assert.deepEqual(read.schema, schema);
        const wanted = batch.length === 0 ? [] : [batch, batch];
        assert.deepEqual(rowsOf(read.batches), rowsOf(wanted));
      });
    }
  });

  test("messages without a batch, and batches without rows, between the others", () => {
    const schema = { fields: [field("n", int64)] };
    const [start, one, none] = messagesOf(
      encodeStream(schema, [
        batchOfValues(schema, [[1n]]),
        batchOfValues(schema, [[]]),
      ]),
    ) as [Message, Message, Message];
    return withClient(
      sending([{}, start, none, one, {}, none, start, one, none]),
      async (client) => {
        const { batches } = await client.rows("SELECT");
        assert.deepEqual(rowsOf(batches), [[1n, 1n]]);
      },
    );
  });

  test("columns of one name stay apart", () => {
    const schema = { fields: [field("a", int64), field("a", int64)] };
    const batch = batchOfValues(schema, [[1n], [2n]]);
    return withClient(answering(schema, [batch]), async (client) => {
      const read = await client.rows("SELECT 1 AS a, 2 AS a");
      assert.deepEqual(
        read.schema?.fields.map(({ name }) => name),
        ["a", "a"],
      );
      assert.deepEqual(rowsOf(read.batches), [[1n], [2n]]);
    });
  });

  for (const compression of [undefined, "lz4", "zstd"] as const)
    test(`a batch of 80 MB, ${compression ?? "not compressed"}`, () => {
      const rows = 10_000_000;
      const values = BigInt64Array.from({ length: rows }, (_, i) => BigInt(i));
      const schema = { fields: [field("n", int64)] };
      const large: Batch = {
        schema,
        length: rows,
        byteLength: values.byteLength,
        vectors: [
          {
            layout: "fixed",
            type: int64,
            length: rows,
            validity: undefined,
            width: 8,
            data: new Uint8Array(values.buffer),
          },
        ],
      };
      const messages = messagesOf(
        encodeStream(schema, [large], { compression }),
      );
      return withClient(sending(messages), async (client) => {
        const { batches } = await client.rows("SELECT n");
        const [vector] = batches[0]?.vectors ?? [];
        assert.ok(vector?.layout === "fixed");
        assert.equal(
          Buffer.compare(vector.data, new Uint8Array(values.buffer)),
          0,
        );
      });
    });
});

import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Batch } from "../../arrow/batch.js";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { messagesOf } from "../../arrow/hand-made-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { valuesOfBatch } from "../../arrow/plain-values.js";
import * as pyarrow from "../../arrow/pyarrow-streams.js";
import { binary, field } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import type { FlightClient } from "./client.js";
import type { FlightEndpoint } from "./messages.js";
import {
  answering,
  batch,
  grpcError,
  int64s,
  withClient,
  writeAll,
} from "./scripted-server.test.js";
import { unpackAs } from "./sql-messages.js";

const first = batch({ n: [1n, 2n, undefined] });
const second = batch({ n: [4n] });
const none = batch({ n: [0n] });
const empty = {
  ...none,
  length: 0,
  vectors: none.vectors.map((vector) => ({ ...vector, length: 0 })),
};

async function collect(batches: AsyncIterable<Batch>): Promise<bigint[]> {
  const values: bigint[] = [];
  for await (const part of batches) values.push(...int64s(part));
  return values;
}

async function onlyEndpoint(client: FlightClient): Promise<FlightEndpoint> {
  const { endpoints } = await client.query("SELECT n FROM t");
  assert.equal(endpoints.length, 1);
  return endpoints[0] as FlightEndpoint;
}

describe("results", () => {
  test("the query and its transaction arrive, and the answer's facts come back", () =>
    withClient(
      {
        GetFlightInfo(call, callback) {
          const { query, transactionId } = unpackAs(
            "CommandStatementQuery",
            call.request.cmd,
          );
          assert.equal(query, "SELECT 'ä'");
          assert.deepEqual([...(transactionId ?? [])], [7]);
          callback(null, {
            schema: encodeSchema(first.schema),
            totalRecords: 5n,
            ordered: true,
          });
        },
      },
      async (client) => {
        const transaction = Uint8Array.of(7);
        const result = await client.query("SELECT 'ä'", { transaction });
        assert.deepEqual(result.schema, first.schema);
        assert.deepEqual(result.endpoints, []);
        assert.equal(result.totalRecords, 5n);
        assert.equal(result.ordered, true);
      },
    ));

  test("all endpoints are read; batches without rows are left out", () =>
    withClient(
      answering(first.schema, [empty, first], [second, empty]),
      async (client) => {
        const { schema, batches } = await client.rows("SELECT n FROM t");
        assert.deepEqual(schema, first.schema);
        assert.deepEqual(
          batches.map((part) => part.length),
          [3, 1],
        );
        assert.deepEqual(
          batches.flatMap((part) => int64s(part)),
          [1n, 2n, 0n, 4n],
        );
        assert.equal(client.openCalls, 0);
      },
    ));

  test("the schema is known without any batch", () =>
    withClient(answering(first.schema, []), async (client) => {
      const stream = await client.open(await onlyEndpoint(client));
      assert.deepEqual(stream.schema, first.schema);
      assert.deepEqual(await collect(stream), []);
      assert.equal(client.openCalls, 0);
    }));

  test("a stream that is opened and not wanted can be cancelled", () =>
    withClient(answering(first.schema, [first]), async (client) => {
      const stream = await client.open(await onlyEndpoint(client));
      stream.cancel();
      await assert.rejects(collect(stream), { code: "cancelled" });
      assert.equal(client.openCalls, 0);
    }));

  test("an answer without any message has no schema and no rows", () =>
    withClient(
      {
        ...answering(first.schema, []),
        DoGet: (call) => {
          call.end();
        },
      },
      async (client) => {
        assert.deepEqual(await client.rows("CREATE TABLE t (n INT)"), {
          schema: undefined,
          batches: [],
        });
      },
    ));

  for (const [codec, stream] of [
    ["LZ4", pyarrow.lz4Stream],
    ["ZSTD", pyarrow.zstdStream],
  ] as const)
    test(`bodies that pyarrow compressed with ${codec}`, () =>
      withClient(
        {
          ...answering(first.schema, []),
          DoGet(call) {
            const messages = messagesOf(stream).map(({ header, body }) => ({
              header,
              body: [body],
            }));
            void writeAll(call, messages);
          },
        },
        async (client) => {
          const rows: number[] = [];
          for await (const part of client.read(await onlyEndpoint(client)))
            rows.push(valuesOfBatch(part)[1]?.length ?? 0);
          assert.deepEqual(rows, [300, 10]);
        },
      ));

  test("bodies at any alignment are read the same", () =>
    withClient(
      {
        ...answering(first.schema, []),
        DoGet(call) {
          const messages = Array.from({ length: 9 }, (_, shift) => ({
            ...encodeBatch(first),
            appMetadata: Buffer.alloc(shift),
          }));
          void writeAll(call, [
            { header: encodeSchema(first.schema) },
            ...messages,
          ]);
        },
      },
      async (client) => {
        const values = await collect(client.read(await onlyEndpoint(client)));
        assert.deepEqual(
          values,
          Array.from({ length: 9 }, () => [1n, 2n, 0n]).flat(),
        );
      },
    ));

  test("messages of 16 MB come whole", () => {
    const size = 16_000_000;
    const data = Buffer.alloc(size, "0123456789abcdef");
    const schema = { fields: [field("b", binary)] };
    const large: Batch = {
      schema,
      length: 1,
      byteLength: size,
      vectors: [
        {
          layout: "bytes",
          type: binary,
          length: 1,
          validity: undefined,
          offsets: Int32Array.of(0, size),
          data,
        },
      ],
    };
    return withClient(answering(schema, [large, large]), async (client) => {
      const { batches } = await client.rows("SELECT b");
      assert.equal(batches.length, 2);
      for (const { vectors } of batches) {
        const [vector] = vectors;
        assert.ok(
          vector?.layout === "bytes" &&
            data.equals(vector.data.subarray(0, size)),
        );
      }
    });
  });
});

describe("what goes wrong", () => {
  test("an error in mid-stream comes after the batches before it", () =>
    withClient(
      {
        ...answering(first.schema, []),
        DoGet(call) {
          call.write({ header: encodeSchema(first.schema) });
          call.write(encodeBatch(first));
          call.emit("error", grpcError(Status.INTERNAL, "disk on fire"));
        },
      },
      async (client) => {
        const values: bigint[] = [];
        await assert.rejects(async () => {
          for await (const part of client.read(await onlyEndpoint(client)))
            values.push(...int64s(part));
        }, /^Failure: disk on fire \(server 127\.0\.0\.1:\d+, call DoGet\)$/);
        assert.deepEqual(values, [1n, 2n, 0n]);
        assert.equal(client.openCalls, 0);
      },
    ));

  for (const [name, messages] of [
    ["a batch before the schema", [encodeBatch(first)]],
    [
      "a header that is no message",
      [{ header: Buffer.from("not a flatbuffer at all") }],
    ],
    [
      "a body that is cut short",
      [
        { header: encodeSchema(first.schema) },
        { ...encodeBatch(first), body: [Buffer.alloc(3)] },
      ],
    ],
  ] as const)
    test(`${name} is invalid data, and the call ends`, () =>
      withClient(
        {
          ...answering(first.schema, []),
          DoGet(call) {
            for (const message of messages) call.write(message);
          },
        },
        async (client) => {
          await assert.rejects(
            collect(client.read(await onlyEndpoint(client))),
            (error) => {
              assert.ok(error instanceof Failure);
              assert.match(
                error.message,
                /\(server 127\.0\.0\.1:\d+, call DoGet\)/,
              );
              assert.ok(
                ["invalid_data", "unsupported"].includes(error.code),
                error.message,
              );
              return true;
            },
          );
          await client.query(
            "a round trip, so that the cancelled call is gone",
          );
          assert.equal(client.openCalls, 0);
        },
      ));
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Batch } from "../../arrow/batch.js";
import { readMessages } from "../../arrow/ipc-chunks.js";
import { decodeStream } from "../../arrow/ipc-stream.js";
import * as pyarrow from "../../arrow/pyarrow-streams.js";
import { loadCompression } from "../../arrow/compression.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { encodeBatch } from "../../arrow/encode-batch.js";
import type { FlightClient } from "./client.js";
import type { FlightDataParts } from "./flight-data.js";
import { located, play, rows } from "./scenario.test.js";
import type { Scenario } from "./scenario.test.js";
import { batch, writeAll } from "./scripted-server.test.js";

/** Streams that pyarrow wrote. */
const streams = {
  "every layout": pyarrow.layoutsStream,
  "sliced columns": pyarrow.slicesStream,
  "dictionary deltas": pyarrow.deltasStream,
  "replaced dictionaries": pyarrow.replacementsStream,
  "nested dictionaries": pyarrow.nestedStream,
  "LZ4 bodies": pyarrow.lz4Stream,
  "ZSTD bodies": pyarrow.zstdStream,
  "metadata of version 4": pyarrow.v4Stream,
} as const;
await loadCompression("lz4");
await loadCompression("zstd");

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size)
    yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function messagesOf(bytes: Uint8Array): Promise<FlightDataParts[]> {
  const messages: FlightDataParts[] = [];
  for await (const { header, body } of readMessages(pieces(bytes, 1000)))
    messages.push({ header, body: [body] });
  return messages;
}

const values = (batches: readonly Batch[]) =>
  batches.map(({ length, vectors }) => ({ length, vectors }));

async function readBatches(client: FlightClient): Promise<unknown> {
  const { batches } = await client.rows("SELECT *");
  return values(batches);
}

describe("streams that pyarrow wrote", () => {
  for (const [name, bytes] of Object.entries(streams)) {
    const { batches } = decodeStream(bytes);
    const answer = values(batches.filter(({ length }) => length > 0));
    play([
      {
        name: `${name}, by DoGet`,
        home: () => ({
          ...located([]),
          DoGet(call) {
            void messagesOf(bytes).then((messages) => writeAll(call, messages));
          },
        }),
        ask: readBatches,
        expect: { answer },
      },
      {
        name: `${name}, by http`,
        home: (world) => located(() => [world.location("http")]),
        http: () => (_request, response) => response.end(bytes),
        options: () => ({ allowedLocations: ["127.0.0.1"] }),
        ask: readBatches,
        expect: { answer },
      },
    ]);
    test(`${name}, in pieces of any size`, async () => {
      for (const size of [1, 7, 64, bytes.length]) {
        let count = 0;
        for await (const message of readMessages(pieces(bytes, size)))
          count += message.header.length > 0 ? 1 : 0;
        assert.equal(count, (await messagesOf(bytes)).length);
      }
    });
  }
});

const empty = batch({ n: [1n].slice(1) });
const sending =
  (...messages: readonly FlightDataParts[]): Scenario["home"] =>
  () => ({
    ...located([]),
    DoGet(call) {
      void writeAll(call, messages);
    },
  });
const schema = { header: encodeSchema(rows.schema) };

describe("results", () => {
  play([
    {
      name: "without endpoints have no rows",
      home: () => ({
        GetFlightInfo(_call, callback) {
          callback(null, { schema: encodeSchema(rows.schema) });
        },
      }),
      expect: { answer: [], calls: { home: ["GetFlightInfo"] } },
    },
    {
      name: "with a schema and nothing else have no rows",
      home: sending(schema),
      expect: { answer: [] },
    },
    {
      name: "with batches without rows and messages without a header, which keep a connection alive, have those of the others",
      home: sending(
        schema,
        encodeBatch(empty),
        { appMetadata: Buffer.from("alive") },
        encodeBatch(rows),
        encodeBatch(empty),
      ),
      expect: {},
    },
    {
      name: "of a server that runs a statement only when it is read are run once",
      home: () => {
        let created = 0;
        return {
          ...located([]),
          DoGet(call) {
            created++;
            const count = batch({ Count: [BigInt(created)] });
            const told = { header: encodeSchema(count.schema) };
            void writeAll(call, [told, encodeBatch(count)]);
          },
        };
      },
      ask: async (client) => {
        const { batches } = await client.rows("CREATE TABLE t AS SELECT 1");
        return batches.length;
      },
      expect: { answer: 1, calls: { home: ["GetFlightInfo", "DoGet"] } },
    },
    {
      name: "tell what the server says about them",
      home: () => ({
        GetFlightInfo(_call, callback) {
          const appMetadata = Buffer.from("foobar");
          callback(null, {
            endpoint: [{ appMetadata }],
            appMetadata,
            ordered: true,
          });
        },
      }),
      ask: async (client) => {
        const { endpoints, ordered, info } = await client.query("SELECT n");
        return [endpoints[0]?.appMetadata, info.appMetadata]
          .map((bytes) => Buffer.from(bytes ?? []).toString())
          .concat(String(ordered));
      },
      expect: { answer: ["foobar", "foobar", "true"] },
    },
  ]);
});

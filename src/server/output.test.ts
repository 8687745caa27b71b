import assert from "node:assert/strict";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { MessageReader } from "../arrow/ipc.js";
import type { FlightData } from "../drivers/flight/flight-data.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { ticketOf, withServer } from "./raw-client.test.js";
import type { RawClient } from "./raw-client.test.js";

/** Rows of each batch of a query's result, the bytes of all bodies, and how the first of them begins. */
async function sizesOf(client: RawClient, query: string) {
  const cmd = packAny("CommandStatementQuery", { query });
  const call = client.open(ticketOf(await client.info(cmd)));
  const reader = new MessageReader();
  const rows: number[] = [];
  let bytes = 0;
  let first = Buffer.alloc(0);
  for await (const { header, body } of call as AsyncIterable<FlightData>) {
    if (bytes === 0) first = Buffer.from(body.subarray(0, 16));
    await reader.prepare(header);
    const batch = reader.read(header, body);
    if (batch !== undefined) rows.push(batch.length);
    bytes += body.byteLength;
  }
  return { rows, bytes, first };
}

test("batches have the size that the server was started with", async () => {
  await withServer({ batchRows: 1000 }, async (client) => {
    const { rows } = await sizesOf(client, "FROM range(2500)");
    assert.ok(rows.every((count) => count <= 1000));
    assert.equal(
      rows.reduce((sum, count) => sum + count, 0),
      2500,
    );
  });
  await withServer({ batchBytes: 10_000 }, async (client) => {
    const { rows } = await sizesOf(client, "FROM range(10000)");
    assert.ok(rows.every((count) => count <= 1250));
    assert.ok(rows.length >= 8);
  });
});

/** What frames of each codec begin with (RFC 8878; LZ4's Frame Format Description). */
const frameMagic = { lz4: "04224d18", zstd: "28b52ffd" };

test("a call's header asks for compressed bodies, of the same rows", async () => {
  const sql = "SELECT range AS i, repeat('abc', 10) AS t FROM range(20000)";
  await withServer({}, async (client) => {
    const plain = await sizesOf(client, sql);
    for (const [codec, magic] of Object.entries(frameMagic)) {
      client.metadata.set("arrow-compression", codec);
      const { rows, bytes, first } = await sizesOf(client, sql);
      // Behind the length of what was compressed.
      assert.equal(first.subarray(8, 12).toString("hex"), magic);
      assert.deepEqual(rows, plain.rows);
      assert.ok(bytes < plain.bytes / 2, codec);
    }
    client.metadata.set("arrow-compression", "none");
    assert.deepEqual(await sizesOf(client, sql), plain);
    client.metadata.set("arrow-compression", "gzip");
    await assert.rejects(client.query(sql), {
      code: Status.INVALID_ARGUMENT,
      details: /lz4, zstd, none/,
    });
  });
});

import assert from "node:assert/strict";
import { connect } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { MessageReader } from "../arrow/ipc.js";
import type { FlightData } from "../drivers/flight/flight-data.js";
import { flightService } from "../drivers/flight/service.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { ticketOf, withServer } from "./raw-client.test.js";
import type { RawClient } from "./raw-client.test.js";

/** Rows of each batch of a query's result, and the bytes of all bodies. */
async function sizesOf(client: RawClient, query: string) {
  const cmd = packAny("CommandStatementQuery", { query });
  const call = client.open(ticketOf(await client.info(cmd)));
  const reader = new MessageReader();
  const rows: number[] = [];
  let bytes = 0;
  for await (const { header, body } of call as AsyncIterable<FlightData>) {
    await reader.prepare(header);
    const batch = reader.read(header, body);
    if (batch !== undefined) rows.push(batch.length);
    bytes += body.byteLength;
  }
  return { rows, bytes };
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

test("a call's header asks for compressed bodies, of the same rows", async () => {
  const sql = "SELECT range AS i, repeat('abc', 10) AS t FROM range(20000)";
  await withServer({}, async (client) => {
    const plain = await sizesOf(client, sql);
    for (const codec of ["lz4", "zstd"]) {
      client.metadata.set("arrow-compression", codec);
      const { rows, bytes } = await sizesOf(client, sql);
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

/** DoGet whose answer is never read. @grpc/grpc-js would read it all the same. */
function askOnly(session: ClientHttp2Session, ticket: Uint8Array): void {
  const method = flightService.DoGet;
  const message = method.requestSerialize({ ticket });
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  session.on("error", () => undefined);
  session
    .request({
      ":method": "POST",
      ":path": method.path,
      "content-type": "application/grpc",
      te: "trailers",
    })
    .on("error", () => undefined)
    .end(Buffer.concat([frame, message]));
}

/** What one stalled client may make the server hold. */
const heldMax = 8 << 20;

test("a client that does not read makes the server hold no more than 8 MiB for it", async () => {
  await withServer({}, async (client, server) => {
    await server.run("CREATE SEQUENCE computed");
    const cmd = packAny("CommandStatementQuery", {
      query:
        "SELECT nextval('computed') AS i, lpad(range::VARCHAR, 1012, 'x') AS t FROM range(10000000)",
    });
    // 8 bytes of a number, 4 of an offset; a text that is the same in every row would take DuckDB no room.
    const rowBytes = 1024;
    const stalled = connect(`http://127.0.0.1:${String(server.port)}`);
    askOnly(stalled, ticketOf(await client.info(cmd)));
    // Nothing is read: what was computed is with the server, or under way in the client's window of 64 KiB.
    const computed = async () => {
      const { columns } = await client.query(
        "SELECT coalesce(last_value, 0)::BIGINT FROM duckdb_sequences()",
      );
      return Number(columns[0]?.[0]);
    };
    let rows = 0;
    for (let still = 0; still < 50;) {
      const now = await computed();
      still = now > 0 && now === rows ? still + 1 : 0;
      rows = now;
    }
    assert.ok(rows * rowBytes <= heldMax, `${String(rows)} KiB are held`);
    stalled.destroy();
  });
});

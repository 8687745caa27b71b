import assert from "node:assert/strict";
import { connect } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { flightService } from "../drivers/flight/service.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import type { Server } from "./index.js";
import { ticketOf, withServer } from "./raw-client.test.js";
import type { RawClient } from "./raw-client.test.js";

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

/** What DuckDB computes at a time. */
const chunkRows = 2048;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of everything outside of JavaScript's heap that this process, and so the server, still needs. */
function bufferBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/**
 * Asks for rows of about so many bytes each, and reads nothing until the server has stopped to compute and a row
 * waits to be sent.
 * @returns rows that were computed, and bytes that are in the server's buffers, encoded or not
 */
async function stall(
  client: RawClient,
  server: Server,
  { rowBytes, rows }: { rowBytes: number; rows: number },
) {
  await server.run("CREATE OR REPLACE SEQUENCE computed");
  // A text that is the same in every row would take DuckDB no room.
  const query = `SELECT nextval('computed') AS i, repeat(chr(65 + (range % 26)::INTEGER), ${String(rowBytes)}) AS t FROM range(${String(rows)})`;
  const cmd = packAny("CommandStatementQuery", { query });
  const ticket = ticketOf(await client.info(cmd));
  const before = bufferBytes();
  const stalled = connect(`http://127.0.0.1:${String(server.port)}`);
  askOnly(stalled, ticket);
  const computed = async () => {
    const { columns } = await client.query(
      "SELECT coalesce(last_value, 0)::BIGINT FROM duckdb_sequences()",
    );
    return Number(columns[0]?.[0]);
  };
  let count = 0;
  let bytes = 0;
  for (let still = 0; still < 50;) {
    const now = await computed();
    bytes = bufferBytes() - before;
    still = now === count && bytes > rowBytes ? still + 1 : 0;
    count = now;
  }
  stalled.destroy();
  return { computed: count, bytes };
}

test("a client that does not read makes the server hold no more than 8 MiB for it", async () => {
  await withServer({}, async (client, server) => {
    // 8 bytes of a number, 4 of an offset.
    const size = { rowBytes: 1012, rows: 10_000_000 };
    const { computed } = await stall(client, server, size);
    assert.ok(computed * 1024 <= heldMax, `${String(computed)} KiB are held`);
  });
});

test("nor when its rows are large: they are converted when they are wanted", async () => {
  await withServer({}, async (client, server) => {
    for (const rowBytes of [10_000, 100_000, 1_000_000]) {
      const rows = 100_000_000 / rowBytes;
      const { bytes } = await stall(client, server, { rowBytes, rows });
      assert.ok(bytes <= heldMax, `${String(bytes)} bytes are held`);
    }
  });
});

test("a chunk of large rows is not computed beside another", async () => {
  await withServer({}, async (client, server) => {
    const size = { rowBytes: 10_000, rows: 10 * chunkRows };
    const { computed } = await stall(client, server, size);
    // DuckDB itself has one more in its pipeline.
    assert.ok(computed <= 2 * chunkRows, `${String(computed)} rows`);
  });
});

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { batchOfValues } from "../arrow/plain-values.js";
import { field, int64 } from "../arrow/schema.js";
import { encodeFlightData } from "../drivers/flight/flight-data.js";
import { flightService } from "../drivers/flight/service.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import type { Server } from "./index.js";
import {
  ingestMessages,
  RawClient,
  ticketOf,
  withServer,
} from "./raw-client.test.js";

/**
 * Node's and grpc-js's clients end a stream that they reset, so these write frames of HTTP/2 themselves. Types and
 * flags are those of RFC 9113, section 6.
 */
const frames = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6 } as const;
const endHeaders = 4;
const headBytes = 9;
const frameMax = 16_384;

function frame(
  type: keyof typeof frames,
  stream: number,
  payload: Uint8Array = new Uint8Array(0),
  flags = 0,
): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(frames[type], 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Header fields as literals without an index or Huffman's code (RFC 7541, section 6.2.2). */
function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  const text = (value: string) => [value.length, ...Buffer.from(value)];
  return Buffer.from(
    Object.entries(fields).flatMap(([name, value]) => [
      0,
      ...text(name),
      ...text(value),
    ]),
  );
}

/** A DoPut on a connection of its own, the only stream of it. */
class RawPut {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #answered: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#receive(chunk);
    });
  }

  static async open({ port }: Server): Promise<RawPut> {
    const put = new RawPut(connect(port, "127.0.0.1"));
    put.#socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    put.#socket.write(frame("settings", 0));
    // The server widens its windows before it answers.
    await put.reached();
    const headers = headerBlock({
      ":method": "POST",
      ":scheme": "http",
      ":path": flightService.DoPut.path,
      ":authority": "localhost",
      "content-type": "application/grpc",
      te: "trailers",
    });
    put.#socket.write(frame("headers", 1, headers, endHeaders));
    return put;
  }

  send(messages: readonly Buffer[]): void {
    const bytes = Buffer.concat(
      messages.flatMap((message) => {
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(message.byteLength, 1);
        return [prefix, message];
      }),
    );
    for (let at = 0; at < bytes.byteLength; at += frameMax)
      this.#socket.write(frame("data", 1, bytes.subarray(at, at + frameMax)));
  }

  reset(code: number): void {
    this.#socket.write(frame("reset", 1, Buffer.from([0, 0, 0, code])));
  }

  /** Resolves when the server has got all that was sent. */
  async reached(): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    this.#socket.write(frame("ping", 0, new Uint8Array(8)));
    await answered;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.byteLength >= headBytes) {
      const end = headBytes + this.#received.readUIntBE(0, 3);
      if (this.#received.byteLength < end) return;
      if (this.#received[3] === frames.ping) this.#answered();
      this.#received = this.#received.subarray(end);
    }
  }
}

const schema = { fields: [field("i", int64)] };
const batch = batchOfValues(schema, [[1n, 2n, 3n]]);
const ingest = packAny("CommandStatementIngest", {
  tableDefinitionOptions: { ifNotExist: 2, ifExists: 2 },
  table: "t",
});

function messagesOf(batches: number): Buffer[] {
  const all = Array.from({ length: batches }, () => batch);
  return ingestMessages(ingest, schema, all).map(encodeFlightData);
}

/** NO_ERROR, with which Node tells nothing until all before it was read, and CANCEL (RFC 9113, section 7). */
const codes = [0, 8];

/** From nothing but the schema to more than is read ahead. */
const sizes = [0, 1, 100, 200, 5000];

/** Takes the only slot of a server. */
async function occupied(server: Server) {
  const client = new RawClient(server);
  const query = "SELECT repeat('x', 1000) FROM range(1000000000)";
  const info = await client.info(packAny("CommandStatementQuery", { query }));
  const call = client.open(ticketOf(info));
  call.on("error", () => undefined);
  await once(call, "data");
  call.pause();
  return {
    cancel: () => {
      call.cancel();
      client.close();
    },
  };
}

describe("an ingest that is reset without being ended", () => {
  it("leaves its place at once when it waits, and nothing in the table", async () => {
    const limits = { maxQueries: 1, maxQueuedQueries: 1 };
    await withServer(limits, async (client, server) => {
      await server.run("CREATE TABLE t (i BIGINT)");
      const query = packAny("CommandStatementQuery", { query: "FROM t" });
      for (const code of codes)
        for (const size of sizes) {
          const ticket = ticketOf(await client.info(query));
          const first = await occupied(server);
          const put = await RawPut.open(server);
          put.send(messagesOf(size));
          await put.reached();
          put.reset(code);
          await put.reached();
          // Only one may wait.
          const rows = client.get(ticket);
          // Calls of a connection reach the server in order.
          await client.end(await client.begin(), 2);
          first.cancel();
          assert.deepEqual((await rows).columns, []);
          put.close();
        }
    });
  });

  it("leaves nothing in the table when it runs", async () => {
    const said = new EventEmitter();
    const log = (_: string, text: string) => {
      said.emit(text);
    };
    await withServer({ log }, async (client, server) => {
      await server.run("CREATE TABLE t (i BIGINT)");
      for (const code of codes)
        for (const size of sizes) {
          const cancelled = once(said, "DoPut CANCELLED");
          const put = await RawPut.open(server);
          put.send(messagesOf(size));
          put.reset(code);
          await cancelled;
          assert.deepEqual((await client.query("FROM t")).columns, []);
          put.close();
        }
    });
  });
});

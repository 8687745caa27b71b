import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:http2";
import { after, test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { batchOfValues } from "../arrow/plain-values.js";
import { field, int64, utf8 } from "../arrow/schema.js";
import type { FlightDataParts } from "../drivers/flight/flight-data.js";
import {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelStatus,
  DescriptorType,
} from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import {
  codeOf,
  ingestMessages,
  RawClient,
  ticketOf,
} from "./raw-client.test.js";

/** One server for all of it: whatever a client sends, the next one is served. */
const server = await serve({
  port: 0,
  log: () => undefined,
  users: [
    { name: "ann", password: "1" },
    { name: "eve", password: "2" },
  ],
});
const client = new RawClient(server).authorize(`Basic ${btoa("ann:1")}`);
after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

async function stillServes(): Promise<void> {
  assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
}

/** What a client is to be told of its own faults; INTERNAL and UNKNOWN would blame the server. */
const clientFaults: ReadonlySet<Status> = new Set([
  Status.INVALID_ARGUMENT,
  Status.NOT_FOUND,
  Status.UNIMPLEMENTED,
  Status.FAILED_PRECONDITION,
  Status.RESOURCE_EXHAUSTED,
  Status.ALREADY_EXISTS,
]);

function isTold(what: string) {
  return (error: unknown) => {
    const code = codeOf(error);
    assert.ok(clientFaults.has(code), `${what}: ${String(error)}`);
    return true;
  };
}

/** Numbers that are the same in every run (Park and Miller's generator). */
function* randoms(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 48_271) % 0x7fff_ffff;
    yield state;
  }
}
const random = randoms(7);
const below = (max: number) => random.next().value % max;

function garbage(): Uint8Array {
  return Uint8Array.from({ length: below(200) }, () => below(256));
}

/** A good message with one byte changed, or cut short. */
function spoiled(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength === 0) return garbage();
  const at = below(bytes.byteLength);
  if (below(3) === 0) return bytes.slice(0, at);
  const changed = bytes.slice();
  changed[at] = below(256);
  return changed;
}

const query = packAny("CommandStatementQuery", { query: "SELECT 1" });

test("garbage for tickets, descriptors, commands and actions is refused", async () => {
  for (let round = 0; round < 60; round++) {
    const bytes = garbage();
    const what = Buffer.from(bytes).toString("hex");
    await assert.rejects(client.get(bytes), isTold(what));
    await assert.rejects(client.info(bytes), isTold(what));
    await assert.rejects(client.schema(bytes), isTold(what));
    await assert.rejects(
      client.put([{ descriptor: { type: DescriptorType.CMD, cmd: bytes } }]),
      isTold(what),
    );
    await assert.rejects(client.act(what, bytes), isTold(what));
  }
  for (const action of [
    "BeginTransaction",
    "EndTransaction",
    "CancelFlightInfo",
    "CancelQuery",
    "RenewFlightEndpoint",
    "CreatePreparedStatement",
    "ClosePreparedStatement",
  ])
    await assert.rejects(client.act(action, Buffer.from([7])), isTold(action));
  await assert.rejects(client.put([]), isTold("an empty DoPut"));
  await assert.rejects(client.put([{}]), isTold("no descriptor"));
  await stillServes();
});

test("a ticket with a changed byte is no ticket, and none is good for another user", async () => {
  const ticket = ticketOf(await client.info(query));
  for (let round = 0; round < 40; round++) {
    const changed = spoiled(ticket);
    if (Buffer.compare(changed, ticket) === 0) continue;
    await client.get(changed).catch(isTold("a changed ticket"));
  }
  const eve = new RawClient(server).authorize(`Basic ${btoa("eve:2")}`);
  const own = ticketOf(await client.info(query));
  await assert.rejects(eve.get(own), { code: Status.NOT_FOUND });
  const transaction = await client.begin();
  await assert.rejects(eve.query("SELECT 1", transaction), {
    code: Status.NOT_FOUND,
  });
  await assert.rejects(eve.end(transaction, 1), { code: Status.NOT_FOUND });
  eve.close();
  assert.deepEqual((await client.get(own)).columns, [[1n]]);
  await client.end(transaction, 2);
});

test("a statement of PollFlightInfo is told to its own user only, who alone can stop it", async () => {
  const endless =
    "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1";
  const cmd = packAny("CommandStatementQuery", { query: endless });
  const { info, flightDescriptor } = await client.poll({
    type: DescriptorType.CMD,
    cmd,
  });
  assert.ok(info !== undefined && flightDescriptor !== undefined);
  const request = CancelFlightInfoRequest.encode({ info });
  const cancel = async (by: RawClient) => {
    const [body = new Uint8Array(0)] = await by.act(
      "CancelFlightInfo",
      request,
    );
    return CancelFlightInfoResult.decode(body).status;
  };
  const eve = new RawClient(server).authorize(`Basic ${btoa("eve:2")}`);
  await assert.rejects(eve.poll(flightDescriptor), { code: Status.NOT_FOUND });
  assert.equal(await cancel(eve), CancelStatus.CANCEL_STATUS_NOT_CANCELLABLE);
  eve.close();
  // A poll that its client gives up stops nothing.
  client.options = { deadline: Date.now() + 50 };
  await assert.rejects(client.poll(flightDescriptor), {
    code: Status.DEADLINE_EXCEEDED,
  });
  client.options = {};
  const again = await client.poll(flightDescriptor);
  assert.ok(again.flightDescriptor !== undefined);
  assert.equal(await cancel(client), CancelStatus.CANCEL_STATUS_CANCELLED);
});

const schema = { fields: [field("i", int64), field("t", utf8)] };
const batch = batchOfValues(schema, [
  [1n, 2n, 3n],
  ["a", "bb", "ccc"],
]);
const ingest = packAny("CommandStatementIngest", {
  tableDefinitionOptions: { ifNotExist: 1, ifExists: 3 },
  table: "target",
});
const good = ingestMessages(ingest, schema, [batch, batch]);

/** The good upload with its message `index` spoiled in its header or its body. */
function spoiledUpload(index: number, part: "header" | "body") {
  return good.map((message, i): FlightDataParts => {
    if (i !== index) return message;
    if (part === "header")
      return { ...message, header: spoiled(message.header ?? garbage()) };
    return { ...message, body: [spoiled(Buffer.concat(message.body ?? []))] };
  });
}

test("truncated and changed Arrow messages are refused, or load what they say", async () => {
  for (let round = 0; round < 150; round++) {
    const index = below(good.length);
    const part = index > 0 && below(2) === 0 ? "body" : "header";
    await client.put(spoiledUpload(index, part)).catch(isTold(part));
  }
  assert.equal(await client.put(good), 6n);
  await stillServes();
});

test("batches without a schema, schemas that change and wrong types are refused", async () => {
  const [first, second] = good as [FlightDataParts, FlightDataParts];
  const { descriptor, header } = first;
  const batchFirst = [{ ...second, descriptor }];
  await assert.rejects(client.put(batchFirst), isTold("no schema"));
  await assert.rejects(client.put([{ descriptor }]), isTold("nothing"));
  await assert.rejects(
    client.put([first, { header: header ?? garbage() }, { header: garbage() }]),
    isTold("another schema"),
  );
  await client.update("CREATE OR REPLACE TABLE narrow (i INTEGER)");
  const append = packAny("CommandStatementIngest", {
    tableDefinitionOptions: { ifNotExist: 2, ifExists: 2 },
    table: "narrow",
  });
  await assert.rejects(
    client.ingest(append, schema, [batch]),
    isTold("columns that are not there"),
  );
  await assert.rejects(
    client.update(`SELECT ${"(".repeat(100_000)}1`),
    isTold("deep SQL"),
  );
  await stillServes();
});

test("an error that quotes a value of a megabyte reaches the client, cut", async () => {
  const sql = `SELECT '${"€".repeat(1_000_000)}'::INTEGER`;
  await assert.rejects(client.query(sql), {
    code: Status.INVALID_ARGUMENT,
    details: /^Conversion Error: .*€… \(\d+ characters more\)$/s,
  });
  await stillServes();
});

test("a DoPut that never ends is answered all the same", async () => {
  const cmd = packAny("CommandStatementUpdate", {
    query: "CREATE OR REPLACE TABLE once (i INTEGER)",
  });
  const call = client.openPut();
  call.on("error", () => undefined);
  const ended = once(call, "end");
  call.write({ descriptor: { type: DescriptorType.CMD, cmd } });
  // The client goes on writing, and does not end.
  for (let i = 0; i < 100; i++) call.write({ appMetadata: garbage() });
  const [answer] = (await once(call, "data")) as unknown[];
  assert.ok(answer);
  call.resume();
  await ended;
  await stillServes();
});

test("HTTP/2 that is not gRPC and frames that lie end their stream only", async () => {
  const session = connect(`http://127.0.0.1:${String(server.port)}`);
  const path = "/arrow.flight.protocol.FlightService/GetFlightInfo";
  const ask = async (headers: Record<string, string>, body: Uint8Array) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      authorization: `Basic ${btoa("ann:1")}`,
      ...headers,
    });
    stream.on("error", () => undefined);
    let status: unknown;
    stream.on("response", (got) => {
      status = got["grpc-status"] ?? got[":status"];
    });
    stream.on("trailers", (got: IncomingHttpHeaders) => {
      status = got["grpc-status"];
    });
    stream.resume().end(body);
    await once(stream, "close");
    return Number(status);
  };
  const frame = (flag: number, length: number, body: Uint8Array) => {
    const head = Buffer.from([flag, 0, 0, 0, 0]);
    head.writeUInt32BE(length, 1);
    return Buffer.concat([head, body]);
  };
  assert.equal(
    await ask({ ":path": "/nowhere" }, frame(0, 0, Buffer.of())),
    Status.UNIMPLEMENTED,
  );
  assert.equal(await ask({ "content-type": "text/html" }, garbage()), 415);
  for (const body of [
    frame(0, 0xffff_ffff, Buffer.alloc(10)),
    frame(0, 100, Buffer.alloc(10)),
    frame(1, 10, Buffer.alloc(10, 7)),
    frame(0, 3, Buffer.from([0x12, 0xff, 0xff])),
    Buffer.of(),
  ])
    assert.ok((await ask({}, body)) > 0);
  session.destroy();
  await stillServes();
});

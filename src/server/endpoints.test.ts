import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { decodeSchema } from "../arrow/ipc-schema.js";
import {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelStatus,
  DescriptorType,
  FlightEndpoint,
  RenewFlightEndpointRequest,
} from "../drivers/flight/messages.js";
import type { FlightInfo, PollInfo } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import { codeOf, RawClient, withServer } from "./raw-client.test.js";

let server: Server;
let client: RawClient;

before(async () => {
  server = await serve({ port: 0, endpoints: 3, log: () => undefined });
  client = new RawClient(server);
});

after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

const queryOf = (query: string) => packAny("CommandStatementQuery", { query });

/** Would run for hours. */
const endless =
  "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1";

const hasCode = (code: Status) => (error: unknown) => codeOf(error) === code;

type Endpoint = FlightInfo["endpoint"][number];

function ticketIn({ ticket }: Endpoint): Uint8Array {
  return ticket?.ticket ?? new Uint8Array(0);
}

function expiryOf({ expirationTime }: Endpoint): number {
  assert.ok(expirationTime !== undefined);
  return Number(expirationTime.seconds) * 1000 + expirationTime.nanos / 1e6;
}

async function cancel(who: RawClient, info: FlightInfo): Promise<number> {
  const [body = new Uint8Array(0)] = await who.act(
    "CancelFlightInfo",
    CancelFlightInfoRequest.encode({ info }),
  );
  return CancelFlightInfoResult.decode(body).status;
}

describe("a result in several endpoints", () => {
  it("is the rows of all of them, in their order", async () => {
    const info = await client.info(queryOf("FROM range(100000)"));
    assert.equal(info.endpoint.length, 3);
    assert.equal(info.ordered, true);
    assert.equal(info.totalRecords, 100_000n);
    const all: unknown[] = [];
    for (const endpoint of info.endpoint) {
      const { schema, columns } = await client.get(ticketIn(endpoint));
      assert.deepEqual(schema, decodeSchema(info.schema));
      assert.ok((columns[0]?.length ?? 0) > 20_000);
      all.push(...(columns[0] ?? []));
    }
    assert.deepEqual(
      all,
      Array.from({ length: 100_000 }, (_, i) => BigInt(i)),
    );
  });

  it("has endpoints without rows when it is small", async () => {
    const info = await client.info(queryOf("SELECT 1 AS a"));
    const rows = await Promise.all(
      info.endpoint.map((endpoint) => client.get(ticketIn(endpoint))),
    );
    assert.deepEqual(
      rows.flatMap(({ columns }) => columns[0] ?? []),
      [1n],
    );
    for (const { schema } of rows)
      assert.deepEqual(schema, decodeSchema(info.schema));
  });

  it("can be fetched again until it expires, and be renewed", async () => {
    const info = await client.info(queryOf("SELECT 1 AS a"));
    const [, last] = info.endpoint as [Endpoint, Endpoint];
    const earlier = expiryOf(last);
    assert.ok(earlier > Date.now());
    const once = await client.get(ticketIn(last));
    assert.deepEqual(await client.get(ticketIn(last)), once);
    const [body = new Uint8Array(0)] = await client.act(
      "RenewFlightEndpoint",
      RenewFlightEndpointRequest.encode({ endpoint: last }),
    );
    const renewed = FlightEndpoint.decode(body);
    assert.deepEqual(renewed.ticket, last.ticket);
    assert.ok(expiryOf(renewed) > earlier);
    assert.deepEqual(await client.get(ticketIn(last)), once);
  });

  it("is gone when it is cancelled", async () => {
    const info = await client.info(queryOf("SELECT 1 AS a"));
    assert.equal(
      await cancel(client, info),
      CancelStatus.CANCEL_STATUS_CANCELLED,
    );
    for (const endpoint of info.endpoint)
      await assert.rejects(
        client.get(ticketIn(endpoint)),
        hasCode(Status.NOT_FOUND),
      );
    assert.equal(
      await cancel(client, info),
      CancelStatus.CANCEL_STATUS_NOT_CANCELLABLE,
    );
  });

  it("is for queries only: what changes something tells it once", async () => {
    const info = await client.info(queryOf("CREATE TABLE one (i INTEGER)"));
    assert.equal(info.endpoint.length, 1);
    assert.equal(info.endpoint[0]?.expirationTime, undefined);
    const renewal = RenewFlightEndpointRequest.encode({
      endpoint: info.endpoint[0],
    });
    await assert.rejects(
      client.act("RenewFlightEndpoint", renewal),
      hasCode(Status.NOT_FOUND),
    );
  });
});

describe("PollFlightInfo", () => {
  const descriptorOf = (cmd: Uint8Array) => ({ type: DescriptorType.CMD, cmd });

  async function pollOn(who: RawClient, first: PollInfo): Promise<PollInfo> {
    let answer = first;
    while (answer.flightDescriptor !== undefined)
      answer = await who.poll(answer.flightDescriptor);
    return answer;
  }

  it("tells where the rows are when they are there", async () => {
    const command = queryOf("SELECT 42 AS a");
    const first = await client.poll(descriptorOf(command));
    const { info, progress } = await pollOn(client, first);
    assert.equal(progress, 1);
    assert.ok(info !== undefined);
    assert.deepEqual(info.flightDescriptor?.cmd, Buffer.from(command));
    assert.equal(info.totalRecords, 1n);
    for (const endpoint of info.endpoint)
      assert.ok(expiryOf(endpoint) > Date.now());
    const all = await Promise.all(
      info.endpoint.map((endpoint) => client.get(ticketIn(endpoint))),
    );
    assert.deepEqual(
      all.flatMap(({ columns }) => columns[0] ?? []),
      [42n],
    );
  });

  it("answers while a long query runs, which can be cancelled", async () => {
    const first = await client.poll(descriptorOf(queryOf(endless)));
    assert.ok(first.flightDescriptor !== undefined);
    assert.ok(first.info !== undefined && first.expirationTime !== undefined);
    assert.deepEqual(first.info.endpoint, []);
    assert.ok((first.progress ?? 0) < 1);
    const second = await client.poll(first.flightDescriptor);
    assert.ok(second.flightDescriptor !== undefined);
    assert.equal(
      await cancel(client, first.info),
      CancelStatus.CANCEL_STATUS_CANCELLED,
    );
    await assert.rejects(
      client.poll(first.flightDescriptor),
      hasCode(Status.NOT_FOUND),
    );
  });

  it("tells how much of a query is done", async () => {
    await server.run(
      "CREATE TABLE many AS SELECT range AS i FROM range(10000000)",
    );
    let answer = await client.poll(
      descriptorOf(
        queryOf(
          "SELECT count(*) FROM many a JOIN many b USING (i) WHERE md5(a.i::VARCHAR || b.i::VARCHAR) > 'a' AND sha256(a.i::VARCHAR) > 'a'",
        ),
      ),
    );
    while ((answer.progress ?? 0) === 0) {
      assert.ok(answer.flightDescriptor !== undefined);
      answer = await client.poll(answer.flightDescriptor);
    }
    assert.ok((answer.progress ?? 0) < 1);
    assert.ok(answer.info !== undefined);
    await cancel(client, answer.info);
  });

  it("tells what the query failed with", async () => {
    const wrong = queryOf("SELECT error('no such luck')");
    await assert.rejects(
      client.poll(descriptorOf(wrong)).then((first) => pollOn(client, first)),
      /no such luck/,
    );
  });

  it("has metadata at once", async () => {
    const command = packAny("CommandGetTableTypes", {});
    const answer = await client.poll(descriptorOf(command));
    assert.equal(answer.flightDescriptor, undefined);
    const [endpoint] = answer.info?.endpoint ?? [];
    assert.ok(endpoint !== undefined);
    const { columns } = await client.get(ticketIn(endpoint));
    assert.deepEqual(columns, [["BASE TABLE", "VIEW"]]);
  });

  it("stops its queries when the server closes", async () => {
    await withServer({}, async (other) => {
      const first = await other.poll(descriptorOf(queryOf(endless)));
      assert.ok(first.flightDescriptor !== undefined);
    });
  });
});

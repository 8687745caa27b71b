import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { Client, credentials, status as Status } from "@grpc/grpc-js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { healthService } from "./health.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import { RawClient, ticketOf, withServer } from "./raw-client.test.js";

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
const flight = "arrow.flight.protocol.FlightService";

function healthClient({ port }: Server) {
  const client = new Client(
    `127.0.0.1:${String(port)}`,
    credentials.createInsecure(),
  );
  const { Check, Watch } = healthService;
  return {
    check: (service: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        client.makeUnaryRequest(
          Check.path,
          Check.requestSerialize,
          Check.responseDeserialize,
          { service },
          (error, answer) => {
            if (error === null) resolve(answer?.status);
            else reject(error);
          },
        );
      }),
    /** Gives one status after the other, until the server ends the call. */
    watch: (service: string): AsyncIterator<{ status: number }> =>
      client
        .makeServerStreamRequest(
          Watch.path,
          Watch.requestSerialize,
          Watch.responseDeserialize,
          { service },
        )
        [Symbol.asyncIterator](),
    close: () => {
      client.close();
    },
  };
}

/** A query whose first rows have come and whose others wait to be read. */
async function openQuery(client: RawClient, sql: string) {
  const cmd = packAny("CommandStatementQuery", { query: sql });
  const call = client.open(ticketOf(await client.info(cmd)));
  await once(call, "data");
  call.pause();
  return call;
}

test("health is told to anybody, for the server and for its service", async () => {
  await withServer({ token: "tok" }, async (_, server) => {
    const health = healthClient(server);
    assert.equal(await health.check(""), SERVING);
    assert.equal(await health.check(flight), SERVING);
    await assert.rejects(health.check("other"), { code: Status.NOT_FOUND });
    const next = await health.watch("other").next();
    assert.deepEqual(next.value, { status: SERVICE_UNKNOWN });
    health.close();
  });
});

test("a server that closes says so, takes no call, and lets those that run end", async () => {
  const server = await serve({
    port: 0,
    drainSeconds: 60,
    log: () => undefined,
  });
  const client = new RawClient(server);
  const health = healthClient(server);
  const watched = health.watch(flight);
  assert.deepEqual((await watched.next()).value, { status: SERVING });
  const reader = new RawClient(server);
  const query = await openQuery(
    reader,
    "SELECT repeat('x', 1000) FROM range(100000)",
  );
  const closed = server[Symbol.asyncDispose]();
  assert.deepEqual((await watched.next()).value, { status: NOT_SERVING });
  assert.equal(await health.check(""), NOT_SERVING);
  await assert.rejects(client.query("SELECT 1"), {
    code: Status.UNAVAILABLE,
    details: "the server is shutting down",
  });
  query.resume();
  await once(query, "end");
  await closed;
  assert.equal((await watched.next()).done, true);
  reader.close();
  client.close();
  health.close();
});

test("calls that do not end in time are cancelled", async () => {
  const log = () => undefined;
  const server = await serve({ port: 0, drainSeconds: 1, log });
  const client = new RawClient(server);
  const never =
    "SELECT sum(sqrt(a.range * b.range)) FROM range(1000000) a, range(1000000) b";
  const cut = assert.rejects(client.update(never), {
    code: Status.UNAVAILABLE,
    details: "the server is shutting down",
  });
  // Calls of a connection reach the server in order.
  await client.query("SELECT 1");
  await server[Symbol.asyncDispose]();
  await cut;
  client.close();
});

interface Entry {
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the log says of calls; `next` waits for one of a method. */
class CallLog {
  readonly entries: Entry[] = [];
  readonly #said = new EventEmitter();

  readonly log = (_: string, text: string, fields = {}) => {
    this.entries.push({ text, fields });
    this.#said.emit("entry");
  };

  async next(method: string): Promise<Entry> {
    for (;;) {
      const at = this.entries.findIndex(({ text }) => text.startsWith(method));
      if (at >= 0) return this.entries.splice(0, at + 1)[at] as Entry;
      await once(this.#said, "entry");
    }
  }
}

test("the log tells of every call who, what, how much and how it ended", async () => {
  const calls = new CallLog();
  const users = [{ name: "ann", password: "geheim: 1" }];
  await withServer({ users, log: calls.log }, async (client) => {
    await assert.rejects(client.query("SELECT 1"));
    const refused = await calls.next("GetFlightInfo UNAUTHENTICATED");
    assert.equal(refused.fields["user"], undefined);
    client.authorize(`Basic ${btoa("ann:geheim: 1")}`);
    await client.query("SELECT 1 AS i FROM range(5)");
    const { fields } = await calls.next("DoGet OK");
    assert.equal(typeof fields["ms"], "number");
    assert.match(String(fields["peer"]), /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(
      { ...fields, ms: 0, peer: "" },
      {
        method: "DoGet",
        status: "OK",
        rows: 5,
        bytes: 24,
        ms: 0,
        user: "ann",
        peer: "",
        query: "SELECT 1 AS i FROM range(5)",
        error: undefined,
      },
    );
    await assert.rejects(client.update(`SELEC '${"x".repeat(5000)}'`));
    const failed = await calls.next("DoPut INVALID_ARGUMENT");
    assert.equal(String(failed.fields["query"]).length, 1001);
    assert.match(String(failed.fields["error"]), /syntax error/);
    await client.begin();
    assert.equal(
      (await calls.next("DoAction OK")).fields["query"],
      "BeginTransaction",
    );
  });
});

test("no credential reaches the log", async () => {
  const calls = new CallLog();
  const options = { username: "ann", password: "geheim: 1", log: calls.log };
  await withServer(options, async (client) => {
    client.authorize(`Basic ${btoa("ann:geheim: 2")}`);
    await assert.rejects(client.query("SELECT 1"));
    const bearer = await client
      .authorize(`Basic ${btoa("ann:geheim: 1")}`)
      .handshake();
    client.authorize(`Bearer ${bearer}`);
    for (const sql of [
      "CREATE SECRET (TYPE s3, KEY_ID 'geheim: 3', SECRET 'geheim: 3'",
      "ATTACH 'postgres://ann:geheim3@host/db' AS p",
      "SELECT $$password$$, $a$geheim: 3$a$ FROM nowhere",
      "SET s3_secret_access_key = 'it''s geheim: 3",
      "ATTACH 'host=h password=geheim: 3",
    ]) {
      await assert.rejects(client.query(sql));
      await assert.rejects(client.update(sql));
    }
    await calls.next("DoPut");
    for (const secret of ["geheim", bearer.slice(-20), btoa("ann:geheim: 1")])
      assert.doesNotMatch(JSON.stringify(calls.entries), new RegExp(secret));
  });
});

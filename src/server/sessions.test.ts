import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { after, before, describe, it } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { batchOfValues } from "../arrow/plain-values.js";
import { field, int64 } from "../arrow/schema.js";
import {
  CloseSessionResult,
  CloseSessionStatus,
  GetSessionOptionsResult,
  SessionOptionError,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
} from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import { codeOf, RawClient, ticketOf, withServer } from "./raw-client.test.js";

let server: Server;

before(async () => {
  server = await serve({
    port: 0,
    log: () => undefined,
    initSql: `ATTACH ':memory:' AS other; CREATE SCHEMA other.deep;
      CREATE TABLE other.deep.far AS SELECT 7 AS i`,
  });
});

after(() => server[Symbol.asyncDispose]());

/** A client that keeps its cookie, as it comes with the answer to its first call. */
async function withCookie(): Promise<RawClient> {
  const client = new RawClient(server);
  await client.query("SELECT 1");
  assert.match(client.setCookie ?? "", /^arrow_flight_session_id=[^;]+; Path=/);
  return client.keepCookie();
}

type Options = Parameters<typeof SetSessionOptionsRequest.encode>[0];

async function set(
  client: RawClient,
  sessionOptions: Options["sessionOptions"],
) {
  const [body = new Uint8Array(0)] = await client.act(
    "SetSessionOptions",
    SetSessionOptionsRequest.encode({ sessionOptions }),
  );
  const { errors } = SetSessionOptionsResult.decode(body);
  return Object.fromEntries(
    [...errors].map(([name, { value }]) => [name, value]),
  );
}

async function optionsOf(client: RawClient) {
  const [body = new Uint8Array(0)] = await client.act(
    "GetSessionOptions",
    new Uint8Array(0),
  );
  const { sessionOptions } = GetSessionOptionsResult.decode(body);
  return ["catalog", "schema"].map(
    (name) => sessionOptions.get(name)?.stringValue,
  );
}

async function close(client: RawClient) {
  const [body = new Uint8Array(0)] = await client.act(
    "CloseSession",
    new Uint8Array(0),
  );
  return CloseSessionResult.decode(body).status;
}

const temporary = packAny("CommandStatementIngest", {
  tableDefinitionOptions: { ifNotExist: 1, ifExists: 1 },
  table: "mine",
  temporary: true,
});
const schema = { fields: [field("i", int64)] };
const batch = batchOfValues(schema, [[1n, 2n]]);

const settings = "SELECT current_setting('TimeZone')";
const hasCode = (code: Status) => (error: unknown) => codeOf(error) === code;

describe("session options", () => {
  it("say where names are looked for", async () => {
    const client = await withCookie();
    assert.deepEqual(await optionsOf(client), ["memory", "main"]);
    const given = new Map([
      ["schema", { stringValue: "deep" }],
      ["catalog", { stringValue: "other" }],
    ]);
    assert.deepEqual(await set(client, given), {});
    assert.deepEqual(await optionsOf(client), ["other", "deep"]);
    assert.deepEqual((await client.query("FROM far")).columns, [[7n]]);
    client.close();
  });

  it("are as in the beginning when they are unset", async () => {
    const client = await withCookie();
    await set(client, new Map([["catalog", { stringValue: "other" }]]));
    assert.deepEqual(await optionsOf(client), ["other", "main"]);
    assert.deepEqual(await set(client, new Map([["catalog", {}]])), {});
    assert.deepEqual(await optionsOf(client), ["memory", "main"]);
    client.close();
  });

  it("tell which of them cannot be set, and set the others", async () => {
    const client = await withCookie();
    const given = new Map<string, object>([
      ["catalog", { stringValue: "other" }],
      ["schema", { stringValue: "nowhere" }],
      ["lol_invalid", { stringValue: "x" }],
    ]);
    assert.deepEqual(await set(client, given), {
      schema: SessionOptionError.INVALID_VALUE,
      lol_invalid: SessionOptionError.INVALID_NAME,
    });
    assert.deepEqual(await optionsOf(client), ["other", "main"]);
    const wrong = new Map([["catalog", { boolValue: true }]]);
    assert.deepEqual(await set(client, wrong), {
      catalog: SessionOptionError.INVALID_VALUE,
    });
    client.close();
  });

  it("are none without a session", async () => {
    const client = new RawClient(server);
    await assert.rejects(optionsOf(client), hasCode(Status.INVALID_ARGUMENT));
    client.close();
  });

  it("open the session that the answer's cookie names", async () => {
    const client = new RawClient(server);
    await set(client, new Map([["catalog", { stringValue: "other" }]]));
    client.keepCookie();
    assert.deepEqual(await optionsOf(client), ["other", "main"]);
    client.close();
  });
});

describe("a session", () => {
  it("keeps settings and temporary tables, for its client alone", async () => {
    const client = await withCookie();
    const other = await withCookie();
    await client.query("SET TimeZone = 'Pacific/Chatham'");
    await client.update("CREATE TEMP TABLE kept AS SELECT 42 AS i");
    assert.deepEqual((await client.query(settings)).columns, [
      ["Pacific/Chatham"],
    ]);
    assert.deepEqual((await client.query("FROM kept")).columns, [[42n]]);
    await assert.rejects(other.query("FROM kept"), hasCode(Status.NOT_FOUND));
    client.close();
    other.close();
  });

  it("takes temporary tables of an ingest", async () => {
    const client = await withCookie();
    assert.equal(await client.ingest(temporary, schema, [batch]), 2n);
    assert.deepEqual((await client.query("FROM mine")).columns, [[1n, 2n]]);
    await assert.rejects(
      client.ingest(temporary, schema, [batch]),
      hasCode(Status.ALREADY_EXISTS),
    );
    client.close();
  });

  it("forgets everything when it is closed", async () => {
    const client = await withCookie();
    await client.ingest(temporary, schema, [batch]);
    assert.equal(await close(client), CloseSessionStatus.CLOSED);
    await assert.rejects(client.query("FROM mine"), hasCode(Status.NOT_FOUND));
    assert.equal(await close(client), CloseSessionStatus.CLOSED);
    client.close();
  });

  it("is refused to whoever would lose it: state would vanish with the call", async () => {
    const client = new RawClient(server);
    for (const lost of [
      () => client.query("-- a comment\nSET TimeZone = 'UTC'"),
      () => client.update("CREATE OR REPLACE TEMP TABLE t (i INTEGER)"),
      () => client.ingest(temporary, schema, [batch]),
    ])
      await assert.rejects(
        lost(),
        (error) =>
          codeOf(error) === Status.INVALID_ARGUMENT &&
          /keep the cookie arrow_flight_session_id/.test(String(error)),
      );
    // What is for the whole database is not lost.
    await client.update("CREATE OR REPLACE TABLE kept (i INTEGER)");
    client.close();
  });

  it("takes no cookie that was made up, or given to another user", async () => {
    const client = await withCookie();
    const [value = ""] = client.metadata.get("cookie").map(String);
    const forged = new RawClient(server);
    forged.metadata.set("cookie", value.replace(/=.*\./, "=AAAA."));
    await assert.rejects(optionsOf(forged), hasCode(Status.INVALID_ARGUMENT));
    client.close();
    forged.close();
  });

  it("lets another query go before a result that is not read", async () => {
    const client = await withCookie();
    await client.query("SET TimeZone = 'UTC'");
    const command = packAny("CommandStatementQuery", {
      query: "SELECT repeat('x', 100) FROM range(100000)",
    });
    const info = await client.info(command);
    const [endpoint] = info.endpoint;
    const unread = client.open(endpoint?.ticket?.ticket ?? new Uint8Array(0));
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    let messages = 0;
    unread.on("data", () => messages++);
    await once(unread, "end");
    assert.ok(messages > 1);
    client.close();
  });
});

it("a login with Handshake is a session by itself", async () => {
  const credentials = { username: "u", password: "p" };
  await withServer(credentials, async (client) => {
    const basic = `Basic ${Buffer.from("u:p").toString("base64")}`;
    const token = await client.authorize(basic).handshake();
    client.authorize(`Bearer ${token}`);
    await client.ingest(temporary, schema, [batch]);
    assert.deepEqual((await client.query("FROM mine")).columns, [[1n, 2n]]);
    const again = await client.authorize(basic).handshake();
    client.authorize(`Bearer ${again}`);
    await assert.rejects(client.query("FROM mine"), hasCode(Status.NOT_FOUND));
  });
});

it("a session of a reader reads what others write, and writes nothing", async () => {
  const users = [
    { name: "w", password: "w" },
    { name: "r", password: "r", readOnly: true },
  ];
  await withServer({ users }, async (writer, both) => {
    const login = async (client: RawClient, name: string) => {
      const basic = Buffer.from(`${name}:${name}`).toString("base64");
      const token = await client.authorize(`Basic ${basic}`).handshake();
      return client.authorize(`Bearer ${token}`);
    };
    await login(writer, "w");
    const reader = await login(new RawClient(both), "r");
    await writer.update("CREATE TABLE shared (i INTEGER); CREATE SEQUENCE s");
    await set(reader, new Map([["schema", { stringValue: "main" }]]));
    assert.deepEqual((await reader.query("FROM shared")).columns, []);
    await writer.update("INSERT INTO shared VALUES (1)");
    assert.deepEqual((await reader.query("FROM shared")).columns, [[1n]]);
    await assert.rejects(
      reader.update("INSERT INTO shared VALUES (2)"),
      hasCode(Status.PERMISSION_DENIED),
    );
    // What writes may look like a query.
    await assert.rejects(
      reader.query("SELECT nextval('s')"),
      hasCode(Status.PERMISSION_DENIED),
    );
    reader.close();
  });
});

it("a session's cookie is good for the user that got it, and for nobody else", async () => {
  const users = ["ann", "eve"].map((name) => ({ name, password: name }));
  await withServer({ users }, async (client, both) => {
    client.authorize(`Basic ${btoa("ann:ann")}`);
    await client.query("SELECT 1");
    client.keepCookie();
    await client.update("CREATE TEMP TABLE hers AS SELECT 42 AS i");
    const eve = new RawClient(both).authorize(`Basic ${btoa("eve:eve")}`);
    eve.metadata.set("cookie", client.metadata.get("cookie")[0] ?? "");
    await assert.rejects(eve.query("FROM hers"), hasCode(Status.NOT_FOUND));
    await assert.rejects(optionsOf(eve), hasCode(Status.INVALID_ARGUMENT));
    await close(eve);
    eve.close();
    assert.deepEqual((await client.query("FROM hers")).columns, [[42n]]);
  });
});

it("a session that is used for long is not idle, whatever else ends in it", async () => {
  const said = new EventEmitter();
  const log = (level: string, text: string) => {
    said.emit(level, text);
  };
  await withServer({ idleSessionSeconds: 1, log }, async (client, both) => {
    await client.query("SELECT 1");
    client.keepCookie();
    await client.update("CREATE TEMP TABLE kept AS SELECT 42 AS i");
    const begin = async (rows: number) => {
      const query = `SELECT repeat('x', 1000) FROM range(${String(rows)})`;
      const info = await client.info(
        packAny("CommandStatementQuery", { query }),
      );
      const call = client.open(ticketOf(info));
      call.on("error", () => undefined);
      await once(call, "data");
      return call.pause();
    };
    // The first makes way for the second, and so ends before it.
    const unread = [await begin(10_000), await begin(1_000_000_000)];
    // Another session that begins now and is not used tells that the time is over.
    const other = new RawClient(both);
    await other.query("SELECT 1");
    await set(other.keepCookie(), new Map([["catalog", {}]]));
    await once(said, "warn");
    for (const call of unread) call.cancel();
    assert.deepEqual((await client.query("FROM kept")).columns, [[42n]]);
    other.close();
  });
});

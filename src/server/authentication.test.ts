import assert from "node:assert/strict";
import { test } from "node:test";
import { credentials, status as Status } from "@grpc/grpc-js";
import { selfSigned } from "../drivers/flight/self-signed.test.js";
import { BasicAuth } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import { serve } from "./index.js";
import { codeOf, RawClient, ticketOf, withServer } from "./raw-client.test.js";

const user = { username: "ann", password: "geheim: 1" };
const basic = `Basic ${Buffer.from("ann:geheim: 1").toString("base64")}`;
const one = packAny("CommandStatementQuery", { query: "SELECT 1" });

async function isRefused(call: Promise<unknown>): Promise<void> {
  await assert.rejects(
    call,
    (error) => codeOf(error) === Status.UNAUTHENTICATED,
  );
}

test("a server without credentials takes everybody", async () => {
  await withServer({}, async (client) => {
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    client.authorize("Bearer whatever");
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    // Clients that have a user name all the same get a token they can go on with.
    assert.notEqual(await client.authorize(basic).handshake(), "");
  });
});

test("a password is exchanged for a bearer token, by header or by payload", async () => {
  await withServer(user, async (client, server) => {
    const token = await client.authorize(basic).handshake();
    assert.equal(client.bearer, `Bearer ${token}`);
    client.authorize(`Bearer ${token}`);
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);

    const old = new RawClient(server);
    const fromPayload = await old.handshake(BasicAuth.encode(user));
    old.authorize(`bearer ${fromPayload}`);
    assert.deepEqual((await old.query("SELECT 1")).columns, [[1n]]);
    old.close();
  });
});

test("a password may come with every call, and its session lasts", async () => {
  await withServer(user, async (client) => {
    client.authorize(basic.replace(/=+$/, ""));
    const info = await client.info(one);
    const bearer = client.bearer ?? "";
    assert.match(bearer, /^Bearer ./);
    client.authorize(bearer);
    assert.deepEqual((await client.get(ticketOf(info))).columns, [[1n]]);
  });
});

test("whoever knows no secret is refused", async () => {
  await withServer({ ...user, token: "tok" }, async (client) => {
    await isRefused(client.info(one));
    await isRefused(client.handshake());
    for (const pair of ["ann:wrong", "bob:geheim: 1", "ann", "", ":"]) {
      client.authorize(`Basic ${Buffer.from(pair).toString("base64")}`);
      await isRefused(client.handshake());
      await isRefused(client.info(one));
    }
    await isRefused(
      client.handshake(BasicAuth.encode({ ...user, password: "" })),
    );
    for (const token of ["", "tokk", "to", ".", "a.b", "Basic"]) {
      client.authorize(`Bearer ${token}`);
      await isRefused(client.info(one));
      await isRefused(client.get(new Uint8Array(0)));
      await isRefused(client.put([]));
      await isRefused(client.act("BeginTransaction", new Uint8Array(0)));
    }
    client.authorize("Bearer tok");
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
  });
});

test("a token of another server is refused", async () => {
  await withServer(user, async (client) => {
    const token = await client.authorize(basic).handshake();
    await withServer(user, async (other) => {
      await isRefused(other.authorize(`Bearer ${token}`).info(one));
    });
  });
});

test("tickets and transactions are no good in another session", async () => {
  await withServer(user, async (ann, server) => {
    ann.authorize(`Bearer ${await ann.authorize(basic).handshake()}`);
    const eve = new RawClient(server);
    eve.authorize(`Bearer ${await eve.authorize(basic).handshake()}`);
    const ticket = ticketOf(await ann.info(one));
    const isUnknown = (error: unknown) => codeOf(error) === Status.NOT_FOUND;
    await assert.rejects(eve.get(ticket), isUnknown);
    const transaction = await ann.begin();
    await assert.rejects(eve.query("SELECT 1", transaction), isUnknown);
    await assert.rejects(eve.end(transaction, 1), isUnknown);
    assert.deepEqual((await ann.get(ticket)).columns, [[1n]]);
    await ann.end(transaction, 2);
    eve.close();
  });
});

test("a user name without a password is a mistake", async () => {
  await assert.rejects(
    serve({ port: 0, username: "ann", log: () => undefined }),
    (error) => error instanceof Failure && error.code === "invalid_config",
  );
});

test("TLS serves those who trust the certificate", async () => {
  const { certificate, key } = selfSigned("localhost");
  const tls = { cert: certificate.toString(), key: key.toString() };
  await withServer({ tls }, async (plain, server) => {
    assert.match(server.url, /transport=tls$/);
    const trusting = new RawClient(server, credentials.createSsl(certificate));
    assert.deepEqual((await trusting.query("SELECT 1")).columns, [[1n]]);
    trusting.close();
    await assert.rejects(plain.query("SELECT 1"));
  });
  const notPem = { ...tls, cert: "no certificate" };
  await assert.rejects(
    serve({ port: 0, tls: notPem, log: () => undefined }),
    (error) => error instanceof Failure && error.code === "invalid_config",
  );
});

test("a client certificate opens the connection, and names the user where nothing else does", async () => {
  const own = selfSigned("localhost");
  const ann = selfSigned("ann");
  const eve = selfSigned("eve");
  const tls = {
    cert: own.certificate.toString(),
    key: own.key.toString(),
    clientCa: ann.certificate.toString(),
  };
  const channelOf = ({ certificate, key }: typeof ann) =>
    credentials.createSsl(own.certificate, key, certificate);
  const asked: unknown[] = [];
  const log = (...entry: unknown[]) => asked.push(JSON.stringify(entry));
  const users = [{ name: "ann", readOnly: true }];
  await withServer({ tls, users, log }, async (_, server) => {
    const right = new RawClient(server, channelOf(ann));
    assert.deepEqual((await right.query("SELECT 1")).columns, [[1n]]);
    await assert.rejects(right.update("CREATE TABLE t (i INTEGER)"), {
      code: Status.PERMISSION_DENIED,
    });
    right.close();
    assert.match(String(asked[0]), /"user":"ann"/);
    for (const channel of [
      credentials.createSsl(own.certificate),
      channelOf(eve),
    ]) {
      const wrong = new RawClient(server, channel);
      await assert.rejects(wrong.query("SELECT 1"), {
        code: Status.UNAVAILABLE,
      });
      wrong.close();
    }
  });
  await withServer({ tls, token: "tok" }, async (_, server) => {
    const client = new RawClient(server, channelOf(ann));
    await isRefused(client.query("SELECT 1"));
    client.authorize("Bearer tok");
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    client.close();
  });
});

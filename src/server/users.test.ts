import assert from "node:assert/strict";
import { createHook } from "node:async_hooks";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { Failure } from "../failure.js";
import { serve } from "./index.js";
import { codeOf, RawClient, withServer } from "./raw-client.test.js";
import type { User } from "./users.js";

/** Both hashes are passlib's (Python, 1.7.4): scrypt.using(rounds=10).hash(…). */
const users: readonly User[] = [
  { name: "ann", password: "geheim: 1" },
  {
    name: "bob",
    passwordHash:
      "$scrypt$ln=10,r=8,p=1$CCGEUMqZc46xNmYMISTEmA$V09oEvrf06WS8wYdzZYO2daKnnsgQcKcFbgBrvbdbZo",
    readOnly: true,
  },
  {
    name: "zoë",
    passwordHash:
      "$scrypt$ln=10,r=8,p=1$q5Xyfu/9v/de6x2D8N4bIw$g4O0F/j0LjiJO620nx9fjbrhieZBumFwCrCCTshp9rQ",
  },
  { name: "ci", token: "tok-1", readOnly: true },
];

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

const writes = [
  "INSERT INTO t VALUES (2)",
  "CREATE TABLE u (i INTEGER)",
  "DROP TABLE t",
  "COPY t TO '/tmp/flightsync-never.csv'",
  "ATTACH ':memory:' AS other",
  "SET threads = 1",
  "EXPLAIN ANALYZE INSERT INTO t VALUES (2)",
];

test("every user comes by a password, a hash of one, or a token, and by nothing else", async () => {
  await withServer({ users }, async (client) => {
    for (const [name, password] of [
      ["ann", "geheim: 1"],
      ["bob", "geheim: 2"],
      ["bob", "geheim: 2"],
      ["zoë", "trésor"],
    ] as const) {
      client.authorize(basic(name, password));
      assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
      client.authorize(`Bearer ${await client.handshake()}`);
      assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    }
    client.authorize("Bearer tok-1");
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    for (const [name, password] of [
      ["ann", "geheim: 2"],
      ["bob", "geheim: 1"],
      ["bob", ""],
      ["ci", "tok-1"],
      ["ci", ""],
      ["eve", "geheim: 1"],
      ["", ""],
    ] as const) {
      client.authorize(basic(name, password));
      await assert.rejects(client.query("SELECT 1"), {
        code: Status.UNAUTHENTICATED,
        details: "the user name or the password is wrong",
      });
    }
    client.authorize("Bearer tok-2");
    await assert.rejects(client.query("SELECT 1"), {
      code: Status.UNAUTHENTICATED,
    });
  });
});

test("a user that may only read can write nothing, in no way, while others write", async () => {
  await withServer({ users }, async (ann, server) => {
    ann.authorize(basic("ann", "geheim: 1"));
    await ann.update("CREATE TABLE t AS SELECT 1 AS i");
    for (const login of [basic("bob", "geheim: 2"), "Bearer tok-1"]) {
      const reader = new RawClient(server).authorize(login);
      const isRefused = (error: unknown) =>
        codeOf(error) === Status.PERMISSION_DENIED;
      const begun = await reader.begin();
      for (const sql of writes) {
        await assert.rejects(reader.update(sql), isRefused, sql);
        await assert.rejects(reader.query(sql), isRefused, sql);
        await assert.rejects(reader.update(sql, begun), isRefused, sql);
      }
      assert.deepEqual((await reader.query("FROM t")).columns, [[1n]]);
      assert.deepEqual((await reader.query("FROM t", begun)).columns, [[1n]]);
      await reader.end(begun, 1);
      reader.close();
    }
    await ann.update("INSERT INTO t VALUES (2)");
    assert.deepEqual((await ann.query("FROM t")).columns, [[1n, 2n]]);
  });
});

test("a refusal costs one hash, whoever it is that does not exist or has no password", async () => {
  await withServer({ users }, async (client) => {
    let hashes = 0;
    const hook = createHook({
      init: (_, type) => {
        if (type === "SCRYPTREQUEST") hashes++;
      },
    }).enable();
    for (const [name, password] of [
      ["ann", "wrong"],
      ["bob", "wrong"],
      ["bob", ""],
      ["ci", "wrong"],
      ["eve", "wrong"],
      ["", ""],
    ] as const) {
      hashes = 0;
      client.authorize(basic(name, password));
      await assert.rejects(client.handshake(), {
        code: Status.UNAUTHENTICATED,
        details: "the user name or the password is wrong",
      });
      assert.equal(hashes, 1, name);
    }
    hook.disable();
  });
});

test("users that are not described well keep the server from starting", async () => {
  const hash = "$scrypt$ln=11,r=8,p=1$CCGEUMqZc46xNmYMISTEmA$V09oEvrf06WS8w";
  for (const [bad, words] of [
    [[{ name: "ann" }], /ann has no password/],
    [[{ name: "", password: "x" }], /no name/],
    [[users[0], users[0]], /ann is there twice/],
    [[{ name: "ann", password: "x", passwordHash: hash }], /ann has both/],
    [[users[3], { name: "eve", token: "tok-1" }], /token of user eve/],
    [[{ name: "ann", passwordHash: "$2b$12$abc" }], /ann is not of the form/],
    [[{ name: "ann", passwordHash: hash.replace("11", "30") }], /ln up to 17/],
    [[users[1], { name: "eve", passwordHash: hash }], /the same parameters/],
  ] as const) {
    await assert.rejects(
      serve({ port: 0, users: bad as readonly User[], log: () => undefined }),
      (error) =>
        error instanceof Failure &&
        error.code === "invalid_config" &&
        words.test(error.message),
      String(words),
    );
  }
});

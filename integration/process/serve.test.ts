import assert from "node:assert/strict";
import { test } from "node:test";

import { Folder, run, start, withoutStacks } from "./programs.js";
import { secrets, username } from "./secrets.js";
import { connect, Server } from "./server.js";

const folder = new Folder();

test("serve prints its URL, one line, and then answers; SIGTERM ends it and the file is whole", async () => {
  const database = folder.at("kept.duckdb");
  const init = folder.file(
    "init.sql",
    "CREATE TABLE kept AS SELECT 1 AS id; INSERT INTO kept VALUES (2);",
  );
  const server = await Server.start(["--database", database, "--init", init]);
  assert.match(server.url, /^flightsql:\/\/127\.0\.0\.1:\d+\?transport=tcp$/);
  await server.update("INSERT INTO kept VALUES (3)");
  const { code, signal, stdout, stderr } = await server.stop();
  assert.deepEqual([code, signal], [0, null], stderr);
  assert.equal(stdout, `${server.url}\n`);
  assert.doesNotMatch(withoutStacks(stderr), /CRITICAL|^ +at /m);

  await using again = await Server.start(["--database", database]);
  assert.deepEqual(await again.table("kept"), [["1"], ["2"], ["3"]]);
});

test("a client that stays connected does not keep serve from ending", async () => {
  const server = await Server.start();
  await using client = await connect(server.url);
  await client.rows("SELECT 1");
  const { code, signal } = await server.program.stop("SIGTERM");
  assert.ok(code === 0 || signal === "SIGTERM");
});

test("an open query does not keep serve from ending", async () => {
  const server = await Server.start(["--drain-timeout", "0"]);
  const query = server.rows(
    "SELECT sum(sqrt(a.range * b.range)) FROM range(1000000) a, range(1000000) b",
  );
  const refused = assert.rejects(query);
  await server.until("SELECT 1", ([row]) => row?.[0] === "1");
  const { code, signal } = await server.program.stop("SIGTERM");
  assert.ok(code === 0 || signal === "SIGTERM");
  await refused;
});

test("--read-only answers queries and refuses whatever writes", async () => {
  const database = folder.at("readonly.duckdb");
  const first = await Server.start(["--database", database]);
  await first.update("CREATE TABLE people AS SELECT 1::BIGINT AS id");
  await first.stop();
  await using server = await Server.start([
    "--database",
    database,
    "--read-only",
  ]);
  assert.deepEqual(await server.table("people"), [["1"]]);
  await assert.rejects(
    server.update("INSERT INTO people VALUES (2)"),
    /read.only/i,
  );
  await assert.rejects(
    server.update("CREATE TABLE more (id INTEGER)"),
    /read.only/i,
  );
  const config = folder.file("target.json", { url: server.url });
  const line =
    '{"type":"SCHEMA","stream":"people","schema":{"properties":{"id":{"type":"integer"}}},"key_properties":[]}';
  const stdin = `${line}\n{"type":"RECORD","stream":"people","record":{"id":2}}\n`;
  const target = await run("target-flightsql", ["--config", config], { stdin });
  assert.notEqual(target.code, 0);
  assert.match(target.stderr, /CRITICAL.*read.only.*people/i);
  assert.deepEqual(await server.table("people"), [["1"]]);
});

/** Rows of a query, asked by a client of its own. */
async function answer(url: string, options: object): Promise<number> {
  await using client = await connect(url, options);
  const { batches } = await client.rows("SELECT 1");
  return batches.reduce((sum, { length }) => sum + length, 0);
}

test("nobody gets in without the user name and password, or the token", async () => {
  const { password, token } = secrets;
  const basic = { username, password };
  const args = ["--username", username, "--password", password];
  await using first = await Server.start(args, basic);
  await using second = await Server.start(["--token", token], { token });
  for (const [server, right] of [
    [first, basic],
    [second, { token }],
  ] as const) {
    for (const wrong of [
      {},
      { username, password: `${password}x` },
      { username: "", password },
      { token: `${token}x` },
    ])
      await assert.rejects(answer(server.url, wrong), {
        code: "unauthenticated",
      });
    assert.equal(await answer(server.url, right), 1);
  }
});

test("what keeps serve from starting is said clearly", async () => {
  const database = folder.at("taken.duckdb");
  await using server = await Server.start(["--database", database]);
  const port = new URL(server.url).port;
  const bad = folder.file("bad.sql", "SELEC 1");
  const pem = folder.file("bad.pem", "x");
  for (const [args, words] of [
    [["--database", database], /taken\.duckdb.*(lock|use)/i],
    [["--database", "/no/such/folder/x.duckdb"], /\/no\/such\/folder/],
    [["--port", port], /EADDRINUSE.*listening on 127\.0\.0\.1/],
    [["--init", folder.at("gone.sql")], /gone\.sql.*cannot be read/],
    [["--init", bad], /syntax error[^]*SELEC[^]*bad\.sql/],
    [["--tls-cert", pem, "--tls-key", pem], /PEM/i],
  ] as const) {
    const { code, stdout, stderr } = await run("flightsync", [
      "serve",
      ...(args[0] === "--port" ? [] : ["--port", "0"]),
      ...args,
    ]);
    assert.equal(code, 78, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^CRITICAL \[invalid_config\]/m);
    assert.match(stderr, words);
    assert.doesNotMatch(withoutStacks(stderr), /^ +at /m);
  }
  assert.deepEqual(await server.rows("SELECT 1"), [["1"]]);
});

test("a second SIGTERM ends serve at once", async () => {
  const program = start("flightsync", ["serve", "--port", "0"]);
  await program.until(() => program.lines.length > 0);
  program.child.kill("SIGTERM");
  const { code, signal } = await program.stop("SIGTERM");
  assert.ok(code === 0 || signal === "SIGTERM");
});

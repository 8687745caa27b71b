import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { SignJWT } from "jose";

import { selfSigned } from "./certificate.js";
import { Folder, run, start } from "./programs.js";
import { secrets, username } from "./secrets.js";
import { connect, Server } from "./server.js";

const folder = new Folder();
const csv = folder.file("people.csv", "id,name\n1,ann\n2,bob\n");

interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly user?: string;
  readonly query?: string;
  readonly rows?: number;
}

/** The lines of a JSON log; each must be one object. */
function logLines(stderr: string): LogLine[] {
  const lines = stderr.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as LogLine);
}

test("files are served in one command, and the ready file is there while clients can connect", async () => {
  const ready = folder.at("ready");
  const flags = ["--attach", `people=${csv}`, "--ready-file", ready];
  const server = await Server.start(flags);
  await server.program.until(() => existsSync(ready));
  assert.equal(readFileSync(ready, "utf8"), `${server.url}\n`);
  assert.deepEqual(await server.table("people"), [
    ["1", "ann"],
    ["2", "bob"],
  ]);
  const { code, stderr } = await server.stop();
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^INFO DoGet OK .*rows=2 .*user=anonymous peer=127\.0\.0\.1:\d+ query="SELECT \* FROM people/m,
  );
  assert.ok(!existsSync(ready));
});

test("SQL reaches no other file of the machine, unless the server was started so", async () => {
  const secret = folder.file("secret.txt", secrets.password);
  const sql = `SELECT content FROM read_text('${secret}')`;
  {
    await using server = await Server.start(["--attach", `people=${csv}`]);
    await assert.rejects(
      server.rows(sql),
      /start the server with --allow-files/,
    );
    await assert.rejects(
      server.update(`COPY (SELECT 1) TO '${folder.at("out.csv")}'`),
      /--allow-files/,
    );
    assert.equal((await server.table("people")).length, 2);
  }
  await using server = await Server.start(["--allow-files"]);
  assert.deepEqual(await server.rows(sql), [[secrets.password]]);
});

test("users come from a file, their secrets from elsewhere, and the JSON log tells neither", async () => {
  const file = folder.file("token", `${secrets.token}\n`);
  const users = folder.file("users.json", {
    [username]: { password: "${PASSWORD}" },
    ci: { token: `\${file:${file}}`, read_only: true },
  });
  const program = start(
    "flightsync",
    ["serve", "--port", "0", "--users", users, "--log-format", "json"],
    { stdin: "", env: { PASSWORD: secrets.password } },
  );
  const { password, token } = secrets;
  const server = await Server.of(program, { username, password });
  await server.update("CREATE TABLE t AS SELECT 1 AS i");
  await assert.rejects(
    server.update(`CREATE SECRET s (TYPE s3, SECRET '${secrets.header}'`),
  );
  {
    await using reader = await connect(server.url, { token });
    await reader.rows("FROM t");
    await assert.rejects(reader.update("INSERT INTO t VALUES (2)"), {
      code: "unauthorized",
    });
  }
  for (const wrong of [{}, { token: "no" }, { username, password: "no" }])
    await assert.rejects(
      connect(server.url, wrong).then((client) => client.rows("SELECT 1")),
      { code: "unauthenticated" },
    );
  const { stderr } = await server.stop();
  const lines = logLines(stderr);
  assert.ok(lines.every(({ time }) => !Number.isNaN(Date.parse(time))));
  const read = lines.find(
    ({ user, message }) => user === "ci" && message === "DoGet OK",
  );
  assert.deepEqual([read?.query, read?.rows], ["FROM t", 1]);
});

test("--jwt-key takes tokens that somebody else has signed", async () => {
  const key = folder.file("jwt.key", "a secret of thirty-two bytes, no less\n");
  const part = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: "ann", iss: "idp", exp: Date.now() / 1000 + 600 };
  const text = `${part({ alg: "HS256" })}.${part(claims)}`;
  const signature = createHmac(
    "sha256",
    "a secret of thirty-two bytes, no less",
  )
    .update(text)
    .digest("base64url");
  const token = `${text}.${signature}`;
  await using server = await Server.start(
    ["--jwt-key", key, "--jwt-issuer", "idp"],
    { token },
  );
  assert.deepEqual(await server.rows("SELECT 1"), [["1"]]);
});

test("--jwt-jwks reads keys over https, and again when they change", async () => {
  const { cert, key } = selfSigned();
  const ca = folder.file("ca.pem", cert);
  const pairs = ["a", "b"].map((kid) => ({
    kid,
    ...generateKeyPairSync("ec", { namedCurve: "P-256" }),
  }));
  let asked = 0;
  let known = pairs.slice(0, 1);
  const issuer = createServer({ cert, key }, (_, response) => {
    asked++;
    const keys = known.map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: "jwk" }),
      kid,
    }));
    response.end(JSON.stringify({ keys }));
  });
  await once(issuer.listen(0, "127.0.0.1"), "listening");
  const { port } = issuer.address() as AddressInfo;
  const exp = Math.floor(Date.now() / 1000) + 600;
  const tokens = await Promise.all(
    pairs.map(({ kid, privateKey }) =>
      new SignJWT({ sub: "ann", exp })
        .setProtectedHeader({ alg: "ES256", kid })
        .sign(privateKey),
    ),
  );
  const [first = "", second = ""] = tokens;
  const jwks = `https://localhost:${String(port)}/keys`;
  const flags = ["serve", "--port", "0", "--jwt-jwks", jwks];
  const env = { NODE_EXTRA_CA_CERTS: ca };
  const serve = (more: readonly string[], using: Record<string, string>) =>
    Server.of(
      start("flightsync", [...flags, ...more], { stdin: "", env: using }),
      {
        token: first,
      },
    );
  const ask = async (url: string, token: string) => {
    await using client = await connect(url, { token });
    await client.rows("SELECT 1");
  };
  {
    await using server = await serve([], env);
    await ask(server.url, first);
    known = pairs;
    for (let i = 0; i < 3; i++)
      await assert.rejects(ask(server.url, second), {
        code: "unauthenticated",
      });
    assert.equal(asked, 1);
  }
  {
    known = pairs.slice(0, 1);
    await using server = await serve(["--jwt-jwks-interval", "0"], env);
    await ask(server.url, first);
    known = pairs;
    await ask(server.url, second);
  }
  {
    const server = await serve([], {});
    await assert.rejects(ask(server.url, first), {
      code: "unavailable",
      message: /key set cannot be had/,
    });
    const { stderr } = await server.stop();
    assert.match(stderr, /^WARN.* key set cannot be had: .*self.signed/m);
  }
  issuer.close();
});

test("on SIGTERM a stream that runs is sent to its end", async () => {
  const server = await Server.start(["--drain-timeout", "60"]);
  await using client = await connect(server.url);
  const rows = 200_000;
  const sql = `SELECT repeat('x', 1000) FROM range(${String(rows)})`;
  const [endpoint] = (await client.query(sql)).endpoints;
  assert.ok(endpoint);
  let stopped: ReturnType<Server["stop"]> | undefined;
  let count = 0;
  for await (const { length } of client.read(endpoint)) {
    stopped ??= server.stop();
    count += length;
  }
  assert.equal(count, rows);
  assert.equal((await stopped)?.code, 0);
});

test("what keeps serve from starting is said with the flag or the file", async () => {
  const users = folder.file("bad-users.json", { ann: { pasword: "x" } });
  const weak = folder.file("weak.key", "short");
  for (const [flags, code, words] of [
    [["--attach", "people"], 64, /--attach takes NAME=PATH/],
    [
      ["--attach", "x=/gone.parquet"],
      78,
      /No files found.*\/gone\.parquet as x/,
    ],
    [["--users", users], 78, /ann pasword is not a setting.*bad-users\.json/],
    [["--users", folder.at("gone.json")], 78, /gone\.json cannot be read/],
    [["--jwt-key", weak], 78, /shorter than 32 bytes/],
    [["--jwt-issuer", "x"], 64, /--jwt-key or --jwt-jwks/],
    [["--max-queries", "0"], 64, /--max-queries takes a whole number/],
    [
      ["--memory-limit", "much"],
      78,
      /must have a number.*setting the memory limit to much/,
    ],
    [["--max-transactions", "0"], 64, /--max-transactions takes a whole/],
    [["--max-polls", "none"], 64, /--max-polls takes a whole number/],
    [["--batch-rows", "1.5"], 64, /--batch-rows takes a whole number/],
    [["--drain-timeout", "never"], 64, /--drain-timeout takes a whole number/],
    [["--token", "${NOWHERE_SET}"], 78, /--token names .*NOWHERE_SET/],
    [["--ready-file", "/no/such/folder/x"], 78, /cannot be written/],
    [["--tls-client-ca", weak], 64, /tls-client-ca -> tls-cert/],
  ] as const) {
    const outcome = await run("flightsync", ["serve", "--port", "0", ...flags]);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.match(outcome.stderr, words);
  }
});

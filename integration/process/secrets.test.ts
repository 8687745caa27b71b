import assert from "node:assert/strict";
import { test } from "node:test";

import { Folder, Program, run } from "./programs.js";
import { secrets, secretTexts, username } from "./secrets.js";
import { Server } from "./server.js";
import { people, person } from "./singer-lines.js";

/*
 * `Program` fails on any output that holds a secret, in this file and in all others, with debug logs on. Here are the
 * calls in which one is near: each must end as said, and say no secret.
 */

const folder = new Folder();
const { password, token, header } = secrets;
const user = `${username}:${encodeURIComponent(password)}`;

test("a config that is wrong shows no secret, whatever is wrong", async () => {
  const url = `flightsql://${user}@127.0.0.1:1?transport=tcp`;
  const headers = { "x-api-key": header, authorization: `Bearer ${token}` };
  const configs = [
    { url, headers },
    { url, token },
    { url, pasword: password },
    { url, concurrency: password },
    { url, password: [password], token: 7 },
    { url: `${url}&x=${token}` },
    { url: url.replace("flightsql:", "oracle:") },
    { url: `flightsql//${user}@127.0.0.1:1` },
    { url: token },
    `{"url": "${url}", "token": ${token}}`,
    `{"url": "${url}"} ${token}`,
  ].map((settings, index) => folder.file(`${String(index)}.json`, settings));
  const taps = configs.map((config) =>
    run("tap-flightsql", ["--config", config, "--discover"]),
  );
  const checks = configs
    .slice(0, 3)
    .map((config) => run("source-flightsql", ["check", "--config", config]));
  const outcomes = await Promise.all([...taps, ...checks]);
  for (const { stdout, stderr } of outcomes)
    assert.match(stdout + stderr, /CRITICAL|FAILED/);
});

test("a server does not show its own secrets", async () => {
  for (const args of [
    ["--username", username, "--password", password, "--token", token],
    ["--password", password],
    ["--token", token, "--database", "/no/such/folder/x"],
  ]) {
    const { code, stderr } = await run("flightsync", [
      "serve",
      "--port",
      "0",
      ...args,
    ]);
    assert.notEqual(code, 0);
    assert.match(stderr, /CRITICAL/);
  }
});

test("a value of the other side that holds the secret is not shown either", async () => {
  await using server = await Server.start(["--token", token], { token });
  await server.update("CREATE TABLE people (id BIGINT, name INTEGER)");
  const config = folder.file("refused.json", {
    url: server.url,
    token,
    load_method: "append-only",
  });
  const stdin = [people, person(1, `name ${token}`)].join("\n");
  const { code, stderr } = await run("target-flightsql", ["--config", config], {
    stdin,
  });
  assert.notEqual(code, 0);
  assert.match(stderr, /CRITICAL.*name \*\*\*/);
});

test("the watch over outputs does find a secret", async () => {
  for (const secret of secretTexts) {
    const args = ["-e", "console.error(process.argv[1])", secret];
    const { ended } = new Program(process.execPath, args);
    await assert.rejects(ended, /a secret was said/);
  }
});

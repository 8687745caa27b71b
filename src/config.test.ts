import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { checkConfig, readConfig, secretsOf } from "./config.js";
import { flightsql } from "./engines/flightsql.js";

const folder = mkdtempSync(join(tmpdir(), "flightsync-config-"));
const schema = flightsql.configSchema("source");

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("later files win, and ${NAME} and ${file:…} are expanded", () => {
  process.env["FLIGHTSYNC_TEST_HOST"] = "example";
  const secret = file("secret.txt", "s3cret\n");
  const first = file("first.json", '{"host": "a", "port": 1}');
  const second = file(
    "second.json",
    JSON.stringify({
      host: "${FLIGHTSYNC_TEST_HOST}.org",
      password: `\${file:${secret}}`,
      username: "$${literal}",
    }),
  );
  assert.deepEqual(readConfig([first, second]), {
    host: "example.org",
    port: 1,
    password: "s3cret",
    username: "${literal}",
  });
});

test("what is wrong with a file is said with its name, and never its text", () => {
  const broken = file("broken.json", '{"password": hunter2}');
  const unset = file("unset.json", '{"url": "${FLIGHTSYNC_TEST_UNSET}"}');
  assert.throws(
    () => readConfig([broken]),
    (error: Error) =>
      error.message.includes(broken) && !error.message.includes("hunter2"),
  );
  assert.throws(() => readConfig([unset]), /FLIGHTSYNC_TEST_UNSET.*not set/);
  assert.throws(() => readConfig([file("list.json", "[]")]), /JSON object/);
  assert.throws(() => readConfig([join(folder, "none.json")]), /none\.json/);
});

test("every fault is told at once, with the key that may have been meant", async () => {
  const config = { ulr: "x", concurrency: 0, null_cursor: "maybe" };
  await assert.rejects(checkConfig(config, schema), (error: Error) => {
    for (const part of [
      "ulr is not a setting, did you mean url?",
      "concurrency must be >= 1",
      "null_cursor must be one of include_once, skip, fail",
      "needs exactly one of url and host",
    ])
      assert.ok(error.message.includes(part), `${part}: ${error.message}`);
    return true;
  });
});

test("defaults are filled in, and the given config is left alone", async () => {
  const given = { url: "flightsql://localhost:1" };
  const checked = await checkConfig(given, schema);
  assert.equal(checked["concurrency"], 4);
  assert.deepEqual(given, { url: "flightsql://localhost:1" });
});

test("secrets are every marked value and the password of the URL, encoded or not", () => {
  const config = {
    url: "flightsql://me:p%40ss@host:1",
    token: "tok",
    headers: { "x-key": "header-secret" },
    username: "me",
  };
  const nested = {
    ...config,
    oauth: {
      token_uri: "https://idp.example",
      client_secret: "client-secret",
      exchange: { subject_token: "subject" },
    },
  };
  assert.deepEqual([...secretsOf(nested, schema)].sort(), [
    "client-secret",
    "header-secret",
    "p%40ss",
    "p@ss",
    "subject",
    "tok",
  ]);
});

test("a setting inside another one is checked as well, and the one that may have been meant is among those beside it", async () => {
  const oauth = { flow: "client_credentials", token_ur: "https://idp.example" };
  await assert.rejects(checkConfig({ url: "flightsql://h", oauth }, schema), {
    code: "invalid_config",
    message:
      "the config is not valid: oauth token_uri is missing; oauth token_ur is not a setting, did you mean token_uri?",
  });
});

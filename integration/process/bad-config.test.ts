import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { airbyteMessages } from "./messages.js";
import { Folder, run, withoutStacks } from "./programs.js";
import { readers, readArguments } from "./reader.js";
import { Server } from "./server.js";

const folder = new Folder();
let server: Server;
let config: string;

before(async () => {
  server = await Server.start();
  await server.update("CREATE TABLE people (id BIGINT, name VARCHAR)");
  config = folder.file("good.json", { url: server.url });
});

after(() => server[Symbol.asyncDispose]());

/** A call that must fail: its bin, its arguments, its exit code, and what its one CRITICAL line must say. */
type Case = readonly [
  bin: string,
  args: readonly string[],
  code: number,
  ...words: readonly string[],
];

async function fail(cases: readonly Case[]): Promise<void> {
  await Promise.all(
    cases.map(async ([bin, args, code, ...words]) => {
      const outcome = await run(bin, args);
      const stderr = withoutStacks(outcome.stderr);
      const call = `${bin} ${args.join(" ")}:\n${stderr}`;
      assert.equal(outcome.code, code, call);
      const [critical = "", ...more] = stderr
        .split("\n")
        .filter((line) => line.startsWith("CRITICAL "));
      assert.deepEqual(more, [], call);
      for (const word of words)
        assert.ok(critical.includes(word), `no ${word} in: ${call}`);
      assert.doesNotMatch(stderr, /^ +at /m);
      if (bin.startsWith("t")) assert.equal(outcome.stdout, "", call);
      else airbyteMessages(outcome.stdout);
    }),
  );
}

/** A discovery that must fail because of its config, which is written to a file of this name. */
function discovery(
  name: string,
  content: unknown,
  ...words: readonly string[]
): Case {
  const args = ["--config", folder.file(name, content), "--discover"];
  return ["tap-flightsql", args, 78, ...words];
}

test("wrong arguments are told with the way to help, and end with 64", () =>
  fail([
    ["tap-flightsql", ["--no-such"], 64, "no-such", "--help"],
    ["tap-flightsql", ["--discover"], 64, "needs --config FILE"],
    ["tap-flightsql", ["--config", config], 64, "needs --catalog"],
    ["source-flightsql", ["read", "--config", config], 64, "--catalog"],
    ["flightsync", ["serve", "--port", "x"], 64, "--port"],
  ]));

test("help is asked for, not an error", async () => {
  const { code, stdout, stderr } = await run("tap-flightsql", ["--help"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /--config/);
});

test("what is wrong in a config is named, with what was meant, and all at once", () => {
  const settings = { pasword: "x", concurrency: 0, null_cursor: "no" };
  const words = [
    "pasword is not a setting, did you mean password?",
    "concurrency",
    "include_once, skip, fail",
    "url",
  ];
  const scheme = { url: "oracle://h" };
  return fail([
    discovery("many.json", settings, ...words),
    discovery("scheme.json", scheme, "oracle", "flightsql"),
  ]);
});

test("a config file that is missing or no JSON is named with the place, and its text is not shown", () => {
  const gone = folder.at("gone.json");
  const broken = '{"url": "x", "password": token-8Kd2vQ_x}';
  const token = "${file:/no/such/file}";
  return fail([
    ["tap-flightsql", ["--config", gone, "--discover"], 78, gone, "config"],
    discovery("broken.json", broken, "broken.json", "line 1, column 26"),
    discovery("nofile.json", { token }, "nofile.json: token", "/no/such/file"),
  ]);
});

test("a server that is down ends with 75, a host that does not exist with 78", async () => {
  await using gone = await Server.start();
  const { url } = gone;
  await gone.stop();
  const down = folder.file("down.json", { url });
  const words = ["ECONNREFUSED", new URL(url).host, "check host and port"];
  await fail([
    ["tap-flightsql", ["--config", down, "--discover"], 75, ...words],
    ["target-flightsql", ["--config", down], 75, ...words],
    discovery(
      "host.json",
      { url: "flightsql://no-such-host.invalid?transport=tcp" },
      "no-such-host.invalid",
      "there is no such host",
    ),
  ]);
});

test("check tells Airbyte what is wrong and exits with 0, Singer's --test exits with the failure's code", async () => {
  const { url } = server;
  const bad = folder.file("bad.json", { url, tokn: "x" });
  const down = folder.file("nobody.json", {
    url: "flightsql://127.0.0.1:1?transport=tcp",
  });
  await Promise.all(
    [
      ["source-flightsql", bad, "tokn is not a setting, did you mean token"],
      ["destination-flightsql", down, "ECONNREFUSED"],
    ].map(async ([bin = "", file = "", words = ""]) => {
      const args = ["check", "--config", file];
      const { code, stdout, stderr } = await run(bin, args);
      assert.equal(code, 0, stderr);
      const status = airbyteMessages(stdout).at(-1)?.connectionStatus;
      assert.equal(status?.status, "FAILED");
      assert.ok(status.message?.includes(words), status.message);
    }),
  );
  await fail([
    ["tap-flightsql", ["--config", down, "--test"], 75, "ECONNREFUSED"],
  ]);
});

test("a catalog that is missing or malformed is named with the place in it", () => {
  const tap = (file: string, ...words: readonly string[]): Case => [
    "tap-flightsql",
    ["--config", config, "--catalog", file],
    78,
    file,
    ...words,
  ];
  const airbyte = folder.file("airbyte.json", { streams: [{ stream: {} }] });
  const options = ["--config", config, "--catalog", airbyte];
  const name = "streams[0].stream.name";
  const singer = { streams: [{ tap_stream_id: 7 }] };
  return fail([
    tap(folder.file("broken.catalog.json", '{"streams": [}'), "catalog"),
    tap(
      folder.file("shape.json", singer),
      "streams[0].tap_stream_id",
      "expected a string",
    ),
    ["source-flightsql", ["read", ...options], 78, name, airbyte],
    ["destination-flightsql", ["write", ...options], 78, name],
  ]);
});

test("a state that is missing or malformed is named with the place in it", () => {
  const cases = readers.flatMap((reader): readonly Case[] => {
    const args = readArguments(reader, folder, server.url, "people");
    const withState = (file: string, ...words: readonly string[]): Case => [
      reader.bin,
      [...args, "--state", file],
      78,
      "state",
      file,
      ...words,
    ];
    return [
      withState(folder.at("gone.json")),
      withState(folder.file("broken.state.json", "{]"), "line 1, column 2"),
    ];
  });
  const [tap] = readers;
  assert.ok(tap !== undefined);
  const args = readArguments(tap, folder, server.url, "people");
  const bookmarks = { "main-people": 3 };
  const shape = folder.file("shape.state.json", { bookmarks });
  const all = [...args, "--state", shape];
  return fail([
    ...cases,
    [tap.bin, all, 78, "bookmarks", "main-people", shape],
  ]);
});

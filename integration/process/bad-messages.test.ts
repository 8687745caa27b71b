import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { airbyteMessages, singerMessages, states } from "./messages.js";
import { Folder, run, start, type Outcome, withoutStacks } from "./programs.js";
import { Server } from "./server.js";
import { people, person, record, schema, state } from "./singer-lines.js";

const folder = new Folder();
let server: Server;
let config: string;

before(async () => {
  server = await Server.start();
  config = folder.file("config.json", { url: server.url });
});

beforeEach(async () => {
  await server.update(
    "DROP TABLE IF EXISTS people",
    "DROP TABLE IF EXISTS strict",
  );
});

after(() => server[Symbol.asyncDispose]());

/** A target that must fail with all of `words` in its one CRITICAL line. */
async function fails(
  lines: readonly string[],
  code: number,
  ...words: readonly (string | RegExp)[]
): Promise<Outcome> {
  const stdin = `${lines.join("\n")}\n`;
  const outcome = await run("target-flightsql", ["--config", config], {
    stdin,
  });
  assert.equal(outcome.code, code, outcome.stderr);
  const [critical = "", ...more] = outcome.stderr
    .split("\n")
    .filter((line) => line.startsWith("CRITICAL "));
  assert.deepEqual(more, []);
  for (const word of words)
    assert.ok(
      typeof word === "string" ? critical.includes(word) : word.test(critical),
      `${String(word)} is not said: ${outcome.stderr}`,
    );
  assert.doesNotMatch(withoutStacks(outcome.stderr), /^ +at /m);
  return outcome;
}

/** Rows before the bad line are loaded and their state told; of the bad line and what follows there is nothing. */
async function keepsWhatCameBefore(
  bad: string,
  ...words: readonly (string | RegExp)[]
): Promise<void> {
  const lines = [
    people,
    person(1, "Ada"),
    state({ n: 1 }),
    bad,
    person(2, "Bo"),
    state({ n: 2 }),
  ];
  const { stdout } = await fails(lines, 1, "stdin line 4", ...words);
  assert.deepEqual(states(stdout), [{ n: 1 }]);
  assert.deepEqual(await server.table("people"), [["1", "Ada"]]);
  assert.deepEqual(await server.tables(), ["people"]);
}

test("a line that is no JSON", async () => {
  await keepsWhatCameBefore("nonsense", "JSON object");
});

test("a bad line of a file that is read instead of stdin is named with the file", async () => {
  const input = folder.file("input.jsonl", `${people}\n\nnonsense`);
  const args = ["--config", config, "--input", input];
  const { code, stderr } = await run("target-flightsql", args);
  assert.equal(code, 1);
  assert.match(stderr, /^CRITICAL .*input\.jsonl line 3/m);
});

test("a target that fails ends, though its input is still open", async () => {
  const program = start("target-flightsql", ["--config", config]);
  program.write(people, person(1, "Ada"), state({ n: 1 }), "nonsense");
  const { code, stdout } = await program.ended;
  assert.equal(code, 1);
  assert.deepEqual(states(stdout), [{ n: 1 }]);
});

test("with on_invalid: dead_letter the rest is loaded, and the exit code tells", async () => {
  const path = folder.file("letters.jsonl", "");
  const lenient = folder.file("lenient.json", {
    url: server.url,
    on_invalid: "dead_letter",
    dead_letter_path: path,
  });
  const bad = person(2, "Bo").replace("2", '"two"');
  const lines = [people, person(1, "Ada"), bad, person(3, "Cy"), state(1)];
  const args = ["--config", lenient];
  const stdin = `${lines.join("\n")}\n`;
  const { code, stdout, stderr } = await run("target-flightsql", args, {
    stdin,
  });
  assert.equal(code, 65, stderr);
  assert.match(stderr, /^WARN .*cannot hold "two".*stdin line 3/m);
  assert.match(
    stderr,
    /^CRITICAL .*1 line was not loaded; see .*letters\.jsonl/m,
  );
  assert.deepEqual(states(stdout), [1]);
  assert.deepEqual(await server.table("people"), [
    ["1", "Ada"],
    ["3", "Cy"],
  ]);
  const letter = JSON.parse(readFileSync(path, "utf8")) as { text: string };
  assert.equal(letter.text, bad);
});

test("a record whose JSON is broken behind good values", () =>
  keepsWhatCameBefore(
    '{"type":"RECORD","stream":"people","record":{"id":2,"name":x}}',
  ));

test("a record of a stream without a schema", () =>
  keepsWhatCameBefore(
    record("nobody", { id: 1 }),
    "nobody",
    "SCHEMA",
    "before",
  ));

test("a record whose key is null", () =>
  keepsWhatCameBefore(
    record("people", { id: null, name: "x" }),
    "people",
    "id",
    "null",
  ));

test("a record that lacks its key", () =>
  keepsWhatCameBefore(
    record("people", { name: "x" }),
    "people",
    '"id" is missing',
  ));

test("a value that does not fit its type is shown, cut at 80 characters", () =>
  keepsWhatCameBefore(
    record("people", { id: "y".repeat(500), name: "x" }),
    "people",
    "id",
    "y".repeat(60),
    /^(?!.*y{81})/,
  ));

test("a number that is out of its type's range is shown with every digit", () =>
  keepsWhatCameBefore(
    record("people", { id: 2, name: "x" }).replace("2", "9223372036854775808"),
    "people",
    "id",
    "9223372036854775808",
  ));

test("key properties that the schema does not have", async () => {
  const bad = schema("people", { id: { type: "integer" } }, ["key"]);
  await fails([bad], 1, "people", "key_properties", '"key"', "line 1");
  assert.deepEqual(await server.tables(), []);
});

test("a value that the table refuses: nothing of its batch is in, the server's words come first", async () => {
  await server.update("CREATE TABLE strict (id BIGINT, n INTEGER)");
  const text = schema("strict", {
    id: { type: "integer" },
    n: { type: "string" },
  });
  const rows = [
    { id: 1, n: "10" },
    { id: 2, n: "ten" },
    { id: 3, n: "30" },
  ];
  const { stdout } = await fails(
    [text, ...rows.map((row) => record("strict", row)), state(1)],
    1,
    "ten",
    "strict",
  );
  assert.equal(stdout, "");
  assert.deepEqual(await server.table("strict"), []);
});

test("a view cannot be loaded", async () => {
  await server.update("CREATE VIEW seen AS SELECT 1 AS id");
  await fails(
    [schema("seen", { id: { type: "integer" } })],
    78,
    "seen",
    "view",
  );
  await server.update("DROP VIEW seen");
});

test("a stream of the catalog that fails stops no other, and the run says which and fails", async () => {
  await server.update(
    "CREATE TABLE people AS SELECT 1::BIGINT AS id, 'Ada' AS name",
  );
  const properties = { id: {}, nick: {} };
  const catalog = folder.file("catalog.json", {
    streams: [
      { tap_stream_id: "main-gone", metadata: [] },
      { tap_stream_id: "main-people", metadata: [] },
      {
        tap_stream_id: "slim",
        stream: "slim",
        table_name: "people",
        schema: { properties },
        metadata: [],
      },
    ],
  });
  const args = ["--config", config, "--catalog", catalog];
  const { code, stdout, stderr } = await run("tap-flightsql", args);
  assert.equal(code, 78, stderr);
  assert.match(stderr, /^CRITICAL \[not_found\] .*main\.gone.*\(main-gone\)$/m);
  assert.match(stderr, /^CRITICAL \[\w+\] .*nick.*id, name.*\(slim\)$/m);
  const messages = singerMessages(stdout);
  assert.deepEqual(
    messages.flatMap((message) =>
      message.record === undefined ? [] : [message.record],
    ),
    [{ id: 1, name: "Ada" }],
  );
  const last = messages.findLast(({ type }) => type === "STATE");
  assert.deepEqual(Object.keys(last?.value?.bookmarks ?? {}), ["main-people"]);
});

test("Airbyte: a stream that fails is told by status and error, the others by COMPLETE", async () => {
  await server.update(
    "CREATE TABLE people AS SELECT 1::BIGINT AS id, 'Ada' AS name",
  );
  const stream = (name: string) => ({
    stream: {
      name,
      namespace: "main",
      json_schema: {},
      supported_sync_modes: [],
    },
    sync_mode: "full_refresh",
    destination_sync_mode: "append",
  });
  const catalog = folder.file("catalog.json", {
    streams: [stream("gone"), stream("people")],
  });
  const { code, stdout } = await run("source-flightsql", [
    "read",
    "--config",
    config,
    "--catalog",
    catalog,
  ]);
  assert.equal(code, 78);
  const messages = airbyteMessages(stdout);
  const statuses = messages.flatMap(({ trace }) => {
    const status = trace?.stream_status;
    return status === undefined
      ? []
      : [`${status.stream_descriptor.name} ${status.status}`];
  });
  assert.deepEqual(
    statuses.filter((status) => !/STARTED|RUNNING/.test(status)).sort(),
    ["gone INCOMPLETE", "people COMPLETE"],
  );
  const errors = messages.flatMap(({ trace }) => trace?.error ?? []);
  assert.equal(errors.length, 1);
  assert.deepEqual(errors[0]?.stream_descriptor, {
    name: "gone",
    namespace: "main",
  });
  assert.equal(errors[0].failure_type, "config_error");
});

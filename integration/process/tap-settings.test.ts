import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Folder, run } from "./programs.js";
import { Server } from "./server.js";
import { readTable, tapArguments, type Table } from "./tap.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
  // A row a day, and one without.
  await server.update(
    `CREATE TABLE days AS SELECT range AS id, range * 1.5::DECIMAL(9, 2) AS amount, DATE '2024-01-01' + range::INTEGER AS day,
      TIMESTAMP '2024-01-01' + to_days(range::INTEGER) AS "at", TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_days(range::INTEGER) AS instant,
      'n' || range AS note FROM range(10)`,
    "INSERT INTO days (id) VALUES (100)",
  );
});

after(() => server[Symbol.asyncDispose]());

const along = (replicationKey: string): Table => ({
  name: "days",
  replicationKey,
});

async function ids(settings: object, table: Table, state?: unknown) {
  const config = { url: server.url, ...settings };
  const reading = await readTable(folder, config, table, state);
  assert.equal(reading.code, 0, reading.stderr);
  const read = reading.ids.map(Number).sort((a, b) => a - b);
  return { read, state: reading.state };
}

function bookmark(key: string, value: unknown) {
  const position = { replication_key: key, replication_key_value: value };
  return { bookmarks: { "main-days": position } };
}

for (const [start_date, key, expected] of [
  ["2024-01-08", "day", [7, 8, 9, 100]],
  ["2024-01-08T00:00:00Z", "day", [7, 8, 9, 100]],
  ["2024-01-08", "at", [7, 8, 9, 100]],
  ["2024-01-08T12:00:00Z", "at", [8, 9, 100]],
  ["2024-01-08T01:00:00+02:00", "instant", [7, 8, 9, 100]],
  ["2024-01-08", "id", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100]],
] as const)
  test(`without a state, a stream along ${key} begins at start_date ${start_date}`, async () => {
    const { read } = await ids({ start_date }, along(key));
    assert.deepEqual(read, expected);
  });

test("a state that stands before start_date is gone on from all the same", async () => {
  const state = bookmark("at", "2024-01-05T00:00:00");
  const { read } = await ids({ start_date: "2024-01-08" }, along("at"), state);
  assert.deepEqual(read, [4, 5, 6, 7, 8, 9]);
});

test("a stream that has nothing yet behind start_date tells no position", async () => {
  const settings = { start_date: "2024-02-01", null_cursor: "skip" };
  const first = await ids(settings, along("at"));
  assert.deepEqual(first.read, []);
  assert.deepEqual(first.state, {
    bookmarks: { "main-days": { replication_key: "at", complete: true } },
  });
  const second = await ids(settings, along("at"), first.state);
  assert.deepEqual(second.read, []);
});

for (const [key, value, lag, expected] of [
  ["id", 7, 2, [5, 6, 7, 8, 9, 100]],
  ["amount", 10.5, 3, [5, 6, 7, 8, 9]],
  ["day", "2024-01-08", 2, [5, 6, 7, 8, 9]],
  ["at", "2024-01-08T00:00:00.000000", 86_400, [6, 7, 8, 9]],
  ["instant", "2024-01-08T00:00:00Z", 86_399, [7, 8, 9]],
] as const)
  test(`lag ${String(lag)} goes back along ${key}`, async () => {
    const { read } = await ids({ lag }, along(key), bookmark(key, value));
    assert.deepEqual(read, expected);
  });

test("a run that lags sends again what lies between, and not what stands at the last value", async () => {
  const first = await ids({ lag: 2 }, along("day"));
  const second = await ids({ lag: 2 }, along("day"), first.state);
  assert.deepEqual(second.read, [7, 8]);
  assert.deepEqual(second.state, first.state);
});

test("a lag along a text is refused", async () => {
  const config = { url: server.url, lag: 1 };
  const { code, stderr } = await readTable(
    folder,
    config,
    along("note"),
    bookmark("note", "n3"),
  );
  assert.equal(code, 78, stderr);
  assert.match(stderr, /lag needs a replication key that is a number/);
});

test("stream_options stand over the catalog, the later over the earlier", async () => {
  const options = {
    "main-*": { replication_key: "day", start_value: "2024-01-09" },
    "*-days": { key_properties: ["note"], start_value: "2024-01-10" },
    other: { start_value: "2024-01-01" },
  };
  const config = {
    url: server.url,
    null_cursor: "skip",
    stream_options: options,
  };
  const entry = {
    key_properties: ["id"],
    schema: { properties: { id: {}, day: {}, note: {} } },
    metadata: [
      { breadcrumb: [], metadata: { selected: true } },
      { breadcrumb: ["properties", "note"], metadata: { selected: false } },
    ],
  };
  const table: Table = { ...along("id"), entry };
  const outcome = await run(
    "tap-flightsql",
    tapArguments(folder, config, table),
  );
  assert.equal(outcome.code, 0, outcome.stderr);
  const [schema, record] = outcome.stdout
    .split("\n")
    .map((line) => JSON.parse(line || "null") as Record<string, unknown>);
  assert.deepEqual(schema?.["key_properties"], ["note"]);
  assert.deepEqual(schema["bookmark_properties"], ["day"]);
  assert.deepEqual(record?.["record"], {
    id: 9,
    day: "2024-01-10",
    note: "n9",
  });
});

test("a key that the table does not have is named", async () => {
  const config = {
    url: server.url,
    stream_options: { "*": { key_properties: ["nope"] } },
  };
  const { code, stderr } = await readTable(folder, config, along("id"));
  assert.notEqual(code, 0);
  assert.match(stderr, /names column nope.*main\.days has only id, amount/);
});

test("start_value begins along any column, and a wrong one is named", async () => {
  const start = (start_value: string) => ({
    url: server.url,
    stream_options: { "main-days": { start_value } },
  });
  const { read } = await ids(start("9"), along("id"));
  assert.deepEqual(read, [9, 100]);
  const wrong = await readTable(folder, start("nine"), along("id"));
  assert.equal(wrong.code, 78, wrong.stderr);
  assert.match(wrong.stderr, /start_value "nine" is no value of id, int64/);
});

test("default_replication_method reads streams whose catalog names none", async () => {
  const whole = await ids(
    { default_replication_method: "FULL_TABLE" },
    along("id"),
    bookmark("id", 9),
  );
  assert.equal(whole.read.length, 11);
  const chosen = await ids(
    { default_replication_method: "FULL_TABLE" },
    { ...along("id"), entry: { replication_method: "INCREMENTAL" } },
    bookmark("id", 9),
  );
  assert.deepEqual(chosen.read, [9, 100]);
  const { code, stderr } = await readTable(
    folder,
    { url: server.url, default_replication_method: "INCREMENTAL" },
    { name: "days" },
  );
  assert.equal(code, 78);
  assert.match(stderr, /main-days.*INCREMENTAL needs a replication key/);
});

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { states } from "./messages.js";
import { Folder, start, type Outcome, type Program } from "./programs.js";
import { Server } from "./server.js";
import { people, person, record, schema, state } from "./singer-lines.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
});

beforeEach(async () => {
  await server.update("DROP TABLE IF EXISTS people");
});

after(() => server[Symbol.asyncDispose]());

function target(settings: object = {}): Program {
  const config = folder.file("target.json", { url: server.url, ...settings });
  return start("target-flightsql", ["--config", config]);
}

async function load(
  settings: object,
  ...lines: readonly string[]
): Promise<Outcome> {
  const program = target(settings);
  program.write(...lines);
  program.close();
  return program.ended;
}

async function loaded(
  settings: object,
  ...lines: readonly string[]
): Promise<void> {
  const { code, stderr } = await load(settings, ...lines);
  assert.equal(code, 0, stderr);
}

test("append adds every row, each time; so does a stream without a key", async () => {
  const method = { load_method: "append-only" };
  await loaded(method, people, person(1, "Ada"), person(1, "Ada"));
  const keyless = people.replace('["id"]', "[]");
  await loaded({}, keyless, person(1, "Ada"));
  const row = ["1", "Ada"];
  assert.deepEqual(await server.table("people"), [row, row, row]);
});

test("metadata columns come with every row, into a table that was there before too", async () => {
  await loaded({}, people, person(1, "Ada"));
  const started = Date.now();
  const settings = { add_record_metadata: true };
  const time = "2026-01-02T03:04:05.678901Z";
  const line = person(2, "Bo").replace(
    /}$/,
    `,"version":9007199254740993,"time_extracted":"${time}"}`,
  );
  await loaded(settings, people, line);
  const [ada, bo, ...others] = await server.rows(
    `SELECT id, _sdc_extracted_at, _sdc_table_version, _sdc_deleted_at, _sdc_batched_at = _sdc_received_at,
     epoch_ms(_sdc_received_at) = _sdc_sequence, _sdc_sync_started_at <= _sdc_sequence, _sdc_sequence
     FROM people ORDER BY id`,
  );
  assert.deepEqual(others, []);
  assert.deepEqual(ada, ["1", ...Array<null>(7).fill(null)]);
  const same = ["2", time, "9007199254740993", null, "true", "true", "true"];
  assert.deepEqual(bo?.slice(0, 7), same);
  const sequence = Number(bo[7]);
  assert.ok(sequence >= started && sequence <= Date.now());
});

/** A person of a version of the table, which it activates behind the last one. */
const versioned = (id: number, version: number) =>
  person(id, "x").replace(/}$/, `,"version":${String(version)}}`);
const activation = (version: string) =>
  `{"type":"ACTIVATE_VERSION","stream":"people","version":${version}}`;

/** The ids that are left, `!` behind those that are marked. */
const outcomes = [
  [{ hard_delete: true }, ["0", "2", "3"]],
  [{}, ["0", "1!", "2", "3", "4!"]],
  [
    { process_activate_version_messages: false, hard_delete: true },
    ["0", "1", "2", "3", "4"],
  ],
] as const;

for (const load_method of ["append-only", "upsert"])
  for (const [settings, expected] of outcomes)
    test(`ACTIVATE_VERSION: rows of earlier versions go, ${load_method}, ${JSON.stringify(settings)}`, async () => {
      // Milliseconds, as old taps have them; one less is another version.
      const [old, now] = [1_767_323_045_678, 1_767_323_045_679];
      const all = { add_record_metadata: true, load_method, ...settings };
      // A row without a version was there before there were any.
      await loaded(all, people, person(0, "x"), versioned(1, old));
      const { code, stdout, stderr } = await load(
        all,
        people,
        versioned(4, old),
        versioned(2, now),
        activation(String(now)),
        versioned(3, now),
        state(1),
      );
      assert.equal(code, 0, stderr);
      assert.deepEqual(states(stdout), [1]);
      const rows = await server.rows(
        "SELECT id || CASE WHEN _sdc_deleted_at IS NULL THEN '' ELSE '!' END FROM people ORDER BY id",
      );
      assert.deepEqual(rows.flat(), expected);
    });

test("ACTIVATE_VERSION: one without a version is refused where it counts", async () => {
  const lines = [people, person(1, "Ada"), activation("null")];
  await loaded({}, ...lines);
  const outcome = await load({ add_record_metadata: true }, ...lines);
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /needs a "version".*stdin line 3/);
});

test("upsert: the last row of a key wins, and twice leaves one copy", async () => {
  const lines = [
    people,
    person(1, "old"),
    person(2, "Bo"),
    person(1, "Ada"),
    state(1),
  ];
  const once = [
    ["1", "Ada"],
    ["2", "Bo"],
  ];
  await loaded({}, ...lines);
  assert.deepEqual(await server.table("people"), once);
  await loaded({}, ...lines);
  assert.deepEqual(await server.table("people"), once);
  assert.deepEqual(await server.tables(), ["people"]);
});

test("upsert: rows of one key in several flushes are merged in their order", async () => {
  const names = ["a", "b", "c", "d", "e"];
  await loaded(
    { batch_size_rows: 1 },
    people,
    ...names.flatMap((name) => [person(1, name), state(name)]),
  );
  assert.deepEqual(await server.table("people"), [["1", "e"]]);
});

test("upsert: a field that is absent keeps its stored value, and null erases it", async () => {
  const wide = schema(
    "people",
    {
      id: { type: "integer" },
      name: { type: ["null", "string"] },
      city: { type: ["null", "string"] },
    },
    ["id"],
  );
  await loaded(
    {},
    wide,
    record("people", { id: 1, name: "Ada", city: "London" }),
    record("people", { id: 2, name: "Bo", city: "Oslo" }),
    record("people", { id: 3, name: "Cleo", city: "Cairo" }),
  );
  await loaded(
    {},
    wide,
    record("people", { id: 1, name: null }),
    record("people", { id: 2, city: "Bergen" }),
    record("people", { id: 2, name: "Bob" }),
    record("people", { id: 4, city: "Quito" }),
  );
  assert.deepEqual(await server.table("people"), [
    ["1", null, "London"],
    ["2", "Bob", "Bergen"],
    ["3", "Cleo", "Cairo"],
    ["4", null, "Quito"],
  ]);
});

test("a column that the schema gets later is added, rows before it keep what they have", async () => {
  const wide = schema(
    "people",
    {
      id: { type: "integer" },
      name: { type: "string" },
      age: { type: "integer" },
    },
    ["id"],
  );
  await loaded(
    {},
    people,
    person(1, "Ada"),
    wide,
    record("people", { id: 2, name: "Bo", age: 30 }),
  );
  assert.deepEqual(
    await server.rows("SELECT id, name, age FROM people ORDER BY id"),
    [
      ["1", "Ada", null],
      ["2", "Bo", "30"],
    ],
  );
});

const overwrite = { load_method: "overwrite" };
const activate = JSON.stringify({
  type: "ACTIVATE_VERSION",
  stream: "people",
  version: 1,
});

test("overwrite: a reader sees the old table until the new one is complete", async () => {
  await server.update("CREATE TABLE people AS SELECT 7 AS id, 'old' AS name");
  const eager = { batch_size_rows: 1, state_wait_seconds: 0 };
  const program = target({ ...overwrite, ...eager });
  program.write(people, person(1, "Ada"), person(2, "Bo"), state(1));
  await server.until(
    "SELECT estimated_size FROM duckdb_tables() WHERE table_name LIKE 'people\\_\\_fs%' ESCAPE '\\'",
    (rows) => Number(rows[0]?.[0] ?? 0) > 0,
  );
  assert.deepEqual(await server.table("people"), [["7", "old"]]);
  program.write(activate);
  program.close();
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  assert.deepEqual(states(stdout), [1]);
  assert.deepEqual(await server.table("people"), [
    ["1", "Ada"],
    ["2", "Bo"],
  ]);
  assert.deepEqual(await server.tables(), ["people"]);
});

test("overwrite: input that ends without saying that it is complete leaves the old table", async () => {
  await server.update("CREATE TABLE people AS SELECT 7 AS id, 'old' AS name");
  // A state between rows of the stream: so states do not mark ends.
  const lines = [
    people,
    person(1, "a"),
    state(1),
    person(2, "b"),
    state(2),
    person(3, "c"),
  ];
  const { code, stdout, stderr } = await load(overwrite, ...lines);
  assert.equal(code, 1);
  assert.match(stderr, /people is complete.*overwrite_commit/);
  assert.equal(stdout, "");
  assert.deepEqual(await server.table("people"), [["7", "old"]]);
  assert.deepEqual(await server.tables(), ["people"]);

  await loaded({ ...overwrite, overwrite_commit: "eof" }, ...lines);
  assert.deepEqual(await server.table("people"), [
    ["1", "a"],
    ["2", "b"],
    ["3", "c"],
  ]);
});

test("overwrite: killed in the middle, the old table is whole and the next run clears up", async () => {
  await server.update("CREATE TABLE people AS SELECT 7 AS id, 'old' AS name");
  const program = target(overwrite);
  program.write(people, person(1, "Ada"));
  await server.until(
    "SELECT count(*) FROM duckdb_tables()",
    (rows) => rows[0]?.[0] === "2",
  );
  const killed = await program.stop("SIGKILL");
  assert.equal(killed.signal, "SIGKILL");
  assert.deepEqual(await server.table("people"), [["7", "old"]]);
  const leftover = (await server.tables()).find((name) => name !== "people");

  const { code, stderr } = await load(
    overwrite,
    people,
    person(2, "Bo"),
    activate,
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, new RegExp(`dropped .*${leftover ?? "?"}`));
  assert.deepEqual(await server.table("people"), [["2", "Bo"]]);
  assert.deepEqual(await server.tables(), ["people"]);
});

test("one overwrite that is not complete does not hold back another that is", async () => {
  const other = people.replace('"people"', '"other"');
  const { code, stderr } = await load(
    overwrite,
    people,
    person(1, "a"),
    state(1),
    person(2, "b"),
    other,
    record("other", { id: 1, name: "x" }),
    activate.replace("people", "other"),
  );
  assert.equal(code, 1, stderr);
  assert.match(stderr, /CRITICAL.*people/);
  assert.deepEqual(await server.table("other"), [["1", "x"]]);
  assert.deepEqual(await server.tables(), ["other"]);
});

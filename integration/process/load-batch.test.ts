import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { tableFromArrays, tableToIPC } from "apache-arrow";

import { states } from "./messages.js";
import { Folder, run, type Outcome } from "./programs.js";
import { Server } from "./server.js";
import { people, person, state } from "./singer-lines.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
});

beforeEach(async () => {
  await server.update("DROP TABLE IF EXISTS people");
});

after(() => server[Symbol.asyncDispose]());

function load(settings: object, stdin: string): Promise<Outcome> {
  const config = folder.file("target.json", { url: server.url, ...settings });
  return run("target-flightsql", ["--config", config], { stdin });
}

/** A BATCH of people, in a file of JSON lines. */
function peopleFile(name: string, ...lines: readonly string[]) {
  const path = folder.at(name);
  writeFileSync(path, lines.join("\n"));
  return { path, message: batchOf(path) };
}

function batchOf(path: string, more: object = {}): string {
  return JSON.stringify({
    type: "BATCH",
    stream: "people",
    encoding: { format: "jsonl", compression: "none" },
    manifest: [pathToFileURL(path).href],
    ...more,
  });
}

/** A file that lost its end. */
function cutGzip(): string {
  const path = folder.at("cut.gz");
  writeFileSync(path, gzipSync(row(1, "a")).subarray(0, 20));
  return path;
}

const row = (id: number, name: string) => JSON.stringify({ name, id });

test("files and records of a stream are merged in the order in which they came", async () => {
  const first = peopleFile("1.json", row(1, "a"), row(2, "a"), row(2, "b"));
  const second = peopleFile("2.json", row(3, "b"), '{"id":1}', "");
  const { code, stdout, stderr } = await load(
    { clean_up_batch_files: false },
    [
      people,
      person(3, "a"),
      person(4, "a"),
      first.message,
      second.message,
      person(2, "c"),
      state(1),
    ].join("\n"),
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(states(stdout), [1]);
  assert.deepEqual(await server.table("people"), [
    // What a row lacks stays as it was.
    ["1", "a"],
    ["2", "c"],
    ["3", "b"],
    ["4", "a"],
  ]);
  assert.ok(existsSync(first.path) && existsSync(second.path));
});

/** People in the stream format of Arrow, as another library writes it, without the last bytes if `end` is negative. */
function streamFile(name: string, end?: number): string {
  const path = folder.at(name);
  const table = tableFromArrays({ name: ["a", null, "c"], id: [1, 2, 3] });
  writeFileSync(path, tableToIPC(table, "stream").subarray(0, end));
  return path;
}

test("an Arrow file may hold a stream", async () => {
  const encoding = { format: "arrow" };
  const batch = batchOf(streamFile("whole.arrows"), { encoding });
  const { code, stderr } = await load({}, [people, batch].join("\n"));
  assert.equal(code, 0, stderr);
  assert.deepEqual(await server.table("people"), [
    ["1", "a"],
    ["2", null],
    ["3", "c"],
  ]);
});

test("rows of files have the version that their BATCH has", async () => {
  const { path } = peopleFile("7.json", row(1, "a"), row(2, "b"));
  const { code, stderr } = await load(
    { add_record_metadata: true },
    [people, batchOf(path, { version: 7 }), state(1)].join("\n"),
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    await server.rows("SELECT id, _sdc_table_version FROM people ORDER BY id"),
    [
      ["1", "7"],
      ["2", "7"],
    ],
  );
});

test("files are kept until their rows are durable, and a failed run leaves them", async () => {
  const good = peopleFile("good.json", row(1, "a"));
  const bad = peopleFile("bad.json", row(2, "a"), '{"id":"x"}');
  const { code, stdout, stderr } = await load(
    { load_method: "append-only", state_wait_seconds: 0 },
    [people, good.message, state(1), bad.message, state(2)].join("\n"),
  );
  assert.equal(code, 1);
  assert.match(stderr, /bad\.json line 2 of stream "people"/);
  assert.deepEqual(states(stdout), [1]);
  assert.deepEqual(
    [existsSync(good.path), existsSync(bad.path)],
    [false, true],
  );
});

for (const [message, code, expected] of [
  [
    batchOf("/x", { manifest: ["s3://bucket/x.json"] }),
    78,
    /BATCH: manifest\[0\]: "s3:.*storage root of file:/,
  ],
  [
    batchOf("/x", { encoding: { format: "csv" } }),
    78,
    /encoding\.format: "csv" is not read; jsonl, parquet, arrow are/,
  ],
  [
    batchOf("/x", { encoding: { format: "jsonl", compression: "zip" } }),
    78,
    /encoding\.compression: "zip" is not read/,
  ],
  [batchOf("/nowhere.json"), 78, /nowhere\.json/],
  [
    batchOf("/nowhere.json", { encoding: { format: "arrow" } }),
    78,
    /nowhere\.json/,
  ],
  [
    batchOf(folder.file("not.arrow", "not Arrow"), {
      encoding: { format: "arrow" },
    }),
    1,
    /not\.arrow/,
  ],
  [
    batchOf(folder.file("cut.arrow", "ARROW1\0\0"), {
      encoding: { format: "arrow" },
    }),
    1,
    /is not finished .*cut\.arrow/,
  ],
  [
    batchOf(cutGzip(), {
      encoding: { format: "jsonl", compression: "gzip" },
    }),
    1,
    /cut\.gz/,
  ],
  [
    batchOf(folder.file("empty.arrow", ""), { encoding: { format: "arrow" } }),
    1,
    /holds no Arrow data .*empty\.arrow/,
  ],
  [
    batchOf(streamFile("cut.arrows", -100), { encoding: { format: "arrow" } }),
    1,
    /ends in the middle of a message .*cut\.arrows/,
  ],
  [batchOf("/x", { stream: "folk" }), 1, /a SCHEMA of the stream has to come/],
] as const)
  test(`a BATCH is refused with what is wrong: ${String(expected)}`, async () => {
    const outcome = await load({}, [people, message, state(1)].join("\n"));
    assert.match(outcome.stderr, expected);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.deepEqual(states(outcome.stdout), []);
  });

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

import { tableFromIPC } from "apache-arrow";

import { states } from "./messages.js";
import { Folder, run, type Outcome } from "./programs.js";
import { Server } from "./server.js";
import { people, person, state } from "./singer-lines.js";
import { tapArguments, type Table } from "./tap.js";

const folder = new Folder();
const rows = 5_000;
let server: Server;

before(async () => {
  server = await Server.start();
  await server.update(
    `CREATE TABLE things AS SELECT range AS id, CASE WHEN range % 7 > 0 THEN 'é "' || range || '" \n' END AS note,
      range / 3 AS ratio, (range * 1.25)::DECIMAL(30, 5) AS amount, DATE '1969-12-30' + range::INTEGER AS day,
      TIMESTAMP '2024-01-01 00:00:00.000001' + to_minutes(range) AS "at", range % 2 = 0 AS even,
      ('\\x00\\xFF'::BLOB) AS raw, [range, NULL] AS list, {'x': range, 'y': 'z'} AS place, 1::UTINYINT AS "UINT"
      FROM range(${String(rows)})`,
  );
});

after(() => server[Symbol.asyncDispose]());

interface BatchMessage {
  readonly type: string;
  readonly stream: string;
  readonly encoding: object;
  readonly manifest: readonly string[];
}

/** A folder that no other test writes to. */
function emptyFolder(name: string): string {
  const path = folder.at(name);
  mkdirSync(path);
  return path;
}

async function readBatches(
  root: string,
  batchConfig: object,
  table: Table,
): Promise<Outcome & { readonly batches: readonly BatchMessage[] }> {
  const batch_config = {
    storage: { root: pathToFileURL(root).href },
    ...batchConfig,
  };
  const outcome = await run(
    "tap-flightsql",
    tapArguments(folder, { url: server.url, batch_config }, table),
  );
  const batches = outcome.stdout
    .split("\n")
    .filter((line) => line.startsWith('{"type":"BATCH"'))
    .map((line) => JSON.parse(line) as BatchMessage);
  return { ...outcome, batches };
}

function load(settings: object, stdin: string): Promise<Outcome> {
  const config = folder.file("target.json", { url: server.url, ...settings });
  return run("target-flightsql", ["--config", config], { stdin });
}

/** Every file as a reader that is not ours sees it. */
const rowsInFile = {
  arrow: (bytes: Buffer) => tableFromIPC(bytes).numRows,
  jsonl: (bytes: Buffer) =>
    gunzipSync(bytes)
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object).length,
  plain: (bytes: Buffer) => bytes.toString().trimEnd().split("\n").length,
  parquet: undefined,
} as const;

for (const [form, encoding, told, suffix] of [
  ["arrow", undefined, { format: "arrow" }, ".arrow"],
  ["arrow", { format: "arrow" }, { format: "arrow" }, ".arrow"],
  [
    "jsonl",
    { format: "jsonl" },
    { format: "jsonl", compression: "gzip" },
    ".json.gz",
  ],
  [
    "plain",
    { format: "jsonl", compression: "none" },
    { format: "jsonl", compression: "none" },
    ".json",
  ],
  [
    "parquet",
    { format: "parquet" },
    { format: "parquet", compression: "none" },
    ".parquet",
  ],
  [
    "parquet",
    { format: "parquet", compression: "gzip" },
    { format: "parquet", compression: "gzip" },
    ".parquet.gz",
  ],
] as const)
  for (const settings of [{}, { add_record_metadata: true }])
    test(`a table goes through files, ${JSON.stringify(encoding)}, ${JSON.stringify(settings)}`, async () => {
      const root = emptyFolder(
        `${basename(suffix)}-${String(encoding?.format)}-${String(Object.keys(settings).length)}`,
      );
      const { code, stderr, stdout, batches } = await readBatches(
        root,
        { batch_size: 2_000, ...(encoding && { encoding }) },
        { name: "things", entry: { stream_alias: "copies" } },
      );
      assert.equal(code, 0, stderr);
      assert.ok(!stdout.includes('"RECORD"'));
      assert.deepEqual(
        batches.map(({ stream, encoding }) => ({ stream, encoding })),
        Array(3).fill({ stream: "copies", encoding: told }),
      );
      const paths = batches.flatMap(({ manifest }) =>
        manifest.map((url) => fileURLToPath(url)),
      );
      assert.deepEqual(
        readdirSync(root).toSorted(),
        paths.map((path) => basename(path)).toSorted(),
      );
      for (const path of paths) {
        assert.ok(path.endsWith(suffix), path);
        assert.equal(statSync(path).mode & 0o777, 0o600);
      }
      const count = rowsInFile[form];
      if (count !== undefined)
        assert.deepEqual(
          paths.map((path) => count(readFileSync(path))),
          [2_000, 2_000, 1_000],
        );
      // A state comes behind the files whose rows it covers.
      const types = stdout.split("\n").map((line) => line.slice(9, 14));
      assert.ok(types.lastIndexOf("BATCH") < types.indexOf("STATE"));

      await server.update("DROP TABLE IF EXISTS copies");
      const target = await load(
        { load_method: "overwrite", ...settings },
        stdout,
      );
      assert.equal(target.code, 0, target.stderr);
      assert.equal(states(target.stdout).length, 1);
      const columns = "COLUMNS(c -> NOT starts_with(c, '_sdc_'))";
      assert.deepEqual(
        await server.rows(`SELECT ${columns} FROM copies ORDER BY id`),
        await server.rows("FROM things ORDER BY id"),
      );
      if ("add_record_metadata" in settings)
        assert.deepEqual(
          await server.rows(
            "SELECT DISTINCT _sdc_batched_at IS NULL, _sdc_extracted_at IS NULL, _sdc_sequence IS NULL FROM copies",
          ),
          [["false", "true", "false"]],
        );
      assert.deepEqual(readdirSync(root), []);
    });

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
  await server.update("DROP TABLE IF EXISTS people");
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

test("rows of files have the version that their BATCH has", async () => {
  await server.update("DROP TABLE IF EXISTS people");
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
  await server.update("DROP TABLE IF EXISTS people");
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
  [batchOf("/x", { stream: "folk" }), 1, /a SCHEMA of the stream has to come/],
] as const)
  test(`a BATCH is refused with what is wrong: ${String(expected)}`, async () => {
    const outcome = await load({}, [people, message, state(1)].join("\n"));
    assert.match(outcome.stderr, expected);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.deepEqual(states(outcome.stdout), []);
  });

for (const [batch_config, expected] of [
  [{ storage: { root: "s3://bucket" } }, /storage\.root: "s3:\/\/bucket" is/],
  [{ encoding: { format: "csv" } }, /batch_config/],
] as const)
  test(`batch_config is refused: ${JSON.stringify(batch_config)}`, async () => {
    const { code, stderr, stdout } = await run(
      "tap-flightsql",
      tapArguments(
        folder,
        { url: server.url, batch_config },
        { name: "things" },
      ),
    );
    assert.equal(code, 78);
    assert.match(stderr, expected);
    assert.equal(stdout, "");
  });

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

import { tableFromIPC } from "apache-arrow";

import { states } from "./messages.js";
import { Folder, run, type Outcome } from "./programs.js";
import { Server } from "./server.js";
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

test("a file that could not be written is not left behind", async () => {
  await server.update("CREATE TABLE spans AS SELECT INTERVAL 1 DAY AS span");
  const root = emptyFolder("spans");
  const encoding = { format: "parquet" };
  const tap = await readBatches(root, { encoding }, { name: "spans" });
  assert.notEqual(tap.code, 0);
  assert.match(tap.stderr, /"span": Parquet cannot hold/);
  assert.deepEqual([tap.batches, readdirSync(root)], [[], []]);
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

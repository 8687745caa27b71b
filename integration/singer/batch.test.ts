import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { after, before, describe, test } from "node:test";

import { missing } from "../cache.js";
import { singerBatchPython } from "../peers/pythons.js";
import { states } from "../process/messages.js";
import { Folder, Program, run } from "../process/programs.js";
import { Server } from "../process/server.js";
import { schema, state } from "../process/singer-lines.js";
import { tapArguments } from "../process/tap.js";

/*
 * BATCH files between our bins and software of others: the Singer SDK's taps and targets for jsonl and Parquet, and
 * pyarrow for Arrow files, which taps of Meltano write with it.
 */

const python = singerBatchPython();
const skip = missing(python, "python3");

const people = schema(
  "people",
  {
    id: { type: "integer" },
    name: { type: ["null", "string"] },
    price: { type: ["null", "number"] },
    at: { type: ["null", "string"], format: "date-time" },
  },
  ["id"],
);

const rows = Array.from({ length: 2_500 }, (_, id) => ({
  id,
  name: id % 3 === 0 ? null : `é "${String(id)}"`,
  price: id % 5 === 0 ? null : id / 4,
  at: `2024-01-02T03:04:05.${String(100_000 + id)}+00:00`,
}));

describe("files of rows", { skip }, () => {
  const folder = new Folder();
  let server: Server;

  before(async () => {
    server = await Server.start();
  });
  after(() => server[Symbol.asyncDispose]());

  async function script(name: string, args: readonly string[], stdin = "") {
    const program = new Program(
      join(python ?? "", "python"),
      [join(import.meta.dirname, "sdk", name), ...args],
      { stdin, env: { PYTHONDONTWRITEBYTECODE: "1" } },
    );
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, `${name}: ${stderr}`);
    return stdout;
  }

  function root(name: string): string {
    const path = folder.at(name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async function load(stdin: string) {
    const config = folder.file("target.json", { url: server.url });
    const target = await run("target-flightsql", ["--config", config], {
      stdin,
    });
    assert.equal(target.code, 0, target.stderr);
    return states(target.stdout);
  }

  for (const encoding of [
    { format: "jsonl", compression: "gzip" },
    { format: "jsonl", compression: "none" },
    { format: "parquet", compression: "gzip" },
    { format: "parquet", compression: "none" },
  ])
    test(`of a tap of the SDK, ${JSON.stringify(encoding)}`, async () => {
      await server.update("DROP TABLE IF EXISTS people");
      const path = root(`sdk-${encoding.format}-${encoding.compression}`);
      const config = folder.file("sdk-tap.json", {
        rows_file: folder.file("rows.json", rows),
        schema_file: folder.file("schema.json", people),
        batch_config: {
          encoding,
          storage: { root: pathToFileURL(path).href, prefix: "x-" },
          batch_size: 1_000,
        },
      });
      const messages = await script("batch_tap.py", ["--config", config]);
      assert.equal(messages.match(/"type": ?"BATCH"/g)?.length, 3);
      await load(messages);
      assert.deepEqual(
        await server.rows(
          "SELECT id, name, price, strftime(\"at\" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f+00:00') FROM people ORDER BY id",
        ),
        rows.map(({ id, name, price, at }) => [
          String(id),
          name,
          price === null ? null : String(price),
          at,
        ]),
      );
      assert.deepEqual(readdirSync(path), []);
    });

  /** Reads our table of the same rows into files. */
  async function readOurs(encoding: object): Promise<string> {
    await server.update(
      "DROP TABLE IF EXISTS ours",
      `CREATE TABLE ours AS SELECT i AS id, CASE WHEN i % 3 > 0 THEN 'é "' || i || '"' END AS name,
        CASE WHEN i % 5 > 0 THEN i / 4 END AS price, TIMESTAMPTZ '2024-01-02 03:04:05.1Z' + to_microseconds(i) AS "at"
        FROM range(2500) t(i)`,
    );
    const batch_config = {
      encoding,
      storage: { root: pathToFileURL(root("ours")).href },
      batch_size: 1_000,
    };
    const tap = await run(
      "tap-flightsql",
      tapArguments(folder, { url: server.url, batch_config }, { name: "ours" }),
    );
    assert.equal(tap.code, 0, tap.stderr);
    return tap.stdout;
  }

  interface Row {
    readonly price: number | string | null;
    readonly at: string;
  }

  /** Times as text in one form, and numbers as such: the SDK reads them as decimals. */
  const sameForms = (row: Row) => ({
    ...row,
    price: row.price === null ? null : Number(row.price),
    at: new Date(row.at.replace(/(\.\d{3})\d*/, "$1")).toISOString(),
  });

  for (const encoding of [
    { format: "jsonl", compression: "gzip" },
    { format: "jsonl", compression: "none" },
    { format: "parquet", compression: "gzip" },
    { format: "parquet", compression: "none" },
  ])
    test(`for a target of the SDK, ${JSON.stringify(encoding)}`, async () => {
      const messages = await readOurs(encoding);
      const rows_file = folder.at(
        `${encoding.format}-${encoding.compression}.jsonl`,
      );
      const config = folder.file("sdk-target.json", { rows_file });
      await script("batch_target.py", ["--config", config], messages);
      const found = readFileSync(rows_file, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Row);
      assert.deepEqual(found.map(sameForms), rows.map(sameForms));
    });

  for (const format of ["arrow", "parquet"])
    test(`for pyarrow, ${format}`, async () => {
      const messages = await readOurs({ format });
      const manifests = messages
        .split("\n")
        .filter((line) => line.startsWith('{"type":"BATCH"'))
        .map(
          (line) =>
            (JSON.parse(line) as { readonly manifest: readonly [string] })
              .manifest,
        );
      assert.equal(manifests.length, 3);
      const found: Row[] = [];
      for (const [url] of manifests) {
        const text = await script("arrow_files.py", [
          "read",
          fileURLToPath(url),
        ]);
        found.push(...(JSON.parse(text) as Row[]));
      }
      assert.deepEqual(found.map(sameForms), rows.map(sameForms));
    });

  for (const format of ["arrow", "parquet"])
    test(`of pyarrow, ${format}, with other types and another order than the SCHEMA's`, async () => {
      await server.update("DROP TABLE IF EXISTS people");
      const path = folder.at(`people.${format}`);
      await script("arrow_files.py", ["write", path]);
      const batch = {
        type: "BATCH",
        stream: "people",
        encoding: { format },
        manifest: [pathToFileURL(path).href],
      };
      const told = await load(
        [people, JSON.stringify(batch), state(1)].join("\n"),
      );
      assert.deepEqual(told, [1]);
      assert.deepEqual(
        await server.rows(
          "SELECT id, name, price, \"at\" AT TIME ZONE 'UTC' FROM people ORDER BY id",
        ),
        [
          ["1", "é", "12.3", "2024-01-02T03:04:05.678901"],
          ["2", null, "-0.01", null],
          ["3", "é", null, null],
        ],
      );
    });
});

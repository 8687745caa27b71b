import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { packAny } from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import { serve } from "./index.js";
import { withServer } from "./raw-client.test.js";

const folder = await mkdtemp(join(tmpdir(), "flightsync-attach-"));
after(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const csv = await file("a.csv", "id,name\n1,ann\n2,bob\n");
const more = await file("b.csv", "id,name\n3,cy\n");
const gz = await file("c.csv.gz", gzipSync("id,name\n4,dan\n"));
const json = await file("it's.jsonl", '{"id":5}\n{"id":6,"tags":["x"]}\n');
const parquet = join(folder, "p.parquet");
await withServer({ allowFiles: true }, async (client) => {
  const copy = `COPY (SELECT range AS id, range::DECIMAL(9,2) AS price FROM range(3)) TO '${parquet}' (FORMAT parquet)`;
  await client.update(copy);
});

test("files and patterns of files are tables", async () => {
  const attach = [
    { name: "people", path: csv },
    { name: 'all "people"', path: join(folder, "?.csv") },
    { name: "zipped", path: gz },
    { name: "events", path: json },
    { name: "prices", path: parquet },
  ];
  await withServer({ attach, readOnly: true }, async (client) => {
    const ids = async (table: string) =>
      (await client.query(`SELECT id FROM ${table} ORDER BY id`)).columns[0];
    assert.deepEqual(await ids("people"), [1n, 2n]);
    assert.deepEqual(await ids('"all ""people"""'), [1n, 2n, 3n]);
    assert.deepEqual(await ids("zipped"), [4n]);
    assert.deepEqual(await ids("events"), [5n, 6n]);
    assert.deepEqual(await ids("prices"), [0n, 1n, 2n]);
    const tables = await client.run(packAny("CommandGetTables", {}));
    assert.deepEqual(
      [...(tables.columns[2] ?? [])].sort(),
      attach.map(({ name }) => name).sort(),
    );
    // Whoever asks later sees what has changed.
    await writeFile(more, "id,name\n3,cy\n7,eve\n");
    assert.deepEqual(await ids('"all ""people"""'), [1n, 2n, 3n, 7n]);
  });
});

test("beside a database the files are a catalog of their own, and its file keeps nothing of them", async () => {
  const database = join(folder, "kept.duckdb");
  const attach = [{ name: "people", path: csv }];
  await withServer({ database, attach }, async (client) => {
    await client.update(
      "CREATE TABLE t AS SELECT count(*) AS n FROM files.people",
    );
  });
  for (const readOnly of [false, true])
    await withServer({ database, attach, readOnly }, async (client) => {
      assert.deepEqual((await client.query("FROM t")).columns, [[2n]]);
      const both = await client.query("SELECT n FROM t, files.people");
      assert.deepEqual(both.columns, [[2n, 2n]]);
    });
  await withServer({ database }, async (client) => {
    await assert.rejects(client.query("FROM people"));
    const tables = await client.run(packAny("CommandGetTables", {}));
    assert.deepEqual(tables.columns[2], ["t"]);
  });
});

test("a file that cannot be read keeps the server from starting", async () => {
  const broken = await file("broken.parquet", "PAR1 no");
  for (const [path, words] of [
    [join(folder, "gone.csv"), /No files found.*attaching .*gone\.csv as x/s],
    [broken, /parquet.*attaching .*broken\.parquet as x/is],
    [join(folder, "data.xlsx"), /ends in none of .*xlsx as x/s],
  ] as const)
    await assert.rejects(
      serve({ port: 0, attach: [{ name: "x", path }], log: () => undefined }),
      (error) =>
        error instanceof Failure &&
        error.code === "invalid_config" &&
        words.test(error.message),
      String(words),
    );
});

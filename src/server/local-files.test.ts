import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { withServer } from "./raw-client.test.js";
import type { RawClient } from "./raw-client.test.js";

const folder = await mkdtemp(join(tmpdir(), "flightsync-files-"));
after(() => rm(folder, { recursive: true }));
await mkdir(join(folder, "many"));

const secret = join(folder, "secret.txt");
const people = join(folder, "people.csv");
const many = join(folder, "many", "a.csv");
const other = join(folder, "other.duckdb");
const out = join(folder, "out.csv");
await writeFile(secret, "geheim: 1\n");
await writeFile(people, "id,name\n1,ann\n");
await writeFile(many, "id,name\n2,bob\n");

/** Every way that is known out of SQL into a file. */
const attempts = [
  `FROM read_csv('${secret}')`,
  `FROM read_text('${secret}')`,
  `FROM read_blob('${people}/../secret.txt')`,
  `FROM read_text('${folder}/many/../secret.txt')`,
  `FROM glob('${folder}/*')`,
  `FROM sniff_csv('${secret}')`,
  `FROM query('FROM read_text(''${secret}'')')`,
  `SELECT (SELECT content FROM read_text('${secret}'))`,
  `FROM '${join(folder, "x.csv")}'`,
  "FROM read_csv('http://127.0.0.1:1/x.csv')",
  `CREATE TABLE t AS FROM read_text('${secret}')`,
  `COPY (SELECT 1) TO '${out}'`,
  `COPY (SELECT 1) TO '${people}' (USE_TMP_FILE false)`,
  `COPY (SELECT 1) TO '${folder}/many/b.csv'`,
  `EXPLAIN ANALYZE COPY (SELECT 1) TO '${people}' (USE_TMP_FILE false)`,
  `SELECT 1; COPY (SELECT 1) TO '${people}' (USE_TMP_FILE false)`,
  `PREPARE p AS COPY (SELECT 1) TO '${people}' (USE_TMP_FILE false)`,
  `COPY own FROM '${people}'`,
  `EXPORT DATABASE '${folder}/exported'`,
  `ATTACH '${other}' AS x`,
  `ATTACH '${folder}/many/new.duckdb' AS x`,
  "INSTALL httpfs",
  "LOAD httpfs",
  "SET enable_external_access = true",
  "RESET enable_external_access",
  "SET GLOBAL allowed_directories = ['/']",
  "RESET allowed_paths",
  `SET temp_directory = '${folder}/temp'`,
  `SET GLOBAL log_query_path = '${out}'`,
  `CALL enable_logging(storage = 'file', storage_path = '${folder}/logs')`,
  `FROM enable_logging(storage = 'file', storage_path = '${folder}/logs')`,
  "SET GLOBAL logging_storage = 'file'",
];

async function staysOut(client: RawClient): Promise<void> {
  const refused = {
    code: Status.PERMISSION_DENIED,
    details: /--allow-files|--init|lasts as long as its session/,
  };
  for (const sql of attempts)
    for (const send of [() => client.update(sql), () => client.query(sql)])
      await assert.rejects(send, refused, sql);
}

test("SQL of a client reaches no file but those that are attached, which it cannot change", async () => {
  const options = {
    database: join(folder, "own.duckdb"),
    attach: [
      { name: "people", path: people },
      { name: "many", path: join(folder, "many", "*.csv") },
    ],
    initSql: `CREATE TABLE own (id BIGINT, name VARCHAR); ATTACH '${other}' AS other`,
  };
  await withServer(options, async (client) => {
    client.keepCookie();
    await client.query("SELECT 1");
    client.keepCookie();
    await staysOut(client);
    assert.equal(await readFile(people, "utf8"), "id,name\n1,ann\n");
    assert.ok(!existsSync(out));
    const both = "FROM files.people UNION ALL FROM files.many ORDER BY id";
    assert.deepEqual((await client.query(both)).columns, [
      [1n, 2n],
      ["ann", "bob"],
    ]);
    await writeFile(join(folder, "many", "c.csv"), "id,name\n3,cy\n");
    assert.equal((await client.query(both)).columns[0]?.length, 3);
    // Words of statements that write files are but words elsewhere.
    const word = "SELECT 'copy, export and attach' AS w";
    for (const sql of [word, `EXPLAIN ${word}`]) await client.query(sql);
    // Databases that are open are written, files that DuckDB needs for itself are made.
    await client.update("INSERT INTO own SELECT range, 'x' FROM range(300000)");
    await client.update("CREATE TABLE other.copied AS FROM own");
    await client.update("CHECKPOINT; CHECKPOINT other");
  });
  const small = { database: join(folder, "own.duckdb"), memoryLimit: "80MB" };
  await withServer(small, async (client) => {
    await client.query(
      "SELECT count(*) FROM (SELECT md5(id::VARCHAR) AS h, * FROM own a ORDER BY h)",
    );
  });
  await withServer({ database: other }, async (client) => {
    const { columns } = await client.query("SELECT count(*) FROM copied");
    assert.deepEqual(columns, [[300_000n]]);
  });
});

test("what the SQL of the start allows stays allowed", async () => {
  const initSql = `SET GLOBAL allowed_paths = ['${secret}']; CREATE VIEW v AS FROM read_text('${secret}')`;
  const attach = [{ name: "people", path: people }];
  await withServer({ initSql, attach }, async (client) => {
    const { columns } = await client.query("SELECT content FROM v, people");
    assert.deepEqual(columns, [["geheim: 1\n"]]);
  });
});

test("with the flag files are read, written and attached", async () => {
  await withServer({ allowFiles: true }, async (client) => {
    await client.update(`COPY (SELECT 7 AS i) TO '${out}'`);
    assert.deepEqual((await client.query(`FROM '${out}'`)).columns, [[7n]]);
    await client.update(`ATTACH '${other}' AS x (READ_ONLY)`);
    await client.query("FROM x.copied LIMIT 1");
  });
});

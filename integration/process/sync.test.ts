import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { configureAirbyte, selectSinger } from "./catalogs.js";
import {
  airbyteMessages,
  singerMessages,
  states,
  type AirbyteMessage,
  type AirbyteState,
} from "./messages.js";
import { Folder, run, shell } from "./programs.js";
import { Server } from "./server.js";

/** Values at the ends of their types, and those that JSON or a JavaScript number would alter. */
const init = `
CREATE TABLE orders (
  id BIGINT PRIMARY KEY, "at" TIMESTAMP, amount DECIMAL(38, 9), big HUGEINT, ratio DOUBLE, note VARCHAR, paid BOOLEAN,
  due DATE, instant TIMESTAMP WITH TIME ZONE, exact TIMESTAMP_NS, raw BLOB, tags VARCHAR[],
  place STRUCT(lat DOUBLE, "long name" VARCHAR)
);
INSERT INTO orders VALUES
(9223372036854775807, '2024-02-29 23:59:59.999999', 12345678901234567890123456789.123456789,
  170141183460469231731687303715884105727, 0.1, 'snow ☃ "quoted"', true, '0001-01-01', '2024-01-01 00:00:00+00',
  '2024-01-01 00:00:00.123456789', '\\x00\\xFF'::BLOB, ['a', NULL, ''], {lat: 1e-300, "long name": 'x'}),
(-9223372036854775808, '2024-03-01 00:00:00', -0.000000001, -170141183460469231731687303715884105728, 'NaN', '', false,
  '9999-12-31', '1969-12-31 23:59:59.999999+00', '1970-01-01 00:00:00', ''::BLOB, [], {lat: NULL, "long name": NULL}),
(1, '2024-03-01 00:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(2, NULL, 1, 1, '-Infinity', 'line' || chr(10) || 'feed', true, '2024-01-01', '2024-01-01 00:00:00+00',
  '2024-01-01 00:00:00', 'abc'::BLOB, ['b'], {lat: -0.0, "long name": '\\'});
CREATE TABLE "odd;""name" ("select" INTEGER, "ü x" VARCHAR);
INSERT INTO "odd;""name" VALUES (1, 'eins'), (2, NULL);
CREATE TABLE many AS SELECT range AS id, hash(range) AS number, 'text ' || hash(range) AS text FROM range(100000);
CREATE TABLE ignored (id INTEGER);
`;

const folder = new Folder();
let a: Server;
let b: Server;

before(async () => {
  folder.file("init.sql", init);
  a = await Server.start(["--init", folder.at("init.sql")]);
  b = await Server.start();
  folder.file("a.json", { url: a.url });
  folder.file("b.json", { url: b.url });
});

after(() => Promise.all([a, b].map((one) => one[Symbol.asyncDispose]())));

const inFolder = { cwd: folder.path };
const text = (name: string) => readFileSync(folder.at(name), "utf8");

/** Both tables of A equal those of B, in every value and type. */
async function sameTables(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const columns = `SELECT * EXCLUDE (table_oid, database_oid, database_name, schema_oid, is_nullable, column_default)
      FROM duckdb_columns() WHERE table_name = '${name}' ORDER BY column_index`;
    const type = (row: readonly (string | null)[]) => row.slice(1, 5);
    const [left, right] = await Promise.all([a.rows(columns), b.rows(columns)]);
    assert.deepEqual(right.map(type), left.map(type));
    const table = `"${name.replaceAll('"', '""')}"`;
    assert.deepEqual(await b.table(table), await a.table(table));
  }
}

const singerLine =
  "{ tap --config a.json --catalog catalog.json $STATE; echo $? > tap.code; } | tee lines | target --config b.json > states";

test("Singer: what is discovered and selected arrives through a pipe, value by value", async () => {
  const discovered = await run("tap-flightsql", [
    "--config",
    folder.at("a.json"),
    "--discover",
  ]);
  assert.equal(discovered.code, 0, discovered.stderr);
  folder.file(
    "catalog.json",
    selectSinger(discovered.stdout, {
      "main-orders": "id",
      'main-odd;"name': undefined,
    }),
  );
  const { code, stderr } = await shell(singerLine, inFolder);
  assert.equal(code, 0, stderr);
  assert.equal(text("tap.code"), "0\n");
  await sameTables("orders", 'odd;"name');
  assert.deepEqual(await b.tables(), ['odd;"name', "orders"]);

  const messages = singerMessages(text("lines"));
  const last = messages.findLast(({ type }) => type === "STATE");
  assert.deepEqual(states(text("states")).at(-1), last?.value);
});

test("Singer: the next run reads only what is not behind its state", async () => {
  await a.update(
    "DELETE FROM orders",
    `INSERT INTO orders BY NAME
    SELECT x AS id, '2024-03-01'::TIMESTAMP AS "at", x || ' new' AS note FROM range(1, 6) AS t(x)`,
  );
  const discovered = await run("tap-flightsql", [
    "-c",
    folder.at("a.json"),
    "-d",
  ]);
  folder.file(
    "catalog.json",
    selectSinger(discovered.stdout, { "main-orders": "id" }),
  );
  folder.file("state.json", {
    bookmarks: {
      "main-orders": { replication_key: "id", replication_key_value: 4 },
    },
  });
  const before_ = await b.rows(
    "SELECT id, note FROM orders WHERE id NOT IN (4, 5) ORDER BY id",
  );
  const { code, stderr } = await shell(singerLine, {
    ...inFolder,
    env: { STATE: "--state state.json" },
  });
  assert.equal(code, 0, stderr);
  const records = singerMessages(text("lines")).filter(
    ({ type }) => type === "RECORD",
  );
  assert.deepEqual(records.map(({ record }) => record?.["id"]).sort(), [4, 5]);
  assert.deepEqual(
    await b.rows("SELECT id, note FROM orders WHERE id IN (4, 5) ORDER BY id"),
    [
      ["4", "4 new"],
      ["5", "5 new"],
    ],
  );
  assert.deepEqual(
    await b.rows(
      "SELECT id, note FROM orders WHERE id NOT IN (4, 5) ORDER BY id",
    ),
    before_,
  );
  assert.deepEqual(states(text("states")).at(-1), {
    bookmarks: {
      "main-orders": {
        replication_key: "id",
        replication_key_value: 5,
        // Hash of the one row that has it.
        boundary: ["b8fc171baf263d41"],
        complete: true,
      },
    },
  });
});

test("many rows arrive, each once and whole, whatever pauses the reader", async () => {
  const discovered = await run("tap-flightsql", [
    "-c",
    folder.at("a.json"),
    "-d",
  ]);
  const catalog = selectSinger(discovered.stdout, { "main-many": undefined });
  folder.file("catalog.json", catalog);
  const { code, stderr } = await shell(singerLine, inFolder);
  assert.equal(code, 0, stderr);
  const sum = "SELECT count(*), count(DISTINCT id), sum(hash(many)) FROM many";
  assert.deepEqual(await b.rows(sum), await a.rows(sum));
});

const airbyteLine = `{ source read --config a.json --catalog catalog.json $STATE; echo $? > source.code; } |
  tee lines | destination write --config b.json --catalog catalog.json > out`;

test("Airbyte: what is configured arrives through a pipe, and every state comes back", async () => {
  await a.update(
    "DROP TABLE orders",
    init.slice(0, init.indexOf('CREATE TABLE "odd')),
  );
  await b.update("DROP TABLE orders", 'DROP TABLE "odd;""name"');
  const discovered = await run("source-flightsql", [
    "discover",
    "--config",
    folder.at("a.json"),
  ]);
  assert.equal(discovered.code, 0, discovered.stderr);
  airbyteMessages(discovered.stdout);
  const catalog = configureAirbyte(discovered.stdout, {
    orders: {
      sync_mode: "incremental",
      cursor_field: ["at"],
      destination_sync_mode: "append_dedup",
      primary_key: [["id"]],
    },
    'odd;"name': {
      sync_mode: "full_refresh",
      destination_sync_mode: "overwrite",
    },
  });
  folder.file("catalog.json", catalog);
  const { code, stderr } = await shell(airbyteLine, inFolder);
  assert.equal(code, 0, stderr + text("out"));
  assert.equal(text("source.code"), "0\n");
  await sameTables("orders", 'odd;"name');

  const read = airbyteMessages(text("lines"));
  assert.deepEqual(orderOf(read, "orders"), [
    "STARTED",
    "RUNNING",
    "STATE",
    "COMPLETE",
  ]);
  const told = statesOf(read);
  const echoed = statesOf(airbyteMessages(text("out")));
  const byStream = (all: readonly AirbyteState[]) =>
    new Map(all.map((one) => [one.stream?.stream_descriptor.name, one]));
  const counted = told.map((one) => ({
    ...one,
    destinationStats: one.sourceStats,
  }));
  assert.deepEqual(byStream(echoed), byStream(counted));
  assert.equal(told.length, 2);
});

test("Airbyte: the next run reads only what is not behind its state", async () => {
  folder.file("state.json", statesOf(airbyteMessages(text("out"))));
  await a.update(
    "INSERT INTO orders BY NAME SELECT 3 AS id, '2024-03-01 00:00:00.000001'::TIMESTAMP AS at",
  );
  const env = { STATE: "--state state.json" };
  const { code, stderr } = await shell(airbyteLine, { ...inFolder, env });
  assert.equal(code, 0, stderr + text("out"));
  await sameTables("orders", 'odd;"name');
  const ids = airbyteMessages(text("lines")).flatMap(({ record }) =>
    record?.stream === "orders" ? [Number(record.data["id"])] : [],
  );
  // Two rows have the boundary value, and were sent.
  assert.deepEqual(ids, [3]);
});

function statesOf(messages: readonly AirbyteMessage[]) {
  return messages.flatMap(({ state }) => state ?? []);
}

/** Statuses and states of a stream, in order. */
function orderOf(
  messages: readonly AirbyteMessage[],
  stream: string,
): readonly string[] {
  return messages.flatMap(({ trace, state }) => {
    const status = trace?.stream_status;
    if (status?.stream_descriptor.name === stream) return [status.status];
    return state?.stream?.stream_descriptor.name === stream ? ["STATE"] : [];
  });
}

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { singerMessages, states } from "./messages.js";
import { Folder, run } from "./programs.js";
import { Server } from "./server.js";
import { tapArguments, type Table } from "./tap.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
});

after(() => server[Symbol.asyncDispose]());

/** What a tap says of the table, with the versions that its lines name. */
async function read(table: Table, state?: unknown, settings: object = {}) {
  const config = {
    url: server.url,
    emit_activate_version_messages: true,
    ...settings,
  };
  const tap = await run(
    "tap-flightsql",
    tapArguments(folder, config, table, state),
  );
  assert.equal(tap.code, 0, tap.stderr);
  const messages = singerMessages(tap.stdout);
  return {
    stdout: tap.stdout,
    types: messages.map(({ type }) => type),
    versions: messages.flatMap(({ version }) => version ?? []),
    state: messages.findLast(({ type }) => type === "STATE")?.value,
  };
}

/** Loads lines into the schema `loaded`. @returns the last state. */
async function load(stdin: string, settings: object = {}): Promise<unknown> {
  const config = folder.file("target.json", {
    url: server.url,
    default_target_schema: "loaded",
    add_record_metadata: true,
    ...settings,
  });
  const target = await run("target-flightsql", ["--config", config], { stdin });
  assert.equal(target.code, 0, target.stderr);
  return states(target.stdout).at(-1);
}

/** The ids that were loaded, `!` behind those that are marked. */
async function loadedIds(table: string): Promise<(string | null)[]> {
  const rows = await server.rows(
    `SELECT id || CASE WHEN _sdc_deleted_at IS NULL THEN '' ELSE '!' END FROM loaded.${table} ORDER BY id`,
  );
  return rows.flat();
}

test("a full table activates its version at the end, and at first at the beginning too", async () => {
  await server.update("CREATE TABLE t AS SELECT range AS id FROM range(2)");
  const table = { name: "t" };
  const first = await read(table);
  const activate = "ACTIVATE_VERSION";
  const rows = ["RECORD", "RECORD", activate, "STATE"];
  assert.deepEqual(first.types, ["STATE", "SCHEMA", activate, ...rows]);
  const [version = 0] = first.versions;
  assert.deepEqual(first.versions, Array<number>(4).fill(version));
  // 32 bits, as the SDK's targets have for it.
  assert.ok(version > 1_700_000_000 && version < 2 ** 31);

  const second = await read(table, first.state);
  assert.deepEqual(second.types, ["STATE", "SCHEMA", ...rows]);
  const [next = 0] = second.versions;
  assert.ok(next > version);
  assert.deepEqual(second.versions, Array<number>(3).fill(next));

  // Cut off behind its first line: what came of it is of an earlier version.
  const [told = ""] = second.stdout.split("\n");
  const { value } = JSON.parse(told) as { readonly value: unknown };
  const again = await read(table, value);
  assert.deepEqual(again.types, second.types);
  assert.ok((again.versions[0] ?? 0) > next);

  // A state of another tap, with a version of milliseconds.
  const late = 4_102_444_800_000;
  const bookmark = { last_replication_method: "FULL_TABLE", version: late };
  const other = { bookmarks: { "main-t": bookmark } };
  const third = await read(table, other);
  assert.deepEqual(third.types, second.types);
  assert.deepEqual(third.versions, Array<number>(3).fill(late + 1));
});

test("nothing has a version that did not ask for it, nor an incremental stream", async () => {
  await server.update("CREATE TABLE u AS SELECT range AS id FROM range(2)");
  const off = { emit_activate_version_messages: false };
  for (const reading of [
    await read({ name: "u" }, undefined, off),
    await read({ name: "u", replicationKey: "id" }),
  ]) {
    assert.deepEqual(reading.types, ["SCHEMA", "RECORD", "RECORD", "STATE"]);
    assert.deepEqual(reading.versions, []);
  }
});

test("versions are refused where rows travel in files, which targets give none", async () => {
  const config = {
    url: server.url,
    emit_activate_version_messages: true,
    batch_config: {},
  };
  const args = tapArguments(folder, config, { name: "t" });
  const { code, stdout, stderr } = await run("tap-flightsql", args);
  assert.equal(code, 78, stderr);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /\[invalid_config\].*emit_activate_version_messages.*batch_config/,
  );
});

for (const [load_method, settings, expected] of [
  ["upsert", { hard_delete: true }, ["2", "3"]],
  ["upsert", {}, ["1!", "2", "3"]],
  ["append-only", { hard_delete: true }, ["2", "3"]],
  ["append-only", {}, ["1!", "2!", "2", "3"]],
  ["overwrite", {}, ["2", "3"]],
] as const)
  test(`rows that a full table has no more go from its target (${load_method}, ${JSON.stringify(settings)})`, async () => {
    const table = {
      name: "rows_gone",
      entry: { key_properties: ["id"], stream_alias: "gone" },
    };
    const all = { load_method, ...settings };
    await server.update(
      "DROP SCHEMA IF EXISTS loaded CASCADE",
      "CREATE OR REPLACE TABLE rows_gone AS SELECT unnest([1, 2]) AS id",
    );
    const state = await load((await read(table)).stdout, all);
    assert.deepEqual(await loadedIds("gone"), ["1", "2"]);

    await server.update("UPDATE rows_gone SET id = id + 1");
    const { stdout } = await read(table, state);
    // A tap that dies before it has said everything takes nothing away.
    const lines = stdout.split("\n");
    const cut = lines.findIndex((line) => line.includes("ACTIVATE_VERSION"));
    if (load_method === "upsert") {
      await load(lines.slice(0, cut).join("\n"), all);
      assert.deepEqual(await loadedIds("gone"), ["1", "2", "3"]);
    }
    await load(stdout, all);
    assert.deepEqual(await loadedIds("gone"), expected);
  });

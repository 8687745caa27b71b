import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { field, int64, utf8 } from "../arrow/schema.js";
import { checkConfig } from "../config.js";
import type { Context } from "../engine.js";
import { InMemoryEngine, type MemoryTables } from "../engines/in-memory.js";
import { singer } from "../protocols/singer/index.js";
import { write } from "./write.js";

const never = new AbortController().signal;
const context: Context = { signal: never, log: () => undefined };

const schema = (stream: string) =>
  JSON.stringify({
    type: "SCHEMA",
    stream,
    schema: { properties: { id: { type: "integer" } } },
    key_properties: [],
  });
const record = (stream: string, id: number) =>
  JSON.stringify({ type: "RECORD", stream, record: { id } });
const state = (n: number) => JSON.stringify({ type: "STATE", value: n });

function bytes(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** Loads lines that come in chunks; gives what was told, in order. */
async function load(
  tables: MemoryTables,
  settings: object,
  chunks: readonly (readonly string[])[],
  stop = never,
  batchRows?: number,
): Promise<readonly string[]> {
  const input = async function* () {
    for (const lines of chunks) yield await Promise.resolve(bytes(lines));
  };
  return loadBytes(tables, settings, input(), stop, batchRows);
}

async function loadBytes(
  tables: MemoryTables,
  settings: object,
  input: AsyncIterable<Buffer>,
  stop = never,
  batchRows?: number,
): Promise<readonly string[]> {
  const engine = new InMemoryEngine(tables);
  const config = await checkConfig(
    { url: "memory:", ...settings },
    engine.configSchema("destination"),
  );
  const told: string[] = [];
  const decoder = singer.decoder({
    onInvalid: config["on_invalid"] as "fail" | "dead_letter",
    ...(batchRows !== undefined && { batchRows }),
  });
  for await (const message of write(
    engine,
    config,
    decoder,
    input,
    stop,
    context,
  ))
    if (message.type === "committed") told.push(`state ${message.state.json}`);
    else if (message.type === "failure")
      told.push(`${message.failure.code} ${message.failure.stream ?? ""}`);
  return told;
}

/** A table that refuses what `schema` announces. */
function refusing(): MemoryTables {
  const fields = [field("id", utf8)];
  const table = { schema: { fields }, primaryKey: [], rows: [] };
  return new Map([["strict", table]]);
}

test("a state behind rows that were refused is never told, those of other streams are stored", async () => {
  const tables = refusing();
  const told = await load(tables, { batch_size_rows: 1 }, [
    [schema("free"), schema("strict"), record("free", 1), state(1)],
    [record("strict", 1), state(2), record("free", 2), state(3)],
  ]);
  assert.deepEqual(told, ["state 1", "invalid_data strict"]);
  assert.deepEqual(tables.get("strict")?.rows, []);
  assert.deepEqual(tables.get("free")?.rows, [[1n], [2n]]);
});

test("a state that was read before its rows were refused is not told later either", async () => {
  const tables = refusing();
  const strict = [schema("strict"), record("strict", 1)];
  const free = [schema("free"), record("free", 1)];
  // With two rows to a batch the state still waits for `free` when the second row of `strict` has its batch refused.
  const lines = [...strict, ...free, state(1), record("strict", 2)];
  const told = await load(tables, {}, [lines], never, 2);
  assert.deepEqual(told, ["invalid_data strict"]);
  assert.deepEqual(tables.get("free")?.rows, [[1n]]);
});

test("a bad line is told even when rows before it are refused, and other streams are stored", async () => {
  const tables = refusing();
  const told = await load(tables, {}, [
    [schema("free"), schema("strict"), record("strict", 1), record("free", 1)],
    ["nonsense"],
  ]);
  assert.deepEqual(told, ["invalid_data strict", "invalid_input "]);
  assert.deepEqual(tables.get("free")?.rows, [[1n]]);
});

test("after a stop, what came is stored and its states told; later chunks are not read", async () => {
  const stop = new AbortController();
  const tables: MemoryTables = new Map();
  const set = tables.set.bind(tables);
  tables.set = (name, table) => {
    stop.abort();
    return set(name, table);
  };
  const told = await load(
    tables,
    { state_wait_seconds: 0 },
    [
      [schema("free"), record("free", 1), state(1)],
      [record("free", 2), state(2)],
    ],
    stop.signal,
  );
  assert.deepEqual(told, ["state 1"]);
  assert.deepEqual(tables.get("free")?.rows, [[1n]]);
});

test("a state with nothing before it is told at once, and equal rights hold for one at the very end", async () => {
  const tables: MemoryTables = new Map();
  const told = await load(tables, {}, [
    [state(0)],
    [schema("free"), record("free", 1), state(1)],
  ]);
  assert.deepEqual(told, ["state 0", "state 1"]);
});

test("overwrite: a state waits for the swap of all that came before it", async () => {
  const fields = [field("id", int64)];
  const old = { schema: { fields }, primaryKey: [], rows: [[7n]] };
  const tables: MemoryTables = new Map([["free", old]]);
  const activate = '{"type":"ACTIVATE_VERSION","stream":"free","version":1}';
  const lines = [schema("free"), record("free", 1), state(1)];
  const settings = { load_method: "overwrite", state_wait_seconds: 0 };
  // The state marks an end, and the row behind it takes that back.
  const cut = await load(tables, settings, [[...lines, record("free", 2)]]);
  assert.deepEqual(cut, ["invalid_input free"]);
  assert.deepEqual(tables.get("free"), old);
  const whole = await load(tables, settings, [
    [...lines, record("free", 2), activate],
  ]);
  assert.deepEqual(whole, ["state 1"]);
  assert.deepEqual(tables.get("free")?.rows, [[1n], [2n]]);
});

test("what cannot be loaded is set aside, for its owner only, before a state behind it is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dead-letters-"));
  const path = join(folder, "letters.jsonl");
  const settings = {
    state_wait_seconds: 0,
    on_invalid: "dead_letter",
    dead_letter_path: path,
  };
  const letters = () =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const bad = record("free", 0).replace("0", '"zero"');
  const tables: MemoryTables = new Map();
  const one = [schema("free"), record("free", 1), bad, state(1)];
  const told = await load(tables, settings, [one, [record("free", 2)]]);
  assert.deepEqual(told, ["state 1", "dead_letters "]);
  assert.deepEqual(tables.get("free")?.rows, [[1n], [2n]]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const [letter = {}] = letters();
  const { time, reason, ...rest } = letter;
  assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
  assert.match(String(reason), /column "id" .* cannot hold "zero".*line 3/);
  assert.deepEqual(rest, {
    stream: "free",
    line: 3,
    offset: `${schema("free")}\n${record("free", 1)}\n`.length,
    code: "invalid_data",
    text: bad,
  });
  // A later run adds to the file, also what is no text.
  const input = async function* () {
    yield await Promise.resolve(Buffer.from("\xff\n", "latin1"));
  };
  const more = await loadBytes(tables, settings, input());
  assert.deepEqual(more, ["dead_letters "]);
  assert.equal(letters()[1]?.["base64"], "/w==");
  assert.equal(letters().length, 2);
  // A run that has nothing to tell leaves nothing.
  const other = join(folder, "none.jsonl");
  const clean = { ...settings, dead_letter_path: other };
  assert.deepEqual(await load(tables, clean, [[state(3)]]), ["state 3"]);
  assert.ok(!existsSync(other));
  const nowhere = { ...settings, dead_letter_path: join(folder, "no/where") };
  await assert.rejects(load(tables, nowhere, [[state(4)]]), {
    code: "invalid_config",
    message: /dead_letter_path/,
  });
  rmSync(folder, { recursive: true });
});

test("stream_options say the load method of single streams: of two globs that match the later one", async () => {
  const keyed = (stream: string) =>
    schema(stream).replace('"key_properties":[]', '"key_properties":["id"]');
  const streams = ["a_log", "a_users", "b_users", "c_all"];
  const run = (ids: readonly number[]) => [
    ...streams.map(keyed),
    ...ids.flatMap((id) => streams.map((stream) => record(stream, id))),
  ];
  const settings = {
    load_method: "upsert",
    overwrite_commit: "eof",
    stream_options: {
      "a_*": { load_method: "append-only" },
      "?_users": { load_method: "auto" },
      c_all: { load_method: "overwrite" },
    },
  };
  const tables: MemoryTables = new Map();
  await load(tables, settings, [run([1, 2])]);
  await load(tables, settings, [run([2, 3])]);
  const rows = Object.fromEntries(
    [...tables].map(([name, table]) => [name, table.rows.flat()]),
  );
  assert.deepEqual(rows, {
    a_log: [1n, 2n, 2n, 3n],
    a_users: [1n, 2n, 3n],
    b_users: [1n, 2n, 3n],
    c_all: [2n, 3n],
  });
  const unknown = { stream_options: { "a_*": { load_method: "merge" } } };
  await assert.rejects(load(tables, unknown, []), {
    code: "invalid_config",
    message: /stream_options/,
  });
});

test("nothing of the input is kept once it is loaded", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const chunks: WeakRef<Buffer>[] = [];
  const kept = () => {
    collectGarbage();
    return chunks.filter((chunk) => chunk.deref() !== undefined).length;
  };
  let most = 0;
  const input = async function* () {
    for (let id = 1; id <= 100; id++) {
      const chunk = bytes([schema("free"), record("free", id), state(id)]);
      chunks.push(new WeakRef(chunk));
      yield chunk;
      await setImmediate();
    }
    most = kept();
  };
  const told = await loadBytes(new Map(), { state_wait_seconds: 0 }, input());
  assert.equal(told.length, 100);
  // The last ones may still be on their way.
  assert.ok(most <= 3, `${String(most)} chunks of 100 are kept`);
});

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";

import { valuesOfBatch, type Value } from "../arrow/plain-values.js";
import { field, int64, utf8 } from "../arrow/schema.js";
import type { SelectedStream } from "../catalog.js";
import { check } from "../commands/check.js";
import { discover } from "../commands/discover.js";
import { read } from "../commands/read.js";
import { write } from "../commands/write.js";
import { checkConfig } from "../config.js";
import type { Context, Role } from "../engine.js";
import type { Message } from "../message.js";
import { singer } from "../protocols/singer/index.js";
import { flightsql } from "./flightsql.js";
import { InMemoryEngine, type MemoryTable } from "./in-memory.js";
import { chooseEngine, engines } from "./index.js";

const context: Context = {
  signal: new AbortController().signal,
  log: () => undefined,
};

const never = new AbortController().signal;

function people(): MemoryTable {
  return {
    schema: { fields: [field("id", int64, false), field("name", utf8)] },
    primaryKey: ["id"],
    rows: [
      [1n, "Ada"],
      [2n, null],
      [3n, "Cleo"],
    ],
  };
}

function config(engine: InMemoryEngine, role: Role, settings: object = {}) {
  const given = { url: "memory:", ...settings };
  return checkConfig(given, engine.configSchema(role));
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** Rows of a stream's batches, in order of arrival. */
function rowsOf(messages: readonly Message[], id: string): Value[][] {
  return messages.flatMap((message) => {
    if (message.type !== "batch" || message.stream.id !== id) return [];
    const columns = valuesOfBatch(message.batch);
    return Array.from({ length: message.batch.length }, (_, row) =>
      columns.map((values) => values[row] ?? null),
    );
  });
}

test("a second engine is chosen by its name and by the scheme of its URL", () => {
  const memory = new InMemoryEngine(new Map());
  const registry = [...engines, memory];
  const choose = (given: object, fallback?: string) =>
    chooseEngine({ ...given }, fallback, registry);
  assert.equal(choose({ engine: "in-memory" }), memory);
  assert.equal(choose({ url: "memory:" }), memory);
  assert.equal(choose({ url: "MEMORY:" }), memory);
  assert.equal(choose({}, "in-memory"), memory);
  assert.equal(choose({ url: "grpc+tls://host:1" }, "in-memory"), flightsql);
  assert.equal(choose({ engine: "flightsql", url: "memory:" }), flightsql);
  assert.equal(choose({}), flightsql);
});

test("an engine that is not there is named, with those that are", () => {
  assert.throws(() => chooseEngine({ url: "oracle://host" }, undefined), {
    code: "invalid_config",
    message: /URL scheme oracle; known are flightsql, grpc/,
  });
  assert.throws(() => chooseEngine({ engine: "in-memory" }, undefined), {
    code: "invalid_config",
    message: /"in-memory" is not known; known are flightsql/,
  });
});

test("check says whether the second engine can be reached", async () => {
  const engine = new InMemoryEngine(new Map([["people", people()]]));
  const good = await config(engine, "source");
  assert.deepEqual(await all(check(engine, good, context)), [
    { type: "connection_status" },
  ]);
  const bad = { ...good, url: "memory:elsewhere" };
  const [status] = await all(check(engine, bad, context));
  assert.ok(status?.type === "connection_status");
  assert.equal(status.failure?.code, "unavailable");
  assert.match(status.failure.message, /elsewhere/);
});

test("discover tells the tables of the second engine", async () => {
  const engine = new InMemoryEngine(new Map([["people", people()]]));
  const given = await config(engine, "source");
  const [catalog] = await all(discover(engine, given, context));
  const { schema, primaryKey } = people();
  assert.deepEqual(catalog, {
    type: "catalog",
    streams: [{ name: "people", schema, primaryKey, isView: false }],
  });
});

test("read gives every row and state of the second engine, and a stream that fails stops no other", async () => {
  const tables = new Map([
    ["people", people()],
    ["more", people()],
  ]);
  const engine = new InMemoryEngine(tables);
  const given = await config(engine, "source", { concurrency: 1 });
  const streams: SelectedStream[] = [
    { id: "gone", name: "gone", columns: undefined, syncMode: "full_table" },
    { id: "slim", name: "more", columns: ["nick"], syncMode: "full_table" },
    {
      id: "people",
      name: "people",
      columns: ["name", "id"],
      syncMode: "incremental",
      cursorField: "id",
    },
    { id: "more", name: "more", columns: undefined, syncMode: "full_table" },
  ];
  const since = new Map([["people", { cursorField: "id", cursor: "2" }]]);
  const messages = await all(read(engine, given, streams, since, context));

  assert.deepEqual(rowsOf(messages, "people"), [
    [null, 2n],
    ["Cleo", 3n],
  ]);
  assert.deepEqual(rowsOf(messages, "more"), people().rows);
  const failures = messages.flatMap((message) =>
    message.type === "failure" ? [message.failure] : [],
  );
  assert.deepEqual(failures.map(({ code, stream }) => [code, stream]).sort(), [
    ["not_found", "gone"],
    ["not_found", "slim"],
  ]);
  const ends = messages.flatMap((message) =>
    message.type === "stream_status" && message.status !== "started"
      ? [`${message.stream.id} ${message.status}`]
      : [],
  );
  assert.deepEqual(ends.sort(), [
    "gone incomplete",
    "more complete",
    "people complete",
    "slim incomplete",
  ]);
  const states = messages.flatMap((message) =>
    message.type === "state" ? [[message.stream.id, message.state]] : [],
  );
  assert.deepEqual(
    new Map(states as [string, unknown][]),
    new Map([
      ["more", undefined],
      [
        "people",
        { cursorField: "id", cursor: "3", boundary: ["b4a31bbe75e0462b"] },
      ],
    ]),
  );
});

const schemaLine = JSON.stringify({
  type: "SCHEMA",
  stream: "people",
  schema: {
    type: "object",
    properties: {
      id: { type: "integer" },
      name: { type: ["string", "null"] },
    },
  },
  key_properties: ["id"],
});
const record = (id: number, name: string) =>
  JSON.stringify({ type: "RECORD", stream: "people", record: { id, name } });
const state = (n: number) => JSON.stringify({ type: "STATE", value: { n } });
const bytes = (...lines: string[]) => Buffer.from(`${lines.join("\n")}\n`);

/** Each told state with the names that the table held when it was told. */
async function load(
  engine: InMemoryEngine,
  settings: object,
  input: AsyncIterable<Uint8Array>,
  events = new EventEmitter(),
) {
  const told: (readonly [string, readonly Value[] | undefined])[] = [];
  const failures: string[] = [];
  const given = await config(engine, "destination", settings);
  const decoder = singer.decoder({});
  for await (const message of write(
    engine,
    given,
    decoder,
    input,
    never,
    context,
  )) {
    const names = engine.tables
      .get("people")
      ?.rows.map((row) => row[1] ?? null);
    if (message.type === "committed") {
      told.push([message.state.json, names]);
      events.emit("told");
    }
    if (message.type === "failure") failures.push(message.failure.message);
  }
  return { told, failures };
}

test("a state is told when its rows are stored: the last row of a key wins, and the end flushes", async () => {
  const engine = new InMemoryEngine(new Map());
  const { told } = await load(
    engine,
    {},
    (async function* () {
      yield await Promise.resolve(
        bytes(schemaLine, record(1, "Ada"), state(1), record(2, "Bo")),
      );
      assert.equal(engine.tables.get("people"), undefined);
      yield bytes(record(1, "Ada L."), state(2));
      assert.equal(engine.tables.get("people"), undefined);
    })(),
  );
  assert.deepEqual(told, [['{"n":2}', ["Ada L.", "Bo"]]]);
});

test("a state that may not wait is told before the input ends, behind its rows", async () => {
  const engine = new InMemoryEngine(new Map());
  const events = new EventEmitter();
  const input = async function* () {
    yield await Promise.resolve(bytes(schemaLine, record(1, "Ada"), state(1)));
    // The input goes on only when the first state was told.
    await once(events, "told");
    yield bytes(record(2, "Bo"), state(2));
  };
  const { told } = await load(
    engine,
    { state_wait_seconds: 0 },
    input(),
    events,
  );
  assert.deepEqual(told, [
    ['{"n":1}', ["Ada"]],
    ['{"n":2}', ["Ada", "Bo"]],
  ]);
});

test("an overwrite that is not complete leaves the table and its states untold", async () => {
  const engine = new InMemoryEngine(new Map([["people", people()]]));
  const input = async function* () {
    yield await Promise.resolve(
      bytes(schemaLine, record(7, "Zoe"), state(1), record(8, "Yan")),
    );
  };
  const settings = { load_method: "overwrite" };
  const { told, failures } = await load(engine, settings, input());
  assert.deepEqual(told, []);
  assert.match(failures.join(), /overwrite_commit/);
  assert.deepEqual(engine.tables.get("people"), people());

  const atEnd = { ...settings, overwrite_commit: "eof" };
  const swapped = await load(engine, atEnd, input());
  assert.deepEqual(swapped, {
    told: [['{"n":1}', ["Zoe", "Yan"]]],
    failures: [],
  });
});

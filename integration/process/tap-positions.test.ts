import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  airbyteMessages,
  singerMessages,
  type AirbyteState,
  type SingerMessage,
} from "./messages.js";
import { Folder, run, start } from "./programs.js";
import { Server } from "./server.js";
import { readingOf, readTable, tapArguments } from "./tap.js";

const folder = new Folder();
let server: Server;

/** Three rows per value, in no order; a thousand more have none. */
const rows = 90_000;

before(async () => {
  server = await Server.start();
  await server.update(
    `CREATE TABLE ticks AS SELECT range AS id, CASE WHEN range < ${String(rows)} THEN range // 3 END AS n, repeat('x', 100) AS text
      FROM range(${String(rows + 1_000)}) ORDER BY hash(range)`,
  );
});

after(() => server[Symbol.asyncDispose]());

const ticks = { name: "ticks", replicationKey: "n" };
/** Little memory, so that the tap does not run ahead. */
const settings = () => ({ url: server.url, memory_bytes_max: 1_048_576 });

interface Bookmark {
  readonly replication_key_value?: number;
  readonly boundary?: readonly string[];
  readonly complete?: boolean;
}

function bookmarkOf({ value }: SingerMessage): Bookmark {
  return value?.bookmarks?.["main-ticks"] as Bookmark;
}

/** Every state is true: all rows up to it came before it. @returns the values that were told. */
function checkStates(messages: readonly SingerMessage[]): readonly number[] {
  let least = Infinity;
  const told: number[] = [];
  for (const message of [...messages].reverse()) {
    const n = message.record?.["n"];
    if (message.type === "RECORD") {
      // Rows without a value come first, since no later run looks at them.
      least = typeof n === "number" ? Math.min(least, n) : -Infinity;
    }
    if (message.type !== "STATE") continue;
    const value = bookmarkOf(message).replication_key_value;
    assert.ok(value !== undefined && value < least, String(value));
    told.unshift(value);
  }
  return told;
}

test("a tap tells on the way how far it is, in order, and never the same twice", async () => {
  const { code, stdout, stderr } = await run(
    "tap-flightsql",
    tapArguments(folder, { ...settings(), state_every_rows: 10_000 }, ticks),
  );
  assert.equal(code, 0, stderr);
  const messages = singerMessages(stdout);
  const told = checkStates(messages);
  assert.ok(told.length >= 5, String(told));
  assert.deepEqual(
    told,
    [...new Set(told)].sort((a, b) => a - b),
  );
  assert.equal(readingOf(stdout).ids.length, rows + 1_000);
  const states = messages.filter(({ type }) => type === "STATE");
  // Three rows have each value.
  for (const state of states)
    assert.equal(bookmarkOf(state).boundary?.length, 3);
  assert.deepEqual(
    states.map((state) => bookmarkOf(state).complete ?? false),
    states.map((_, index) => index === states.length - 1),
  );
});

test("a tap tells one state when none is wanted on the way", async () => {
  const { types, ids } = await readTable(
    folder,
    { ...settings(), state_every_rows: 0, state_every_seconds: 0 },
    ticks,
  );
  assert.equal(ids.length, rows + 1_000);
  assert.equal(types.filter((type) => type === "STATE").length, 1);
  assert.equal(types.at(-1), "STATE");
});

test("a tap tells how far it is whenever the time is up", async () => {
  // Less than any batch takes.
  const every = { state_every_rows: 0, state_every_seconds: 0.000_001 };
  const { code, stdout, stderr } = await run(
    "tap-flightsql",
    tapArguments(folder, { ...settings(), ...every }, ticks),
  );
  assert.equal(code, 0, stderr);
  const told = checkStates(singerMessages(stdout));
  assert.ok(told.length >= 8, String(told));
});

for (const boundary of ["dedupe", "inclusive", "exclusive"])
  test(`SIGTERM: a tap tells what is true, and the next run loses nothing (${boundary})`, async () => {
    const config = { ...settings(), boundary };
    const program = start(
      "tap-flightsql",
      tapArguments(folder, config, ticks),
      {
        stdin: "",
        paused: true,
      },
    );
    await program.read(20_000);
    program.child.kill("SIGTERM");
    await program.until(() => program.stderr.includes("once more stops"));
    program.resume();
    const stopped = await program.ended;
    assert.equal(stopped.signal, "SIGTERM", stopped.stderr);
    const first = readingOf(stopped.stdout);
    assert.ok(first.ids.length < rows);
    assert.deepEqual(first.types.slice(-2), ["RECORD", "STATE"]);
    assert.equal(checkStates(singerMessages(stopped.stdout)).length, 1);

    const second = await readTable(folder, config, ticks, first.state);
    assert.equal(second.code, 0, second.stderr);
    const times = new Map<unknown, number>();
    for (const id of [...first.ids, ...second.ids])
      times.set(id, (times.get(id) ?? 0) + 1);
    assert.equal(times.size, rows + 1_000);
    const again = [...times.values()].filter((count) => count > 1).length;
    // Rows of the value that was not complete; told apart are only those of the one before.
    const most = boundary === "inclusive" ? 6 : 3;
    assert.ok(again <= most, String(again));
    assert.equal(first.ids.filter((id) => Number(id) >= rows).length, 1_000);
  });

test("a stream that fails tells what is true until then", async () => {
  await using other = await Server.start();
  await other.update(
    `CREATE TABLE ticks AS SELECT range AS id, range // 3 AS n, repeat('x', 100) AS text FROM range(${String(rows)})`,
  );
  const config = { ...settings(), url: other.url };
  const program = start("tap-flightsql", tapArguments(folder, config, ticks), {
    stdin: "",
    paused: true,
  });
  await program.read(20_000);
  await other.program.stop("SIGKILL");
  program.resume();
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 75, stderr);
  assert.match(stderr, /CRITICAL \[unavailable\].*main-ticks/);
  const { types } = readingOf(stdout);
  assert.deepEqual(types.slice(-2), ["RECORD", "STATE"]);
  assert.equal(checkStates(singerMessages(stdout)).length, 1);
});

test("parts of a result that are read side by side tell one state at the end", async () => {
  await using other = await Server.start(["--endpoints", "4"]);
  await other.update(
    `CREATE TABLE ticks AS SELECT range AS id, range // 3 AS n FROM range(${String(rows)})`,
  );
  const { types, ids } = await readTable(
    folder,
    { ...settings(), url: other.url, state_every_rows: 1 },
    ticks,
  );
  assert.equal(new Set(ids).size, rows);
  assert.equal(types.filter((type) => type === "STATE").length, 1);
});

test("an Airbyte source tells the same, with the rows of each state counted", async () => {
  const stream = { name: "ticks", namespace: "main", json_schema: {} };
  const entry = {
    stream,
    sync_mode: "incremental",
    destination_sync_mode: "append",
    cursor_field: ["n"],
  };
  const config = { ...settings(), state_every_rows: 10_000 };
  const args = (...more: readonly string[]) => [
    "read",
    ...["--config", folder.file("source.json", config)],
    ...["--catalog", folder.file("airbyte.json", { streams: [entry] })],
    ...more,
  ];
  const program = start("source-flightsql", args(), {
    stdin: "",
    paused: true,
  });
  await program.read(25_000);
  program.child.kill("SIGTERM");
  program.resume();
  const stopped = airbyteMessages((await program.ended).stdout);
  let counted = 0;
  let records = 0;
  let last: AirbyteState | undefined;
  for (const { record, state } of stopped) {
    if (record !== undefined) records += 1;
    if (state === undefined) continue;
    counted += Number(state.sourceStats?.recordCount);
    assert.equal(counted, records);
    last = state;
  }
  assert.ok(last !== undefined);
  assert.ok(records < rows, String(records));
  const told = stopped.filter(({ type }) => type === "STATE").length;
  assert.ok(told >= 2, `${String(told)} states of ${String(records)} rows`);
  const second = await run(
    "source-flightsql",
    args("--state", folder.file("airbyte-state.json", [last])),
  );
  assert.equal(second.code, 0, second.stdout);
  const ids = [...stopped, ...airbyteMessages(second.stdout)].flatMap(
    ({ record }) => (record === undefined ? [] : [record.data["id"]]),
  );
  assert.equal(new Set(ids).size, rows + 1_000);
  assert.ok(ids.length <= rows + 1_000 + 3);
});

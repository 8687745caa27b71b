import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, beforeEach, test } from "node:test";

import { states } from "./messages.js";
import {
  Folder,
  shell,
  start,
  type Program,
  withoutStacks,
} from "./programs.js";
import { readArguments, readers, startReader } from "./reader.js";
import { Server } from "./server.js";
import { people, person, state } from "./singer-lines.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
  await server.update(
    "CREATE VIEW long AS SELECT range AS id, repeat('x', 200) AS text FROM range(5000000)",
  );
});

beforeEach(async () => {
  await server.update("DROP TABLE IF EXISTS people");
});

after(() => server[Symbol.asyncDispose]());

function target(settings: object = {}): Program {
  const config = folder.file("target.json", { url: server.url, ...settings });
  return start("target-flightsql", ["--config", config]);
}

/** Resolves when a target has read what was written with its SCHEMA: one small write is read whole. */
function read(tables: number): Promise<void> {
  return server.until(
    "SELECT count(*) FROM duckdb_tables()",
    (rows) => rows[0]?.[0] === String(tables),
  );
}

for (const signal of ["SIGTERM", "SIGINT"] as const)
  test(`${signal}: a target loads what came, tells the last true state, and dies by the signal`, async () => {
    const program = target();
    program.write(people, person(1, "a"), state({ n: 1 }), person(2, "b"));
    await read(2);
    const ended = await program.stop(signal);
    assert.equal(ended.signal, signal, ended.stderr);
    assert.deepEqual(states(ended.stdout), [{ n: 1 }]);
    assert.deepEqual(await server.table("people"), [
      ["1", "a"],
      ["2", "b"],
    ]);
    assert.deepEqual(await server.tables(), ["people"]);
  });

test("SIGTERM: an overwrite is given up, and no state of it is told", async () => {
  await server.update("CREATE TABLE people AS SELECT 7 AS id, 'old' AS name");
  const program = target({ load_method: "overwrite" });
  program.write(people, person(1, "a"), state({ n: 1 }));
  await read(2);
  const ended = await program.stop("SIGTERM");
  assert.equal(ended.signal, "SIGTERM", ended.stderr);
  assert.equal(ended.stdout, "");
  assert.deepEqual(await server.table("people"), [["7", "old"]]);
  assert.deepEqual(await server.tables(), ["people"]);
});

test("a second SIGTERM stops at once, and nothing is told that is not durable", async () => {
  const program = target();
  program.write(people, person(1, "a"), state({ n: 1 }));
  await read(2);
  // A server that does not answer keeps the first SIGTERM waiting.
  server.program.child.kill("SIGSTOP");
  try {
    program.child.kill("SIGTERM");
    await program.until(() => program.stderr.includes("once more stops"));
    const ended = await program.stop("SIGTERM");
    assert.equal(ended.signal, "SIGTERM");
    assert.equal(ended.stdout, "");
    // Not because the time was up that the first one gives.
    assert.doesNotMatch(ended.stderr, /CRITICAL/);
  } finally {
    server.program.child.kill("SIGCONT");
  }
});

for (const reader of readers)
  test(`SIGTERM: ${reader.bin} leaves whole lines, and no state of what it did not finish`, async () => {
    const program = startReader(reader, folder, server.url, "long", false);
    await program.until(() => program.lines.length > 1000);
    const { signal, stdout, stderr } = await program.stop("SIGTERM");
    assert.equal(signal, "SIGTERM", stderr);
    assert.doesNotMatch(withoutStacks(stderr), /CRITICAL|^ +at /m);
    const types = reader.types(stdout);
    assert.ok(types.includes("RECORD"));
    assert.ok(!types.includes("STATE") && !types.includes("COMPLETE"));
  });

test("a tap that nobody reads ends with the second SIGTERM", async () => {
  const [reader] = readers;
  assert.ok(reader !== undefined);
  const program = startReader(reader, folder, server.url, "long", true);
  await program.read(10);
  program.child.kill("SIGTERM");
  await program.until(() => program.stderr.includes("once more stops"));
  const exit = once(program.child, "exit");
  program.child.kill("SIGTERM");
  assert.deepEqual(await exit, [null, "SIGTERM"]);
  program.resume();
  await program.ended;
});

for (const reader of readers)
  test(`${reader.bin} ends quietly when its reader goes away`, async () => {
    const args = readArguments(reader, folder, server.url, "long");
    const name = reader.bin.replace("-flightsql", "");
    const { stdout, stderr } = await shell(
      `{ ${name} ${args.join(" ")}; echo code $? >&2; } | head -n 1`,
    );
    assert.equal(reader.types(stdout).length, 1);
    assert.match(stderr, /^code 141$/m);
    assert.doesNotMatch(
      withoutStacks(stderr),
      /EPIPE|^ +at |CRITICAL|ERROR|Error/m,
    );
  });

test("a target whose reader goes away ends quietly too", async () => {
  const config = folder.file("target.json", {
    url: server.url,
    state_wait_seconds: 0,
  });
  const { stderr } = await shell(
    `{ target --config ${config}; echo code $? >&2; } | true`,
    { stdin: `${people}\n${person(1, "a")}\n${state(1)}\n` },
  );
  assert.match(stderr, /^code 141$/m);
  assert.doesNotMatch(
    withoutStacks(stderr),
    /EPIPE|^ +at |CRITICAL|ERROR|Error/m,
  );
});

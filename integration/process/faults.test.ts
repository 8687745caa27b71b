import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";

import { states } from "./messages.js";
import { Folder, Program, start, withoutStacks } from "./programs.js";
import { readers, startReader } from "./reader.js";
import { Server } from "./server.js";
import { people, person, state } from "./singer-lines.js";

const folder = new Folder();

/** More than the pipe, the memory limit and the flow-control window hold together, so that a stalled tap is in mid-stream. */
const long =
  "CREATE VIEW long AS SELECT range AS id, repeat('x', 200) AS text FROM range(500000)";

for (const reader of readers)
  test(`the server dies while ${reader.bin} reads: whole lines, no state, and the stream is said to have failed`, async () => {
    const server = await Server.start();
    await server.update(long);
    const program = startReader(reader, folder, server.url, "long", true);
    // The first of these lines announce the stream, the others are rows.
    await program.read(10);
    await server.kill();
    program.resume();
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 75, stderr);
    assert.match(stderr, /^CRITICAL \[unavailable\] .*long\)$/m);
    assert.doesNotMatch(withoutStacks(stderr), /^ +at /m);
    const types = reader.types(stdout);
    assert.ok(types.includes("RECORD"));
    assert.ok(!types.includes("STATE") && !types.includes("COMPLETE"));
    if (types.includes("STARTED")) assert.ok(types.includes("INCOMPLETE"));
  });

test("the server dies while the target loads: the states told before are true, and it says what it could not reach", async () => {
  const database = folder.at("killed.duckdb");
  const server = await Server.start(["--database", database]);
  const config = folder.file("target.json", {
    url: server.url,
    state_wait_seconds: 0,
  });
  const program = start("target-flightsql", ["--config", config]);
  program.write(people, person(1, "Ada"), state({ n: 1 }));
  await program.until(() => program.lines.length === 1);
  await server.kill();
  program.write(person(2, "Bo"), state({ n: 2 }));
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 75, stderr);
  assert.match(stderr, /^CRITICAL \[unavailable\] .*people\)$/m);
  assert.doesNotMatch(withoutStacks(stderr), /^ +at /m);
  assert.deepEqual(states(stdout), [{ n: 1 }]);

  await using again = await Server.start(["--database", database]);
  assert.deepEqual(await again.table("people"), [["1", "Ada"]]);
});

test("the disk of the server is full: the load fails with the server's words and leaves nothing of its rows", async () => {
  // A limit on the size of files is the full disk that needs no rights.
  const database = folder.at("full.duckdb");
  const blocks = 4 * 1024 * 2;
  const serve = new Program("sh", [
    "-c",
    `ulimit -f ${String(blocks)}; exec "$NODE" dist/bin/flightsync.js serve --port 0 --database "${database}"`,
  ]);
  await using server = await Server.of(serve);
  const config = folder.file("target.json", {
    url: server.url,
    state_wait_seconds: 0,
  });
  const program = start("target-flightsql", ["--config", config]);
  program.write(people, person(0, "before"), state({ n: 0 }));
  await program.until(() => program.lines.length === 1);
  for (let id = 1; id < 256; id++) program.write(person(id, noise(id)));
  program.write(state({ n: 1 }));
  program.close();
  const { code, stdout, stderr } = await program.ended;
  assert.notEqual(code, 0, stderr);
  assert.match(stderr, /^CRITICAL .*(write|space|File too large).*people\)$/im);
  assert.deepEqual(states(stdout), [{ n: 0 }]);
  assert.deepEqual(await server.table("people"), [["0", "before"]]);
});

/** 64 KiB of text that does not compress, the same for the same number. */
function noise(number: number): string {
  const iv = Buffer.alloc(16, number);
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), iv);
  return cipher.update(Buffer.alloc(49_152)).toString("base64");
}

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { states } from "./messages.js";
import { Folder, start, type Program } from "./programs.js";
import { Server } from "./server.js";
import { people, person, record, schema, state } from "./singer-lines.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
});

beforeEach(async () => {
  await server.update("DROP TABLE IF EXISTS people");
});

after(() => server[Symbol.asyncDispose]());

function target(settings: object = {}): Program {
  const config = folder.file("target.json", { url: server.url, ...settings });
  return start("target-flightsql", ["--config", config]);
}

test("a state that may not wait is told in mid-stream, when its rows can be read", async () => {
  const program = target({ state_wait_seconds: 0 });
  program.write(people, person(1, "Ada"), state({ n: 1 }));
  await program.until(() => program.lines.length === 1);
  assert.deepEqual(await server.table("people"), [["1", "Ada"]]);
  program.write(person(2, "Bo"), state({ n: 2 }));
  await program.until(() => program.lines.length === 2);
  assert.deepEqual(await server.table("people"), [
    ["1", "Ada"],
    ["2", "Bo"],
  ]);
  program.close();
  const { code, stdout } = await program.ended;
  assert.equal(code, 0);
  assert.deepEqual(states(stdout), [{ n: 1 }, { n: 2 }]);
});

test("a state is given back with every key and digit", async () => {
  const program = target();
  const text = '{ "n": 12345678901234567890.10, "ü": [1e400, null], "n2": -0 }';
  program.write(
    people,
    person(1, "Ada"),
    `{"type": "STATE", "value": ${text}}`,
  );
  program.close();
  const { stdout } = await program.ended;
  assert.equal(stdout, `${text}\n`);
});

test("a state waits no longer than its rows: a full batch is enough", async () => {
  const program = target({ batch_size_rows: 2 });
  program.write(people, person(1, "Ada"), person(2, "Bo"), state({ n: 1 }));
  // The batch is handed on when a state waits for it or 8,192 rows are there; fill it.
  program.write(...Array.from({ length: 10_000 }, (_, n) => person(n, "x")));
  await program.until(() => program.lines.length === 1);
  const rows = await server.rows("SELECT count(*) >= 2 FROM people");
  assert.deepEqual(rows, [["true"]]);
  program.close();
  const { code, stdout } = await program.ended;
  assert.equal(code, 0);
  assert.deepEqual(states(stdout), [{ n: 1 }]);
});

test("a state is not told while rows of another stream before it wait, and a failing stream holds it for ever", async () => {
  await server.update("CREATE TABLE strict (id BIGINT, n INTEGER)");
  const program = target({ load_method: "append-only", batch_size_rows: 1 });
  program.write(
    people,
    schema("strict", { id: { type: "integer" }, n: { type: "string" } }),
    person(1, "Ada"),
    state({ n: 1 }),
    record("strict", { id: 1, n: "no number" }),
    person(2, "Bo"),
    state({ n: 2 }),
  );
  program.close();
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /CRITICAL.*no number.*strict/);
  assert.deepEqual(states(stdout), [{ n: 1 }]);
  assert.deepEqual(await server.table("strict"), []);
});

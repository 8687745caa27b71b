import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { Folder } from "./programs.js";
import { Server } from "./server.js";
import { readTable } from "./tap.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
});

beforeEach(async () => {
  await server.update(
    `CREATE OR REPLACE TABLE ticks AS SELECT range AS id, TIMESTAMP '2024-01-01' + to_minutes(range // 3) AS "at",
      'n' || range AS note FROM range(9)`,
  );
});

after(() => server[Symbol.asyncDispose]());

const read = (state?: unknown, settings: object = {}) =>
  readTable(
    folder,
    { url: server.url, ...settings },
    { name: "ticks", replicationKey: "at" },
    state,
  );

/** `at` of the last three rows. */
const last = "TIMESTAMP '2024-01-01 00:02'";

test("a run without news sends nothing, however many rows stand at the last value", async () => {
  const first = await read();
  assert.equal(first.ids.length, 9);
  const second = await read(first.state);
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(second.ids, []);
  assert.deepEqual(second.state, first.state);
});

test("of the last value only what is new or changed is sent, and then no more", async () => {
  const { state } = await read();
  await server.update(
    "UPDATE ticks SET note = 'changed' WHERE id = 7",
    `INSERT INTO ticks VALUES (100, ${last}, 'late')`,
    // An equal row is another row.
    "INSERT INTO ticks FROM ticks WHERE id = 8",
    "DELETE FROM ticks WHERE id = 6",
  );
  const second = await read(state);
  assert.deepEqual([...second.ids].sort(), [100, 7, 8]);
  const third = await read(second.state);
  assert.deepEqual(third.ids, []);
  await server.update(
    `INSERT INTO ticks VALUES (200, ${last}, 'later'), (300, ${last} + to_minutes(1), 'next')`,
  );
  const fourth = await read(third.state);
  assert.deepEqual(fourth.ids, [200, 300]);
});

test("who selects another column gets the rows at the last value again", async () => {
  const { state } = await read();
  const fewer = await readTable(
    folder,
    { url: server.url },
    {
      name: "ticks",
      replicationKey: "at",
      entry: { schema: { properties: { id: {}, at: {} } } },
    },
    state,
  );
  assert.deepEqual(fewer.ids, [6, 7, 8]);
});

test("inclusive sends the rows at the last value again, exclusive does not look at them", async () => {
  const bookmark = {
    replication_key: "at",
    replication_key_value: "2024-01-01T00:02:00.000000",
    complete: true,
  };
  const { state } = await read(undefined, { boundary: "inclusive" });
  assert.deepEqual(state, { bookmarks: { "main-ticks": bookmark } });
  await server.update(`INSERT INTO ticks VALUES (100, ${last}, 'late')`);
  const inclusive = await read(state, { boundary: "inclusive" });
  assert.deepEqual(inclusive.ids, [6, 7, 8, 100]);
  const exclusive = await read(state, { boundary: "exclusive" });
  assert.deepEqual(exclusive.ids, []);
  assert.deepEqual(exclusive.state, state);
  await server.update(
    `INSERT INTO ticks VALUES (300, ${last} + to_minutes(1), 'next')`,
  );
  const next = await read(state, { boundary: "exclusive" });
  assert.deepEqual(next.ids, [300]);
});

test("too many rows at the last value are read again, and that is said", async () => {
  await server.update(
    `INSERT INTO ticks SELECT 1000 + range, ${last}, 'many' FROM range(9997)`,
  );
  const known = await read();
  assert.equal((await read(known.state)).ids.length, 0);
  await server.update(`INSERT INTO ticks VALUES (100, ${last}, 'one more')`);
  const more = await read(known.state);
  assert.deepEqual(more.ids, [100]);
  assert.match(
    more.stderr,
    /WARN.*main-ticks has more than 10000 rows with at = 2024-01-01T00:02:00\.000000.*reads all of them again/,
  );
  assert.deepEqual(more.state, {
    bookmarks: {
      "main-ticks": {
        replication_key: "at",
        replication_key_value: "2024-01-01T00:02:00.000000",
        boundary: "inclusive",
        complete: true,
      },
    },
  });
  assert.equal((await read(more.state)).ids.length, 10_001);
});

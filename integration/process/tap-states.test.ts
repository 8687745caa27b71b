import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Folder } from "./programs.js";
import { Server } from "./server.js";
import { readTable } from "./tap.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
  await server.update(
    `CREATE TABLE days AS SELECT range AS id, DATE '2024-01-01' + range::INTEGER AS day,
      TIMESTAMP '2024-01-01' + to_days(range::INTEGER) AS "at" FROM range(5)`,
  );
});

after(() => server[Symbol.asyncDispose]());

const read = (replicationKey: string | undefined, bookmark: object) =>
  readTable(
    folder,
    { url: server.url, boundary: "inclusive" },
    { name: "days", ...(replicationKey !== undefined && { replicationKey }) },
    { currently_syncing: null, bookmarks: { "main-days": bookmark } },
  );

const all = [0, 1, 2, 3, 4];

for (const [what, key, bookmark, position] of [
  [
    "the SDK",
    "at",
    {
      replication_key: "at",
      replication_key_value: "2024-01-04T00:00:00+00:00",
      starting_replication_value: "2024-01-01T00:00:00+00:00",
    },
    "2024-01-05T00:00:00.000000",
  ],
  [
    "pipelinewise, which keeps dates as midnight",
    "day",
    {
      last_replication_method: "INCREMENTAL",
      version: 1704067200000,
      replication_key: "day",
      replication_key_value: "2024-01-04T00:00:00+00:00",
    },
    "2024-01-05",
  ],
  [
    "an older tap",
    "at",
    { at: "2024-01-04T00:00:00Z" },
    "2024-01-05T00:00:00.000000",
  ],
] as const)
  test(`a state of ${what} is gone on from`, async () => {
    const { ids, state, code, stderr } = await read(key, bookmark);
    assert.equal(code, 0, stderr);
    assert.deepEqual(ids, [3, 4]);
    assert.deepEqual(state, {
      bookmarks: {
        "main-days": {
          replication_key: key,
          replication_key_value: position,
          complete: true,
        },
      },
    });
    assert.doesNotMatch(stderr, /read anew/);
  });

for (const [what, key, bookmark, reason] of [
  [
    "another method",
    undefined,
    { replication_key: "id", replication_key_value: 3 },
    /WARN.*main-days is read anew: its replication method was INCREMENTAL and is FULL_TABLE now/,
  ],
  [
    "a full table",
    "id",
    { last_replication_method: "FULL_TABLE", version: 1 },
    /WARN.*main-days is read anew: its replication method was FULL_TABLE and is INCREMENTAL now/,
  ],
  [
    "another key",
    "day",
    { replication_key: "id", replication_key_value: 3 },
    /WARN.*main-days is read anew: the replication key was id and is day now/,
  ],
  [
    "another type",
    "day",
    { replication_key: "day", replication_key_value: 3 },
    /WARN.*main-days is read anew: the state stands at "3", which is no value of day, date32/,
  ],
  [
    "a table that had more",
    "id",
    { replication_key: "id", replication_key_value: 99 },
    /WARN.*main-days is read anew: the state stands at 99, behind the largest id of the table \(4\)/,
  ],
] as const)
  test(`a state of ${what} is not used, and that is said`, async () => {
    const { ids, code, stderr } = await read(key, bookmark);
    assert.equal(code, 0, stderr);
    assert.deepEqual([...ids].sort(), all);
    assert.match(stderr, reason);
  });

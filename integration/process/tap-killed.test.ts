import assert from "node:assert/strict";
import { test } from "node:test";

import { states } from "./messages.js";
import { Folder, run } from "./programs.js";
import { Server } from "./server.js";
import { tapArguments } from "./tap.js";

const folder = new Folder();

/** Ties, rows without a value, and no order in the table. */
const rows = 30_000;
const source = `SELECT range AS id, CASE WHEN range % 100 > 0 THEN TIMESTAMP '2024-01-01' + to_seconds(range // 7) END AS "at",
  'n' || range AS note FROM range(${String(rows)}) ORDER BY hash(range)`;

/** Where each run of the tap is killed, as parts of what it would have said; the last one is not. */
const kills = [0.001, 0.3, 0.55, 0.9, 0.37, 1];

/**
 * A tap killed at some byte leaves what it wrote until then: a part of a line at the end, and states behind rows.
 * @returns bytes that each run of the tap would have said.
 */
async function pipeline(server: Server, load_method: string) {
  const { url } = server;
  const config = { url, state_every_rows: 2_000, memory_bytes_max: 1_048_576 };
  const target = folder.file("target.json", {
    url,
    load_method,
    default_target_schema: "loaded",
    state_wait_seconds: 0,
  });
  const table = { name: "ticks", replicationKey: "at" };
  const entry = { key_properties: ["id"] };
  const sizes: number[] = [];
  let state: unknown;
  for (const part of kills) {
    const tap = await run(
      "tap-flightsql",
      tapArguments(folder, config, { ...table, entry }, state),
    );
    assert.equal(tap.code, 0, tap.stderr);
    const said = tap.stdout.slice(0, Math.floor(part * tap.stdout.length));
    sizes.push(tap.stdout.length);
    const loaded = await run("target-flightsql", ["--config", target], {
      stdin: said,
    });
    assert.ok(part < 1 || loaded.code === 0, loaded.stderr);
    state = states(loaded.stdout).at(-1) ?? state;
  }
  return sizes;
}

for (const method of ["upsert", "append-only"])
  test(`a tap that is killed again and again goes on where its rows are durable (${method})`, async () => {
    await using server = await Server.start(["--batch-rows", "1000"]);
    await server.update(`CREATE TABLE ticks AS ${source}`);
    const sizes = await pipeline(server, method);
    const distinct = method === "upsert" ? "" : "DISTINCT";
    const loaded = `SELECT ${distinct} id, "at", note FROM loaded.ticks`;
    const wrong = await server.rows(
      `(FROM ticks EXCEPT ALL ${loaded}) UNION ALL (${loaded} EXCEPT ALL FROM ticks)`,
    );
    assert.deepEqual(wrong, []);
    // Each run begins behind the one before it.
    const [whole = 0] = sizes;
    assert.ok((sizes.at(-1) ?? whole) < 0.5 * whole, String(sizes));
  });

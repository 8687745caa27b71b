import assert from "node:assert/strict";
import { test } from "node:test";

import { Folder } from "../process/programs.js";
import { Server } from "../process/server.js";
import { pipelines, violations } from "./pipelines.js";
import { Pipe } from "./pipe.js";
import { seeded } from "./seeded.js";

/** How many programs are killed, and what chooses which and when: `FAULTS=200 FAULT_SEED=7`. */
const kills = Number(process.env["FAULTS"] ?? 25);
const seed = Number(process.env["FAULT_SEED"] ?? Date.now() % 100_000);

const tables = [
  `CREATE TABLE ticks AS SELECT range AS id, TIMESTAMP '2024-01-01' + to_seconds(range // 7) AS "at", 'n' || range AS note FROM range(20000)`,
  `CREATE TABLE accounts AS SELECT range AS id, 1 AS changed, range * 1.25::DECIMAL(9, 2) AS amount FROM range(20000)`,
  `CREATE TABLE people AS SELECT range AS id, 1 AS generation, 'p' || range AS name FROM range(20000)`,
];

/** What changes in the source between two runs. */
function changes(round: number, any: (below: number) => number): string[] {
  const n = String(round);
  return [
    `INSERT INTO ticks SELECT max_id + range + 1, max_at + to_seconds(range // 3), 'n${n}' FROM range(1500), (SELECT max(id) AS max_id, max("at") AS max_at FROM ticks)`,
    `UPDATE accounts SET changed = ${n}, amount = amount + 1 WHERE id % 13 = ${String(any(13))}`,
    `INSERT INTO accounts SELECT max_id + range + 1, ${n}, 0 FROM range(500), (SELECT max(id) AS max_id FROM accounts)`,
    `DELETE FROM people WHERE id % 97 = ${String(any(97))}`,
    `INSERT INTO people SELECT max_id + range + 1, 0, 'new' FROM range(300), (SELECT max(id) AS max_id FROM people)`,
    `UPDATE people SET generation = ${n}`,
  ];
}

test(`programs are killed ${String(kills)} times, and the tables are those of the source in the end (seed ${String(seed)})`, async (context) => {
  const any = seeded(seed);
  const folder = new Folder();
  await using server = await Server.start(["--batch-rows", "1000"]);
  await server.update(...tables);
  const pipes: { readonly pipe: Pipe; readonly duration: number }[] = [];
  for (const pipeline of pipelines) {
    // How long a run takes here, into tables that nobody looks at.
    const scratch = new Pipe(folder, server.url, pipeline, "scratch");
    const duration = await scratch.run();
    const pipe = new Pipe(folder, server.url, pipeline, pipeline.name);
    pipes.push({ pipe, duration });
  }
  await server.update("DROP SCHEMA scratch CASCADE");

  const hits = new Map<string, number>();
  for (let round = 2, hit = 0; hit < kills; round += 1) {
    await server.update(...changes(round, any));
    const chosen = pipes[any(pipes.length)];
    assert.ok(chosen !== undefined);
    const { pipe, duration } = chosen;
    const { pipeline } = pipe;
    const victim = any(2) === 0 ? "tap" : "target";
    const signal = any(2) === 0 ? "SIGKILL" : "SIGTERM";
    const moment = ((20 + any(90)) / 100) * duration;
    const what = `${pipeline.name}: ${signal} to the ${victim} after ${moment.toFixed(0)} ms (round ${String(round)}, seed ${String(seed)})`;
    if (await pipe.interrupted(victim, signal, moment)) {
      hit += 1;
      const kind = `${pipeline.name} ${signal} ${victim}`;
      hits.set(kind, (hits.get(kind) ?? 0) + 1);
    }
    assert.deepEqual(await violations(server, pipeline), [], what);
  }
  for (const [kind, count] of [...hits].sort())
    context.diagnostic(`${kind}: ${String(count)}`);

  for (const { pipe } of pipes) {
    await pipe.run();
    for (const difference of pipe.pipeline.differences)
      assert.deepEqual(await server.rows(difference), [], difference);
  }
  // Nothing is left of the runs that died.
  const all = ["accounts", "accounts", "people", "people", "people", "ticks"];
  assert.deepEqual(await server.tables(), [...all, "ticks"]);
});

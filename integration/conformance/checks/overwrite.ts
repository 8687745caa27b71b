import assert from "node:assert/strict";
import { setImmediate, setTimeout } from "node:timers/promises";

import type { Check } from "../check.js";
import { startLoad, tablesOf, type Loading } from "../loading.js";
import type { Subject } from "../subject.js";
import { eventually } from "../within.js";
import { otherMode } from "../twins.js";

const table = "overwritten";
const columns = { id: "integer", version: "integer" } as const;

/** Each version has another number of rows, so that half a table is neither of two. */
function rowsOf(version: number): number {
  return 18_000 + version * 1_000;
}

/** What a reader sees of a whole table. */
function whole(version: number): string {
  return `${String(rowsOf(version))} rows of version ${String(version)} to ${String(version)}`;
}

async function look(subject: Subject): Promise<string> {
  const values = ["count(*)", "min(version)", "max(version)"];
  const texts = values.map((value) => subject.quirks.text(value));
  const [row = []] = await subject.destination.query(
    `SELECT ${texts.join(", ")} FROM ${subject.table(table)}`,
  );
  return `${String(row[0])} rows of version ${String(row[1])} to ${String(row[2])}`;
}

/** Looks at the table again and again while something runs. */
async function watched(
  subject: Subject,
  running: Promise<unknown>,
): Promise<readonly string[]> {
  const sights = new Set<string>();
  const ended = running.then(() => "ended" as const);
  for (;;) {
    sights.add(await look(subject));
    const now = await Promise.race([ended, setImmediate("running" as const)]);
    if (now === "ended") return [...sights];
  }
}

async function start(subject: Subject): Promise<Loading> {
  const mode = subject.format.modes.overwrite;
  const settings = { batch_size_rows: 5_000 };
  return await startLoad(subject, { table, columns, key: [], mode }, settings);
}

async function feed(
  { program, lines }: Loading,
  version: number,
  from: number,
  to: number,
): Promise<void> {
  const text: string[] = [];
  for (let id = from; id < to; id++) text.push(lines.record({ id, version }));
  await program.write(text);
}

/** A load to its end. */
async function replace(subject: Subject, version: number): Promise<void> {
  const load = await start(subject);
  await feed(load, version, 0, rowsOf(version));
  await load.program.write(load.lines.complete(rowsOf(version)));
  const { code, log } = await load.program.finish();
  assert.equal(code, 0, log);
}

/** Kills a load when half of its rows are on the server. */
async function killInTheMiddle(
  subject: Subject,
  version: number,
): Promise<void> {
  const load = await start(subject);
  await feed(load, version, 0, rowsOf(version) / 2);
  const isHalfLoaded = async () => {
    for (const name of await tablesOf(subject)) {
      const [row] = await subject.destination.query(
        `SELECT ${subject.quirks.text("count(*)")} FROM ${subject.table(name)} WHERE version = ${String(version)}`,
      );
      if (Number(row?.[0]) > 0) return true;
    }
    return false;
  };
  await eventually(10_000, isHalfLoaded, "rows of the killed load came");
  load.program.kill("SIGKILL");
  await load.program.ended;
}

/** Kills a load some milliseconds after the end of its input, which is about when its table is swapped in. */
async function killInTheSwap(
  subject: Subject,
  version: number,
  milliseconds: number,
): Promise<void> {
  const load = await start(subject);
  await feed(load, version, 0, rowsOf(version));
  await load.program.write(load.lines.complete(rowsOf(version)));
  load.program.end();
  // Nothing can be waited for: the kill is to hit any moment.
  await setTimeout(milliseconds);
  load.program.kill("SIGKILL");
  await load.program.ended;
}

export const overwrite: Check = {
  name: "overwrites a table whole or not at all, under readers and kill -9",
  async run(subject) {
    await replace(subject, 1);
    assert.equal(await look(subject), whole(1), "the first load");

    const during = await watched(subject, killInTheMiddle(subject, 2));
    assert.deepEqual(during, [whole(1)], "a reader saw a load that was killed");

    let seen = await watched(subject, replace(subject, 3));
    assert.deepEqual(
      seen.filter((sight) => sight !== whole(1) && sight !== whole(3)),
      [],
      "a reader saw neither the old table nor the new one",
    );
    assert.equal(await look(subject), whole(3), "the load after the kill");
    assert.deepEqual(await tablesOf(subject), [table], "something was left");

    let current = 3;
    for (const [index, milliseconds] of [0, 5, 15, 30].entries()) {
      const version = 4 + index;
      seen = await watched(
        subject,
        killInTheSwap(subject, version, milliseconds),
      );
      const last = await look(subject);
      assert.deepEqual(
        [...seen, last].filter(
          (sight) => sight !== whole(current) && sight !== whole(version),
        ),
        [],
        "a reader saw half a swap",
      );
      if (last === whole(version)) current = version;
    }
    await replace(subject, 9);
    assert.equal(await look(subject), whole(9), "the last load");
    assert.deepEqual(await tablesOf(subject), [table], "something was left");
  },
  twins: [
    {
      does: "empties the table and fills it again",
      fault: (subject) => ({
        ...otherMode("append")(subject),
        before: async () => {
          if ((await tablesOf(subject)).includes(table))
            await subject.destination.run(
              `DELETE FROM ${subject.table(table)}`,
            );
        },
      }),
      because: /^a reader saw/,
    },
    {
      does: "leaves its staging behind",
      fault: (subject) => ({
        role: "destination",
        before: async () => {
          await subject.destination.run(
            `CREATE TABLE IF NOT EXISTS ${subject.table(`${table}__fs_left`)} AS SELECT 1 AS version`,
          );
        },
      }),
      because: /^something was left/,
    },
  ],
};

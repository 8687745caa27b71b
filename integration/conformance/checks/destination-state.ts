import assert from "node:assert/strict";

import type { WriteMode } from "../../../src/catalog.js";
import type { Check } from "../check.js";
import { loadedRows, startLoad, type Loading } from "../loading.js";
import type { Subject } from "../subject.js";
import { statesAtOnce } from "../twins.js";
import { within } from "../within.js";

const columns = { id: "integer", name: "string" } as const;

/** Feeds rows numbered from `from` up to `to`. */
async function feed(
  { program, lines }: Loading,
  from: number,
  to: number,
): Promise<void> {
  const text: string[] = [];
  for (let id = from; id < to; id++)
    text.push(lines.record({ id, name: `row ${String(id)}` }));
  await program.write(text);
}

/** The next number that the destination gives back. */
async function nextState(
  { format }: Subject,
  output: AsyncGenerator<string>,
  what: string,
): Promise<number> {
  const find = async () => {
    for (;;) {
      const next = await output.next();
      if (next.done === true) return NaN;
      const number = format.givenBack(next.value);
      if (number !== undefined) return number;
    }
  };
  return await within(8_000, find(), `the state ${what}`);
}

async function countOf(subject: Subject, table: string): Promise<number> {
  return (await loadedRows(subject, table, ["id"])).length;
}

/** States of a load that goes on, and then its last one. */
async function checkMode(subject: Subject, mode: WriteMode): Promise<void> {
  const table = `told_${mode}`;
  const plan = {
    table,
    columns,
    key: ["id"],
    mode: subject.format.modes[mode],
  };
  const load = await startLoad(subject, plan, { state_wait_seconds: 0.2 });
  const output = load.program.lines();
  let rows = 0;
  // An overwrite can tell nothing before its swap, which comes at the end.
  const steps = mode === "overwrite" ? [] : [3, 9_000, 100];
  for (const step of steps) {
    await feed(load, rows, rows + step);
    rows += step;
    await load.program.write([load.lines.state(rows)]);
    const told = await nextState(subject, output, `of ${String(rows)} rows`);
    const visible = await countOf(subject, table);
    assert.ok(
      visible >= told,
      `${mode}: ${String(told)} rows were told, ${String(visible)} are visible`,
    );
    assert.equal(told, rows, `${mode}: the state came back changed`);
  }
  await feed(load, rows, rows + 500);
  rows += 500;
  await load.program.write(load.lines.complete(rows));
  load.program.end();
  const last = await nextState(subject, output, "at the end");
  const visible = await countOf(subject, table);
  assert.equal(
    visible,
    last,
    `${mode}: ${String(last)} rows were told at the end, ${String(visible)} are visible`,
  );
  assert.equal(last, rows, `${mode}: the last state came back changed`);
  assert.equal((await load.program.ended).code, 0, load.program.log);
}

export const destinationState: Check = {
  name: "gives a state back soon, and only when every row before it can be seen by others",
  async run(subject) {
    for (const mode of subject.quirks.writeModes)
      await checkMode(subject, mode);
  },
  twins: [
    {
      does: "gives every state back at once",
      fault: statesAtOnce,
      because: /rows were told(?: at the end)?, \d+ are visible/,
    },
    {
      does: "tells states only at the end",
      fault: () => ({
        role: "destination",
        settings: (given) => ({ ...given, state_wait_seconds: 3600 }),
      }),
      because: /^the state of 3 rows did not come/,
    },
  ],
};

export const killedDestination: Check = {
  name: "has told no state that a kill -9 makes untrue",
  async run(subject) {
    const mode = "append";
    const table = "killed";
    const plan = { table, columns, key: [], mode: subject.format.modes[mode] };
    let rows = 0;
    let told = 0;
    for (const killAfter of [1, 3]) {
      const settings = { batch_size_rows: 5_000 };
      const load = await startLoad(subject, plan, settings);
      const before = await countOf(subject, table);
      let states = 0;
      told = 0;
      const reading = (async () => {
        for await (const line of load.program.lines()) {
          const state = subject.format.givenBack(line);
          // Airbyte's logs are lines too.
          if (state === undefined) continue;
          told = state;
          states += 1;
          if (states === killAfter) load.program.kill("SIGKILL");
        }
      })();
      for (rows = 0; rows < 200_000 && states < killAfter; rows += 2_000) {
        await feed(load, rows, rows + 2_000);
        await load.program.write([load.lines.state(rows + 2_000)]);
      }
      await load.program.ended;
      await reading;
      const loaded = (await countOf(subject, table)) - before;
      assert.ok(told > 0, "no state was told before the end of the input");
      assert.ok(
        loaded >= told,
        `${String(told)} rows were told, ${String(loaded)} survived the kill`,
      );
    }
  },
  twins: [
    {
      does: "gives every state back at once",
      fault: statesAtOnce,
      because: /rows were told, \d+ survived the kill/,
    },
  ],
};

import assert from "node:assert/strict";

import type { Check } from "../check.js";
import { loadedRows, startLoad } from "../loading.js";
import type { Subject } from "../subject.js";
import { createGenerated } from "../tables.js";
import { statesAtOnce } from "../twins.js";
import { eventually, within } from "../within.js";

const table = "long";

async function drain(lines: AsyncGenerator<string>): Promise<void> {
  let next = await lines.next();
  while (next.done !== true) next = await lines.next();
}

async function killInMidRead(
  subject: Subject,
  signal: NodeJS.Signals,
): Promise<void> {
  const { source } = subject;
  const before = await source.openCalls();
  const program = await subject.reading([{ table }]);
  const lines = program.lines();
  for (let count = 0; count < 1_000; count++) {
    const { done } = await within(20_000, lines.next(), "a record");
    assert.notEqual(done, true, `it ended by itself: ${program.log}`);
  }
  // Nobody reads on, so the source waits with its calls open.
  await eventually(
    5_000,
    async () => (await source.openCalls()) > before,
    "the server has a call open while the table is read",
  );
  program.kill(signal);
  await eventually(
    5_000,
    async () => (await source.openCalls()) <= before,
    `after ${signal} the server has no call open`,
  );
  const [end] = await Promise.all([program.ended, drain(lines)]);
  assert.equal(end.signal, signal, `it ended with ${String(end.code)}`);
}

export const cancel: Check = {
  name: "leaves no call open on the server when it is stopped in mid-read",
  async run(subject) {
    await createGenerated(subject, table, 300_000);
    for (const signal of ["SIGTERM", "SIGKILL"] as const)
      await killInMidRead(subject, signal);
    await subject.source.run(`DROP TABLE ${subject.table(table)}`);
  },
  twins: [
    {
      does: "only pauses",
      fault: () => ({ role: "source", signal: () => "SIGSTOP" }),
      because: /^after SIGTERM the server has no call open: not so/,
    },
  ],
};

export const cancelLoad: Check = {
  name: "on SIGTERM makes durable what came, tells its state and leaves no call open",
  async run(subject) {
    const { format, destination, quirks } = subject;
    for (const mode of quirks.writeModes) {
      // What an overwrite staged is given up.
      if (mode === "overwrite") continue;
      const stopped = `stopped_${mode}`;
      const before = await destination.openCalls();
      const { program, lines } = await startLoad(subject, {
        table: stopped,
        columns: { id: "integer" },
        key: ["id"],
        mode: format.modes[mode],
      });
      for (let id = 1; id <= 20_000; id++)
        await program.write([lines.record({ id })]);
      await program.write([lines.state(20_000)]);
      // Rows that no state stands for: some may come, none must.
      await program.write([lines.record({ id: 20_001 })]);
      await eventually(
        10_000,
        async () => (await destination.openCalls()) > before,
        `${mode}: the server has a call open while it is loaded`,
      );
      program.kill("SIGTERM");
      const finished = await program.finish();
      assert.equal(finished.signal, "SIGTERM", finished.log);
      const told = finished.lines.map((line) => format.givenBack(line));
      assert.ok(told.includes(20_000), `${mode}: the state was not told`);
      const rows = await loadedRows(subject, stopped, ["id"]);
      assert.ok(rows.length >= 20_000, `${mode}: ${String(rows.length)} rows`);
      await eventually(
        5_000,
        async () => (await destination.openCalls()) <= before,
        `${mode}: the server has no call open after SIGTERM`,
      );
    }
  },
  twins: [
    {
      does: "dies without a word",
      fault: () => ({
        role: "destination",
        signal: () => "SIGKILL",
        end: () => ({ code: null, signal: "SIGTERM" }),
      }),
      because: /the state was not told/,
    },
    {
      does: "tells its state and loads nothing",
      fault: (subject) => ({
        ...statesAtOnce(subject),
        signal: () => "SIGKILL",
        end: () => ({ code: null, signal: "SIGTERM" }),
      }),
      because: /^\w+: \d+ rows/,
    },
  ],
};

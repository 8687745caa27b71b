import assert from "node:assert/strict";

import type { WriteMode } from "../../../src/catalog.js";
import { engines } from "../../../src/engines/index.js";
import type { Check } from "../check.js";
import { changed } from "../fault.js";
import { load, loadedRows, tablesOf } from "../loading.js";
import type { Subject } from "../subject.js";
import { otherMode } from "../twins.js";

const columns = { id: "integer", version: "integer" } as const;

/** Rows of two loads, ids 0 to 2 and 1 to 3, as each mode leaves them. */
const results: Readonly<Record<WriteMode, readonly string[]>> = {
  append: ["0:1", "1:1", "1:2", "2:1", "2:2", "3:2"],
  upsert: ["0:1", "1:2", "2:2", "3:2"],
  overwrite: ["1:2", "2:2", "3:2"],
};

async function checkClaimed(subject: Subject, mode: WriteMode): Promise<void> {
  const table = `mode_${mode}`;
  const plan = {
    table,
    columns,
    key: ["id"],
    mode: subject.format.modes[mode],
  };
  for (const version of [1, 2]) {
    const ids = [0, 1, 2].map((id) => id + version - 1);
    const rows = ids.map((id) => ({ id, version }));
    const { code, log } = await load(subject, plan, rows);
    assert.equal(code, 0, `${mode} is claimed and fails: ${log}`);
  }
  const rows = await loadedRows(subject, table, ["id", "version"]);
  assert.deepEqual(
    rows.map((row) => row.join(":")),
    results[mode],
    `${mode} is claimed and does something else`,
  );
}

/** A mode that nobody claims is refused before anything happens. */
async function checkRefused(subject: Subject, mode: string): Promise<void> {
  const table = `mode_${mode.replaceAll("-", "_")}`;
  const plan = { table, columns, key: ["id"], mode };
  const { code, log } = await load(subject, plan, [{ id: 1, version: 1 }]);
  assert.equal(code, 78, `${mode} is not claimed and not refused: ${log}`);
  assert.match(log, /CRITICAL/, "no reason is given");
  assert.ok(
    !(await tablesOf(subject)).includes(table),
    `${mode} is refused and leaves a table`,
  );
}

export const writeModes: Check = {
  name: "can load in every mode that it claims, and in no other",
  async run(subject) {
    const { format, quirks } = subject;
    const { lines } = await subject.run("destination", format.spec);
    const claimed = format.claimedModes(lines.join("\n"));
    const known = Object.values(format.modes);
    assert.deepEqual(
      claimed.filter((mode) => !known.includes(mode)),
      [],
      "a mode is claimed that nobody has",
    );
    for (const mode of Object.keys(results) as WriteMode[])
      if (claimed.includes(format.modes[mode]))
        await checkClaimed(subject, mode);
      else await checkRefused(subject, format.modes[mode]);
    for (const mode of format.foreignModes) await checkRefused(subject, mode);
    const { writeModes, atomicWrites } = quirks;
    assert.deepEqual(
      [...claimed].sort(),
      writeModes.map((mode) => format.modes[mode]).sort(),
      "the claim is not that of the engine's quirks",
    );
    const engine = engines.find(({ name }) => name === quirks.engine);
    assert.deepEqual(
      engine?.capabilities,
      { writeModes, atomicWrites },
      "the engine's capabilities are not those of its quirks",
    );
  },
  twins: [
    {
      does: "claims a mode that nobody has",
      fault: ({ format }) => ({
        role: "destination",
        output: changed((line) =>
          line.replace(
            `"${format.modes.upsert}"`,
            `"${format.modes.upsert}","magic"`,
          ),
        ),
      }),
      because: /^a mode is claimed that nobody has/,
    },
    {
      does: "does not claim a mode that it has",
      fault: ({ format }) => ({
        role: "destination",
        output: changed((line) =>
          // Not where it is a value, as in an example of a setting.
          line.replace(new RegExp(`(?<!: ?)"${format.modes.append}",?`), ""),
        ),
      }),
      because: /is not claimed and not refused/,
    },
    {
      does: "overwrites whatever it is told to do",
      fault: otherMode("overwrite"),
      because: /is claimed and does something else/,
    },
  ],
};

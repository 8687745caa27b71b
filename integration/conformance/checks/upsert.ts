import assert from "node:assert/strict";

import type { Check } from "../check.js";
import { load, loadedRows, type Row } from "../loading.js";
import { otherMode } from "../twins.js";

const table = "upserted";
const columns = {
  a: "integer",
  b: "string",
  v: "string",
  w: "integer",
} as const;
const names = Object.keys(columns);

export const upsert: Check = {
  name: "leaves one copy of every key when it upserts twice",
  async run(subject) {
    const plan = {
      table,
      columns,
      key: ["a", "b"],
      mode: subject.format.modes.upsert,
    };
    const rows: Row[] = [];
    for (let n = 0; n < 5_000; n++)
      rows.push({
        a: n % 50,
        b: `it's "${String(n % 100)}"`,
        v: String(n),
        w: n,
      });
    // The last of each key wins, within a run and over runs.
    const expected = rows
      .slice(-100)
      .map((row) => names.map((name) => String(row[name])))
      .sort(([a], [b]) => Number(a) - Number(b));
    const inOrder = (found: readonly (readonly (string | undefined)[])[]) =>
      [...found].map((row) => row.join("|")).sort();

    for (const run of ["first", "second"]) {
      const finished = await load(subject, plan, rows);
      assert.equal(finished.code, 0, finished.log);
      const found = await loadedRows(subject, table, names);
      assert.deepEqual(
        inOrder(found),
        inOrder(expected),
        `the ${run} upsert left other rows than the last of each key`,
      );
    }

    const finished = await load(subject, plan, [
      { a: 0, b: `it's "0"`, v: null, w: -1 },
      { a: 1, b: `it's "1"`, w: -2 },
      { a: 1000, b: "new", v: "new" },
    ]);
    assert.equal(finished.code, 0, finished.log);
    const found = await loadedRows(subject, table, names);
    const some = found.filter(
      ([a, b]) => a === "1000" || /"[01]"/.test(b ?? ""),
    );
    assert.deepEqual(
      inOrder(some),
      inOrder([
        ["0", `it's "0"`, undefined, "-1"],
        ["1", `it's "1"`, "4901", "-2"],
        ["1000", "new", "new", undefined],
      ]),
      "NULL and absent are mixed up",
    );
    assert.equal(found.length, 101);
  },
  twins: [
    {
      does: "appends instead",
      fault: otherMode("append"),
      because: /^the (first|second) upsert left other rows/,
    },
    {
      does: "takes a missing column for NULL",
      fault: () => ({
        role: "destination",
        input: (line) => ({
          forward: [line.replace('"w":-2', '"v":null,"w":-2')],
          answer: [],
        }),
      }),
      because: /^NULL and absent are mixed up/,
    },
  ],
};

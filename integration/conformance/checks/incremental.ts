import assert from "node:assert/strict";

import type { Check } from "../check.js";
import { changed, tooEarly, withoutLast } from "../fault.js";
import { isOfType, type Choice } from "../formats/format.js";
import { recordsOf } from "../records.js";
import type { Subject } from "../subject.js";
import {
  addCursorRows,
  createGenerated,
  cursorTable,
  rowId,
} from "../tables.js";

/** Row numbers that a table of each cursor type gave in one run, sorted. */
async function idsRead(
  subject: Subject,
  choices: readonly Choice[],
  state: string | undefined,
): Promise<{
  readonly ids: Readonly<Record<string, readonly number[]>>;
  readonly state: string;
}> {
  const finished = await subject.read(choices, state);
  assert.equal(finished.code, 0, finished.log);
  const records = recordsOf(subject.format, finished);
  const ids = choices.map(({ table }) => {
    const rows = records.get(table) ?? [];
    const numbers = rows.map((values) => Number(values.get(rowId)));
    return [table, numbers.sort((a, b) => a - b)] as const;
  });
  return {
    ids: Object.fromEntries(ids),
    state: subject.format.stateOf(finished.lines),
  };
}

export const incremental: Check = {
  name: "goes on from a state: all that came since, nothing older than its value, for every cursor type",
  async run(subject) {
    const { cursors } = subject.quirks;
    const choices = cursors.map(({ name }) => ({
      table: cursorTable(name),
      cursor: "cursor_value",
    }));
    const add = async (count: number, id: string, n: string) => {
      for (const cursor of cursors)
        await addCursorRows(subject, cursor, { count, id, n });
    };
    const same = (wanted: readonly number[]) =>
      Object.fromEntries(choices.map(({ table }) => [table, wanted]));
    const range = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => from + index);

    // Two rows per value: 0 and 1 have the least, 98 and 99 the largest, 49.
    await add(100, "n", "n // 2");
    // A row without a value is read on the first run, and never again.
    for (const { table } of choices)
      await subject.source.run(
        `INSERT INTO ${subject.table(table)} VALUES (100, NULL)`,
      );
    const first = await idsRead(subject, choices, undefined);
    assert.deepEqual(first.ids, same(range(0, 101)), "the first run");

    // Behind the state by one last digit, at its value where two rows were sent, and later by one digit and more.
    await add(1, "1000", "48");
    await add(1, "2000", "49");
    await add(30, "3000 + n", "50 + n");
    const second = await idsRead(subject, choices, first.state);
    assert.deepEqual(
      second.ids,
      same([2000, ...range(3000, 3030)]),
      "the second run",
    );

    const third = await idsRead(subject, choices, second.state);
    assert.deepEqual(third.ids, same([]), "a run without news");
  },
  twins: [
    {
      does: "ignores the state",
      fault: () => ({
        role: "source",
        arguments: (given) =>
          given.includes("--state")
            ? [
                ...given.slice(0, given.indexOf("--state")),
                ...given.slice(given.indexOf("--state") + 2),
              ]
            : given,
      }),
      because: /^the second run/,
    },
    {
      does: "tells a state that is a digit too far",
      fault: () => ({
        role: "source",
        output: changed((line) =>
          isOfType("STATE")(line)
            ? line.replaceAll("9007199254741042", "9007199254741043")
            : line,
        ),
      }),
      because: /^the second run/,
    },
    {
      does: "loses the latest record",
      fault: () => ({
        role: "source",
        output: withoutLast(isOfType("RECORD")),
      }),
      because: /^the first run/,
    },
  ],
};

export const sourceState: Check = {
  name: "tells no state before the rows that it stands for",
  async run(subject) {
    const table = "generated";
    const whole = "whole";
    await createGenerated(subject, table, 20_001);
    await createGenerated(subject, whole, 3_000);
    const choices = [{ table, cursor: rowId }, { table: whole }];
    const finished = await subject.read(choices);
    assert.equal(finished.code, 0, finished.log);

    /** Largest cursor value that a state told; of a table that is read whole, infinity when it is told to be. */
    const told = new Map<string, number>();
    for (const line of finished.lines) {
      const said = subject.format.said(line);
      if (said.type === "state") {
        for (const [name, cursor] of said.cursors)
          told.set(name, Number(cursor));
        for (const name of said.complete) told.set(name, Infinity);
      }
      if (said.type === "record") {
        const id = Number(said.values.get(rowId));
        assert.ok(
          id > (told.get(said.table) ?? -1),
          `row ${String(id)} of ${said.table} came behind the state ${String(told.get(said.table))}`,
        );
      }
    }
    assert.equal(told.size, 2, "not every stream has a state");
  },
  twins: [
    {
      does: "tells its states one line early",
      fault: () => ({ role: "source", output: tooEarly(isOfType("STATE")) }),
      because: /came behind the state/,
    },
    {
      does: "tells no state",
      fault: () => ({
        role: "source",
        output: changed((line) => (isOfType("STATE")(line) ? [] : [line])),
      }),
      because: /not every stream has a state/,
    },
  ],
};

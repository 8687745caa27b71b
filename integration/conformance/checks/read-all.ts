import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Ajv } from "ajv";

import type { Check } from "../check.js";
import { changed, withoutLast } from "../fault.js";
import { isOfType } from "../formats/format.js";
import { recordsOf, type RecordValues } from "../records.js";
import {
  createEveryType,
  createGenerated,
  everyTypeRows,
  generatedRows,
  rowId,
} from "../tables.js";

export const everyType: Check = {
  name: "discovers, selects and reads every value of every type exactly",
  async run(subject) {
    const { format } = subject;
    const table = await createEveryType(subject);
    const finished = await subject.read([{ table }]);
    assert.equal(finished.code, 0, finished.log);

    const ajv = new Ajv({ strict: false });
    const schema = `../../../specs/${format.lineSchema}`;
    const text = readFileSync(join(import.meta.dirname, schema), "utf8");
    const isMessage = ajv.compile(JSON.parse(text) as object);
    for (const line of finished.lines)
      assert.ok(
        isMessage(JSON.parse(line)),
        `not a message (${ajv.errorsText(isMessage.errors)}): ${line.slice(0, 200)}`,
      );

    const found = recordsOf(format, finished).get(table) ?? [];
    const byId = new Map(found.map((values) => [values.get(rowId), values]));
    const expected = everyTypeRows(subject);
    const differences: string[] = [];
    expected.forEach((row, id) => {
      for (const [column, json] of row) {
        const got = byId.get(String(id))?.get(column);
        if (got !== json)
          differences.push(
            `${column}: ${String(got?.slice(0, 80))} instead of ${json.slice(0, 80)}`,
          );
      }
    });
    assert.ok(differences.length === 0, `values: ${differences.join("; ")}`);
    assert.equal(found.length, expected.length, "rows came twice");
  },
  twins: [
    {
      does: "puts a value through a double",
      fault: () => ({
        role: "source",
        output: changed((line) =>
          line.replace(
            '"bigint":9007199254740993',
            '"bigint":9007199254740992',
          ),
        ),
      }),
      because: /^values: bigint: 9007199254740992 instead of 9007199254740993$/,
    },
    {
      does: "loses the last record",
      fault: () => ({
        role: "source",
        output: withoutLast(isOfType("RECORD")),
      }),
      because: /^values: row_id: undefined instead of/,
    },
    {
      does: "prints a line that is no message",
      fault: () => ({
        role: "source",
        output: changed((line) =>
          isOfType("STATE")(line) ? [line, '{"rows":12}'] : line,
        ),
      }),
      because: /^not a message/,
    },
  ],
};

/** Several batches, each of many thousand rows, and an odd rest. */
const manyRows = 20_001;

export const everyRow: Check = {
  name: "reads every row of a table of several batches once",
  async run(subject) {
    const table = "generated";
    await createGenerated(subject, table, manyRows);
    const finished = await subject.read([{ table }]);
    assert.equal(finished.code, 0, finished.log);
    const found = recordsOf(subject.format, finished).get(table) ?? [];
    const columns = [
      rowId,
      ...subject.quirks.generated.map(({ name }) => name),
    ];
    const idOf = (values: RecordValues) => Number(values.get(rowId));
    const rows = [...found]
      .sort((a, b) => idOf(a) - idOf(b))
      .map((values) => columns.map((column) => values.get(column)).join());
    const expected = await generatedRows(subject, table);
    assert.equal(rows.length, expected.length, "the number of rows differs");
    rows.forEach((row, index) => {
      assert.equal(row, expected[index], `row ${String(index)} differs`);
    });
  },
  twins: [
    {
      does: "loses one record in the middle",
      fault: () => ({
        role: "source",
        output: changed((line) =>
          line.includes(`"${rowId}":12345,`) ? [] : [line],
        ),
      }),
      because: /the number of rows differs/,
    },
    {
      does: "sends one record in place of another",
      fault: () => {
        let previous = "";
        return {
          role: "source",
          output: changed((line) => {
            const swapped = line.includes(`"${rowId}":12345,`);
            const result = swapped ? previous : line;
            previous = line;
            return result;
          }),
        };
      },
      because: /row 12345 differs/,
    },
  ],
};

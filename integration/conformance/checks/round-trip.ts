import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import type { Server } from "../../quirks/quirks.js";
import type { Check } from "../check.js";
import type { Subject } from "../subject.js";
import { createEveryType, createGenerated, rowId } from "../tables.js";

/** Every cell as text, rows in order. */
async function cells(
  subject: Subject,
  server: Server,
  name: string,
): Promise<readonly string[]> {
  const { quirks } = subject;
  const texts = quirks.columns.map((column) => {
    const text = quirks.text(`"${column.name}"`);
    if (column.missing === undefined) return text;
    return `COALESCE(${text}, '${column.missing.text}')`;
  });
  const rows = await server.query(
    `SELECT ${[quirks.text(rowId), ...texts].join(", ")} FROM ${subject.table(name)} ORDER BY ${rowId}`,
  );
  return rows.map((row) => JSON.stringify(row));
}

/** Number of rows, and a checksum of each column. */
async function checksums(
  subject: Subject,
  server: Server,
  name: string,
): Promise<readonly string[]> {
  const { quirks } = subject;
  const names = [rowId, ...quirks.generated.map((column) => column.name)];
  const sums = names.map((column) => quirks.checksum(`"${column}"`));
  const [row = []] = await server.query(
    `SELECT ${[quirks.text("count(*)"), ...sums].join(", ")} FROM ${subject.table(name)}`,
  );
  return ["rows", ...names].map((label, at) => `${label}: ${row[at] ?? ""}`);
}

async function types(
  { quirks, namespace }: Subject,
  server: Server,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await server.query(quirks.columnTypes(namespace, name));
  return new Map(rows.map(([column = "", type = ""]) => [column, type]));
}

export const roundTrip: Check = {
  name: "makes the same table of what it read: same columns, types and values",
  async run(subject) {
    const { quirks, format, source, destination } = subject;
    const everyType = await createEveryType(subject);
    const generated = "generated";
    await createGenerated(subject, generated, 20_001);
    const tables = [everyType, generated];

    const catalog = await subject.catalog(tables.map((table) => ({ table })));
    const config = subject.config("source");
    const reading = await subject.start(
      "source",
      format.read(config, catalog, undefined),
    );
    const said = await reading.finish();
    assert.equal(said.code, 0, said.log);
    const load = format.forward(readFileSync(catalog, "utf8"), "append");
    const writing = await subject.writing(load.settings, load.catalog);
    await writing.write(said.lines);
    const { code, log } = await writing.finish();
    assert.equal(code, 0, `the destination fails: ${log}`);

    for (const name of tables) {
      const expected = new Map(await types(subject, source, name));
      if (name === everyType)
        for (const { name: column, loadedType } of quirks.columns)
          if (loadedType !== undefined) expected.set(column, loadedType);
      const found = await types(subject, destination, name);
      assert.deepEqual(
        [...found],
        [...expected],
        `the column types of ${name} differ`,
      );
    }
    const before = await cells(subject, source, everyType);
    const after = await cells(subject, destination, everyType);
    assert.equal(after.length, before.length, `rows of ${everyType} differ`);
    before.forEach((row, at) => {
      assert.equal(after[at], row, `row ${String(at)} of ${everyType} differs`);
    });
    assert.deepEqual(
      await checksums(subject, destination, generated),
      await checksums(subject, source, generated),
      `the checksums of ${generated} differ`,
    );
  },
  twins: [
    {
      does: "rounds a number",
      fault: () => ({
        role: "destination",
        input: (line) => ({
          forward: [line.replace("9007199254740993", "9007199254740992")],
          answer: [],
        }),
      }),
      because: /^row \d+ of every_type differs/,
    },
    {
      does: "loses a record",
      fault: () => ({
        role: "destination",
        input: (line) => ({
          forward: line.includes(`"${rowId}":12345,`) ? [] : [line],
          answer: [],
        }),
      }),
      because: /^the checksums of generated differ/,
    },
    {
      does: "makes a column wider than it was",
      fault: () => {
        const widen = (text: string) =>
          text.replaceAll('"x-arrow-type":"int16"', '"x-arrow-type":"int32"');
        return {
          role: "destination",
          input: (line) => ({
            forward: [line.includes('"SCHEMA"') ? widen(line) : line],
            answer: [],
          }),
          catalog: widen,
        };
      },
      because: /^the column types of every_type differ/,
    },
  ],
};

/*
 * Every kind → the exact lines of each protocol, and back. A difference is something to review: run with
 * UPDATE_GOLDEN=1 to write the files anew.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { valuesOfBatch } from "../../src/arrow/plain-values.js";
import type { SelectedStream, Stream } from "../../src/catalog.js";
import type { Message } from "../../src/message.js";
import type { Protocol } from "../../src/protocol.js";
import { protocolNamed } from "../../src/protocols/index.js";
import { everyKind } from "../golden/every-kind.js";
import { formats } from "./formats/index.js";

const stream: SelectedStream = {
  id: "main-every_kind",
  namespace: "main",
  name: "every_kind",
  columns: undefined,
  syncMode: "incremental",
  cursorField: "id",
  primaryKey: ["id"],
};
const table: Stream = {
  namespace: "main",
  name: "every_kind",
  schema: everyKind.schema,
  primaryKey: ["id"],
  isView: false,
};

/** What a source says of one table. */
const messages: readonly Message[] = [
  { type: "stream_status", stream, status: "started" },
  { type: "schema", stream, schema: everyKind.schema, primaryKey: ["id"] },
  { type: "batch", stream, batch: everyKind },
  {
    type: "state",
    stream,
    state: { cursorField: "id", cursor: "4" },
    complete: true,
  },
  { type: "stream_status", stream, status: "complete" },
];

/** Their lines; the clock stands still, so that they can be compared. */
function encoded(protocol: Protocol, said: readonly Message[]): string {
  const encoder = protocol.encoder({ now: () => 0 });
  const chunks: Buffer[] = [];
  for (const message of said)
    for (const chunk of encoder.encode(message))
      chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** The catalog with which a destination gets the table. */
function catalogText(protocol: Protocol): string | undefined {
  const format = formats.find(({ name }) => name === protocol.name);
  const discovered = encoded(protocol, [{ type: "catalog", streams: [table] }]);
  const selected = format?.selected(discovered, "main", [
    { table: "every_kind" },
  ]);
  return format?.forward(selected ?? "", "append").catalog;
}

for (const { name } of formats)
  describe(`golden lines of ${name}`, () => {
    const file = join(
      import.meta.dirname,
      `../golden/every-kind.${name}.jsonl`,
    );

    it("are what the protocol writes", async () => {
      const lines = encoded(await protocolNamed(name), messages);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, lines);
      assert.ok(
        existsSync(file),
        `${file} is missing: run with UPDATE_GOLDEN=1`,
      );
      assert.equal(lines, readFileSync(file, "utf8"));
    });

    it("become the same batch again", async () => {
      const protocol = await protocolNamed(name);
      const decoder = protocol.decoder({ catalogText: catalogText(protocol) });
      const golden = readFileSync(file);
      const inputs = [...decoder.decode(golden), ...decoder.end()];
      const batches = inputs.flatMap((input) =>
        input.type === "batch" ? [input.batch] : [],
      );
      assert.equal(batches.length, 1);
      const [batch] = batches;
      assert.ok(batch !== undefined);
      assert.deepEqual(batch.schema.fields, everyKind.schema.fields);
      const expected = valuesOfBatch(everyKind);
      valuesOfBatch(batch).forEach((values, column) => {
        const { name: label } = everyKind.schema.fields[column] ?? { name: "" };
        assert.deepEqual(values, expected[column], label);
      });
    });
  });

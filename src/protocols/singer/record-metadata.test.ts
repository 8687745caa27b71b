import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import { valuesOfBatch, type Value } from "../../arrow/plain-values.js";
import type { Input } from "../../message.js";
import type { DecoderOptions } from "../../protocol.js";
import { decodeAll, wordOf } from "../decoding.js";
import { decoder } from "./decoder.js";

const names = [
  "_sdc_extracted_at",
  "_sdc_received_at",
  "_sdc_batched_at",
  "_sdc_deleted_at",
  "_sdc_sequence",
  "_sdc_table_version",
  "_sdc_sync_started_at",
];

const properties = { id: { type: "integer" } };

function schema(more: object = {}): string {
  return JSON.stringify({
    type: "SCHEMA",
    stream: "a",
    schema: { properties: { ...properties, ...more } },
    key_properties: ["id"],
  });
}

function record(id: number, before = "", behind = ""): string {
  return `{"type":"RECORD","stream":"a"${before},"record":{"id":${String(id)}}${behind}}`;
}

/** Rows by column; each look at the clock is a second later than the one before, from 1970 on. */
function rowsOf(
  lines: readonly string[],
  options: DecoderOptions = {},
  chunkBytes = Infinity,
): Record<string, Value>[] {
  return inputsOf(lines, options, chunkBytes).flatMap((input) => {
    if (input.type !== "batch") return [];
    const columns = valuesOfBatch(input.batch);
    return Array.from({ length: input.batch.length }, (_, row) =>
      Object.fromEntries(
        input.batch.schema.fields.map(({ name }, index) => [
          name,
          columns[index]?.[row] ?? null,
        ]),
      ),
    );
  });
}

function inputsOf(
  lines: readonly string[],
  options: DecoderOptions = {},
  chunkBytes = Infinity,
): Input[] {
  let now = 0;
  const clock = () => (now += 1000);
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const chunks = function* () {
    for (let at = 0; at < text.length; at += chunkBytes)
      yield text.subarray(at, Math.min(at + chunkBytes, text.length));
  };
  const all = { addRecordMetadata: true, now: clock, ...options };
  return decodeAll(decoder(all), chunks());
}

const time = '"2026-01-02T03:04:05.678901Z"';
const micros = 1_767_323_045_678_901n;

describe("metadata of records", () => {
  it("comes from the message, wherever it stands, and from the clock", () => {
    const lines = [
      schema(),
      record(1, `,"version":9007199254740993`, `,"time_extracted":${time}`),
      record(2, `, "time_extracted" : ${time}`, `,"version":7`),
      record(3),
      record(4, "", ',"time_extracted":null'),
    ];
    const rows = rowsOf(lines);
    assert.deepEqual(Object.keys(rows[0] ?? {}), ["id", ...names]);
    assert.deepEqual(
      rows.map((row) => [
        row["_sdc_extracted_at"],
        row["_sdc_table_version"],
        row["_sdc_deleted_at"],
      ]),
      [
        [micros, 9_007_199_254_740_993n, null],
        [micros, 7n, null],
        [null, null, null],
        [null, null, null],
      ],
    );
    for (const [index, row] of rows.entries()) {
      const received = row["_sdc_received_at"];
      assert.ok(typeof received === "bigint");
      assert.equal(row["_sdc_sequence"], received / 1000n);
      assert.equal(row["_sdc_batched_at"], rows[0]?.["_sdc_received_at"]);
      assert.equal(row["_sdc_sync_started_at"], 1000n);
      assert.equal(received, BigInt(index + 2) * 1_000_000n);
    }
  });

  it("tells when the first record of its own batch was read", () => {
    const lines = [schema(), ...[1, 2, 3, 4].map((id) => record(id))];
    const [a, b, c, d] = rowsOf(lines, { batchRows: 2 });
    assert.equal(a?.["_sdc_batched_at"], a?.["_sdc_received_at"]);
    assert.equal(b?.["_sdc_batched_at"], a?.["_sdc_received_at"]);
    assert.equal(c?.["_sdc_batched_at"], c?.["_sdc_received_at"]);
    assert.equal(d?.["_sdc_batched_at"], c?.["_sdc_received_at"]);
  });

  it("is not added unless it is wanted, nor where the tap sends it itself", () => {
    const plain = rowsOf([schema(), record(1)], { addRecordMetadata: false });
    assert.deepEqual(plain, [{ id: 1n }]);
    const [row = {}] = rowsOf([
      schema({ _sdc_sequence: { type: "string" } }),
      record(1).replace('"id":1', '"id":1,"_sdc_sequence":"mine"'),
    ]);
    assert.equal(row["_sdc_sequence"], "mine");
    assert.equal(Object.keys(row).length, 1 + names.length);
  });

  it("refuses a time that is none, at its line and nothing but it", () => {
    const good = (id: number) => record(id, "", `,"time_extracted":${time}`);
    const bad = good(3).replace("2026-01", "2026-13");
    const lines = [schema(), good(1), good(2), bad, good(4)];
    assert.throws(() => inputsOf(lines), {
      code: "invalid_data",
      message: /_sdc_extracted_at.*line 4/,
    });
    const inputs = inputsOf(lines, { onInvalid: "dead_letter" });
    assert.equal(inputs.map(wordOf)[1], "invalid a line 4");
    const ids = rowsOf(lines, { onInvalid: "dead_letter" });
    assert.deepEqual(
      ids.map(({ id }) => id),
      [1n, 2n, 4n],
    );
  });

  it("refuses a time that is none and has no digits, in every line", () => {
    const bad = (id: number) => record(id, "", ',"time_extracted":"now"');
    const lines = [schema(), record(1), bad(2), bad(3), bad(4), record(5)];
    const words = inputsOf(lines, { onInvalid: "dead_letter" }).map(wordOf);
    assert.deepEqual(
      words.filter((word) => word.startsWith("invalid")),
      ["invalid a line 3", "invalid a line 4", "invalid a line 5"],
    );
    assert.deepEqual(
      rowsOf(lines, { onInvalid: "dead_letter" }).map(({ id }) => id),
      [1n, 5n],
    );
  });

  it("stays with its row, wherever the input is cut", () => {
    const messages = fc.array(
      fc.record({
        second: fc.integer({ min: 10, max: 59 }),
        version: fc.integer({ min: 1, max: 12 }),
        isOther: fc.boolean(),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 3000 }), (all, bytes) => {
        const lines = all.map(({ second, version, isOther }, id) =>
          record(
            id,
            isOther ? `,"version":${String(version)}` : "",
            `,"time_extracted":"1970-01-01T00:00:${String(second)}Z"`,
          ),
        );
        // Time stands still, so that only the envelopes tell rows apart.
        const options = { now: () => 5, batchRows: 50 };
        const rows = rowsOf([schema(), ...lines], options, bytes);
        assert.deepEqual(
          rows.map((row) => [
            row["id"],
            row["_sdc_extracted_at"],
            row["_sdc_table_version"],
          ]),
          all.map(({ second, version, isOther }, id) => [
            BigInt(id),
            BigInt(second) * 1_000_000n,
            isOther ? BigInt(version) : null,
          ]),
        );
      }),
      { numRuns: 100 },
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import type { Input, InvalidLine } from "../message.js";
import { decoder as airbyte } from "./airbyte/decoder.js";
import { decodeAll, wordOf } from "./decoding.js";
import { decoder as singer } from "./singer/decoder.js";

const schema = JSON.stringify({
  type: "SCHEMA",
  stream: "a",
  schema: {
    properties: {
      id: { type: "integer" },
      note: { type: ["string", "null"] },
    },
  },
  key_properties: ["id"],
});

function record(row: string, tail = ""): string {
  return `{"type":"RECORD","stream":"a","record":${row}${tail}}`;
}

const good = (id: number) => record(`{"id":${String(id)},"note":"x"}`);

/** Each for its own reason. */
const bad = [
  record('{"id":"one","note":"x"}'),
  record('{"id":null,"note":"x"}'),
  record('{"note":"x"}'),
  record('{"id":7,"note":"x"}', "} more"),
  record('{"id":7}', "} more"),
  record('{"id":7,"note":"x"'),
  record("[7]"),
  record('{"id":7,"note":"\\ud800"}'),
  record('{"id":7,"note":"x"}').replace('"a"', '"never described"'),
  '{"type": "RECORD", "stream": "a"}',
  "INFO  a log line that went astray",
  '{"id":7,"note":"x"}',
  "[]",
];

function decoded(lines: readonly string[], chunkBytes = Infinity): Input[] {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const chunks = function* () {
    for (let at = 0; at < text.length; at += chunkBytes)
      yield text.subarray(at, Math.min(at + chunkBytes, text.length));
  };
  return decodeAll(singer({ onInvalid: "dead_letter" }), chunks());
}

function invalidLines(inputs: readonly Input[]): readonly InvalidLine[] {
  return inputs.flatMap((input) =>
    input.type === "invalid" ? [input.line] : [],
  );
}

const textOf = ({ bytes }: InvalidLine) => Buffer.from(bytes).toString();

describe("dead letters", () => {
  for (const line of bad)
    it(`sets aside ${line.slice(0, 60)}`, () => {
      const lines = [schema, good(1), line, good(2)];
      const inputs = decoded(lines);
      const [letter, ...others] = invalidLines(inputs);
      assert.ok(letter !== undefined);
      assert.deepEqual(others, []);
      assert.equal(textOf(letter), line);
      assert.equal(letter.line, 3);
      assert.equal(letter.offset, `${schema}\n${good(1)}\n`.length);
      assert.match(letter.failure.message, /stdin line 3/);
      assert.deepEqual(
        inputs.filter(({ type }) => type === "batch").map(wordOf),
        ["batch a 1|x 2|x"],
      );
    });

  it("never guesses what a message meant that is not a RECORD", () => {
    for (const line of [
      '{"type":"SCHEMA","stream":"a","schema":{"properties":',
      '{"type":"SCHEMA","stream":"a"}',
      '{"type":"STATE","value":{"a":}}',
      '{"type":"STATE"}',
    ])
      assert.throws(() => decoded([schema, good(1), line]), {
        code: "invalid_input",
      });
  });

  it("keeps every line in one place or the other, wherever the input is cut", () => {
    const lines = fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 1, max: 9999 }).map(good) },
        { weight: 1, arbitrary: fc.constantFrom(...bad) },
      ),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 5000 }), (some, bytes) => {
        const inputs = decoded([schema, ...some], bytes);
        const letters = invalidLines(inputs);
        assert.deepEqual(
          letters.map(textOf),
          some.filter((line) => bad.includes(line)),
        );
        const text = [schema, ...some].join("\n");
        for (const letter of letters)
          assert.ok(text.startsWith(textOf(letter), letter.offset));
        const rows = inputs.flatMap((input) =>
          input.type === "batch" ? wordOf(input).split(" ").slice(2) : [],
        );
        const ids = some
          .filter((line) => !bad.includes(line))
          .map((line) => `${/\d+/.exec(line)?.[0] ?? ""}|x`);
        assert.deepEqual(rows, ids);
      }),
      { numRuns: 200 },
    );
  });

  it("tells a platform how many records of a stream it did not get", () => {
    const catalogText = JSON.stringify({
      streams: [
        {
          stream: {
            name: "a",
            json_schema: { properties: { id: { type: "integer" } } },
          },
          sync_mode: "full_refresh",
          destination_sync_mode: "append",
        },
      ],
    });
    const row = (id: string) =>
      `{"type":"RECORD","record":{"stream":"a","data":{"id":${id}},"emitted_at":1}}`;
    const state = JSON.stringify({
      type: "STATE",
      state: {
        type: "STREAM",
        stream: { stream_descriptor: { name: "a" }, stream_state: {} },
      },
    });
    const lines = [row("1"), row('"x"'), row('"y"'), state, row("2"), state];
    const inputs = decodeAll(
      airbyte({ catalogText, onInvalid: "dead_letter" }),
      [Buffer.from(`${lines.join("\n")}\n`)],
    );
    const counts = inputs.flatMap((input) =>
      input.type === "state"
        ? [[input.state.records, input.state.rejected]]
        : [],
    );
    assert.deepEqual(counts, [
      [1, 2],
      [1, 0],
    ]);
  });
});

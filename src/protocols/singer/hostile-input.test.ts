import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Failure, type FailureCode } from "../../failure.js";
import { wordOf, wordsOf } from "../decoding.js";
import { decoder } from "./decoder.js";

function schema(stream: string, more: object = {}): string {
  return JSON.stringify({
    type: "SCHEMA",
    stream,
    schema: {
      type: "object",
      properties: {
        id: { type: "integer" },
        note: { type: ["string", "null"] },
      },
    },
    key_properties: ["id"],
    ...more,
  });
}

function record(stream: string, id: number): string {
  return `{"type":"RECORD","stream":"${stream}","record":{"id":${String(id)},"note":"x"},"time_extracted":"2026-01-02T03:04:05Z"}`;
}

function state(value: unknown): string {
  return `{"type":"STATE","value":${JSON.stringify(value)}}`;
}

function words(lines: readonly string[]): string[] {
  return wordsOf(decoder({}), ...lines);
}

function refuses(
  lines: readonly string[],
  code: FailureCode,
  ...parts: string[]
): Failure {
  let failure: unknown;
  try {
    words(lines);
  } catch (error) {
    failure = error;
  }
  assert.ok(failure instanceof Failure, "expected a failure");
  assert.equal(failure.code, code, failure.message);
  for (const part of parts)
    assert.ok(failure.message.includes(part), failure.message);
  return failure;
}

describe("hostile input", () => {
  const good = [schema("a"), record("a", 1)];

  it("is refused with its line and byte", () => {
    const at = String(schema("a").length + record("a", 1).length + 2);
    refuses(
      [...good, "nonsense"],
      "invalid_input",
      "stdin line 3",
      `byte ${at}`,
    );
    refuses(
      [...good, '{"type":"RECORD","stream":"a","record":{"id":2}'],
      "invalid_input",
      "line 3",
    );
    refuses([...good, `${record("a", 2)} x`], "invalid_input", "line 3");
    refuses([...good, record("a", 2).slice(0, -1)], "invalid_input", "line 3");
    refuses(
      [...good, record("a", 2).slice(0, 60), record("a", 3)],
      "invalid_input",
      "line 3",
    );
    refuses(
      [...good, "[1]"],
      "invalid_input",
      "line 3",
      "expected a JSON object",
    );
    refuses([...good, "{}"], "invalid_input", "line 3", '"type"');
    refuses([...good, '{"type":1}'], "invalid_input", "line 3", '"type"');
    refuses([...good, '{"type":"STATE"}'], "invalid_input", '"value"');
    refuses(
      [...good, '{"type":"RECORD","stream":"a"}'],
      "invalid_input",
      '"record"',
      'stream "a"',
    );
    refuses(
      [...good, '{"type":"RECORD","record":{}}'],
      "invalid_input",
      '"stream"',
    );
    refuses(
      [...good, '{"type":"RECORD","stream":"a","record":[]}'],
      "invalid_input",
      "line 3",
      'stream "a"',
    );
    refuses(
      [...good, `{"type":"STATE","value":${"[".repeat(100_000)}`],
      "invalid_input",
      "line 3",
    );
    refuses(
      [...good, `${record("a", 2).slice(0, -1)},"stream":"b"}`],
      "invalid_input",
      '"stream"',
      "line 3",
    );
  });

  it("is refused when text goes on behind a message", () => {
    refuses([...good, `${state(1)} {}`], "invalid_input", "line 3");
  });

  it("is told with the byte at which it stops being JSON", () => {
    const start = good.join("\n").length + 1;
    const line = '{"type":"STATE","value":[1,]}';
    const byte = String(start + line.indexOf("]"));
    refuses([...good, line], "invalid_input", `line 3, byte ${byte})`);
  });

  it("names stream, column and value that do not fit, wherever the line came from", () => {
    for (const line of [
      '{"type":"RECORD","stream":"a","record":{"id":"x y"},"time_extracted":"2026-01-02T03:04:05Z"}',
      '{"record":{"id":"x y"},"stream":"a","type":"RECORD"}',
    ]) {
      const failure = refuses(
        [...good, "", line],
        "invalid_data",
        'column "id"',
        '"x y"',
        "stdin line 4",
        'stream "a"',
      );
      assert.equal(failure.stream, "a");
    }
  });

  it("is told where it came from", () => {
    assert.throws(
      () => wordsOf(decoder({ name: "dump.singer" }), "x"),
      (error) =>
        error instanceof Failure &&
        error.message.includes("dump.singer line 1"),
    );
  });

  it("is refused when a stream was not declared, or not well", () => {
    refuses(
      [record("a", 1)],
      "invalid_input",
      'stream "a"',
      "SCHEMA",
      "line 1",
    );
    refuses(
      ['{"type":"SCHEMA","stream":"a"}'],
      "invalid_input",
      "SCHEMA: schema",
      "line 1",
    );
    refuses(
      [schema("a", { schema: { type: "object" } })],
      "invalid_input",
      "properties",
      "line 1",
    );
    refuses(
      [schema("a", { key_properties: ["nope"] })],
      "invalid_input",
      '"nope"',
      'stream "a"',
    );
  });

  it("is refused when a record lacks its key or has none", () => {
    refuses(
      [...good, record("a", 2).replace('"id":2,', "")],
      "invalid_data",
      '"id"',
      "line 3",
    );
    refuses(
      [...good, record("a", 2).replace('"id":2', '"id":null')],
      "invalid_data",
      '"id"',
      "line 3",
    );
  });

  it("is refused when a record lacks what its SCHEMA requires, unless records are not validated", () => {
    const line = JSON.stringify({
      type: "SCHEMA",
      stream: "a",
      schema: { properties: { id: {}, note: {} }, required: ["note"] },
    });
    const lines = [line, '{"type":"RECORD","stream":"a","record":{"id":1}}'];
    refuses(lines, "invalid_data", '"note"', "line 2");
    assert.deepEqual(wordsOf(decoder({ validateRecords: false }), ...lines), [
      "schema a",
      "batch a 1|-",
    ]);
  });

  it("passes over messages of types that nobody knows, and says so once for each", () => {
    const warnings: string[] = [];
    const warn = (text: string) => {
      warnings.push(text);
    };
    const lines = [
      '{"type":"NEWS","stream":"a"}',
      schema("a"),
      '{"type":"NEWS"}',
      record("a", 1),
      '{"type":"CONTROL"}',
      state(1),
    ];
    const words = wordsOf(decoder({ warn }), ...lines);
    assert.deepEqual(words, [
      "schema a",
      "batch a 1|x",
      "complete a",
      "state * 1 1",
    ]);
    assert.equal(warnings.length, 2, warnings.join("\n"));
    assert.match(warnings[0] ?? "", /"NEWS"/);
    assert.match(warnings[1] ?? "", /"CONTROL"/);
  });

  it("tolerates a SCHEMA without key_properties", () => {
    const line = schema("a", { key_properties: undefined });
    assert.deepEqual(words([line, record("a", 1)]).length, 2);
  });

  it("lets go of what came before, and of nothing behind", () => {
    const one = decoder({});
    const text = [
      ...good,
      state(1),
      record("a", 2).replace('"id":2', '"id":"?"'),
      record("a", 3),
      state(2),
      "",
    ].join("\n");
    const inputs: string[] = [];
    assert.throws(() => {
      for (const input of one.decode(Buffer.from(text)))
        inputs.push(wordOf(input));
    }, Failure);
    for (const input of one.drain()) inputs.push(wordOf(input));
    assert.deepEqual(inputs, [
      "schema a",
      "batch a 1|x",
      "complete a",
      "state * 1 1",
    ]);
    assert.throws(() => [...one.decode(Buffer.from(`${state(3)}\n`))], Failure);
  });
});

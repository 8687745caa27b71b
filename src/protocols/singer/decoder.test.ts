import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { field, int64, utf8 } from "../../arrow/schema.js";
import type { DecoderOptions } from "../../protocol.js";
import { decodeAll, wordOf, wordsOf } from "../decoding.js";
import { decoder } from "./decoder.js";

function schema(stream: string, more: object = {}, hint?: object): string {
  return JSON.stringify({
    type: "SCHEMA",
    stream,
    schema: {
      type: "object",
      properties: {
        id: { type: "integer" },
        note: { type: ["string", "null"] },
      },
      ...(hint === undefined ? {} : { "x-table": hint }),
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

function words(lines: readonly string[], options: DecoderOptions = {}) {
  return wordsOf(decoder(options), ...lines);
}

/** Where a stream's table lies. */
function tableOf(line: string, options: DecoderOptions = {}) {
  const [input] = decodeAll(decoder(options), [Buffer.from(line)]);
  assert.equal(input?.type, "schema");
  const { catalog, namespace, name } = input.stream;
  return [catalog, namespace, name];
}

describe("decoder", () => {
  it("turns lines into schemas, batches and states", () => {
    assert.deepEqual(
      words([
        schema("a"),
        record("a", 1),
        record("a", 2),
        state({ n: 1 }),
        record("a", 3),
      ]),
      ["schema a", "batch a 1|x 2|x 3|x", 'state * 2 {"n":1}'],
    );
  });

  it("makes keys not null and everything else nullable, unless it is required", () => {
    const line = JSON.stringify({
      type: "SCHEMA",
      stream: "s",
      schema: {
        properties: {
          id: { type: ["null", "integer"] },
          a: { type: "string" },
          b: { type: "string" },
        },
        required: ["b"],
      },
      key_properties: ["id"],
    });
    const [input] = decodeAll(decoder({}), [Buffer.from(line)]);
    assert.equal(input?.type, "schema");
    assert.deepEqual(input.stream.primaryKey, ["id"]);
    assert.equal(input.stream.mode, undefined);
    assert.deepEqual(input.stream.schema.fields, [
      field("id", int64, false),
      field("a", utf8),
      field("b", utf8, false),
    ]);
  });

  it("finds the table: our hint, else the parts of the name, and the default namespace over both", () => {
    assert.deepEqual(tableOf(schema("t")), [undefined, undefined, "t"]);
    assert.deepEqual(tableOf(schema("s-t")), [undefined, "s", "t"]);
    assert.deepEqual(tableOf(schema("d-s-t")), ["d", "s", "t"]);
    assert.deepEqual(tableOf(schema("a-b-c-t")), [undefined, undefined, "t"]);
    const hinted = schema("x", {}, { namespace: "a-b", name: "c-d" });
    assert.deepEqual(tableOf(hinted), [undefined, "a-b", "c-d"]);
    const options = { defaultNamespace: "z" };
    assert.deepEqual(tableOf(hinted, options), [undefined, "z", "c-d"]);
    assert.deepEqual(tableOf(schema("s-t"), options), [undefined, "z", "t"]);
  });

  it("reads every way to write a RECORD", () => {
    const expected = ["schema a", "batch a 1|x 2|é 3|null 4|- 5|x 6|x 7|x 8|x"];
    assert.deepEqual(
      words([
        schema("a"),
        record("a", 1),
        '{"type": "RECORD", "stream": "a", "record": {"id": 2, "note": "\\u00e9"}, "version": 17, "time_extracted": "2026-01-02T03:04:05.000000Z"}',
        '{"type": "RECORD", "stream": "a", "record": {"id": 3, "note": null}, "version": 17, "time_extracted": "2026-01-02T03:04:05Z"}',
        ' \t{ "record" : { "id" : 4 } , "stream" : "a" , "type" : "record" } \r',
        "",
        "  \r",
        '{"record":{"note":"x","id":5},"type":"Record","stream":"\\u0061","unknown":{"type":[1,"}"]}}',
        '{"type":"RECORD","stream":"b","stream":"a","record":{"id":6,"note":"x"}}',
        '{"type":"RECORD","stream":"a","record":{"id":7,"other":[1],"note":"x"}}\r',
        '{"type":"RECORD","stream":"a","record":{"id":8,"note":"x"}}   ',
      ]),
      expected,
    );
  });

  it("tells streams apart that come in turns", () => {
    const names = Array.from({ length: 20 }, (_, i) => `s${String(i)}`);
    const lines = [
      ...names.map((name) => schema(name)),
      ...[1, 2, 3].flatMap((id) => names.map((name) => record(name, id))),
    ];
    const batches = words(lines).filter((word) => word.startsWith("batch"));
    assert.deepEqual(
      batches,
      names.map((name) => `batch ${name} 1|x 2|x 3|x`),
    );
  });

  it("keeps a state's text byte for byte", () => {
    const value =
      '{"b": 12345678901234567890.12345678901234567890, "a":1.0,"é":"\\u00e9\\/", "1":null}';
    assert.deepEqual(words([`{"type":"STATE","value": ${value} }`]), [
      `state * 0 ${value}`,
    ]);
  });

  it("says nothing about a SCHEMA that means the same, and empties the stream before another", () => {
    const reordered =
      '{"type":"SCHEMA","key_properties":["id"],"stream":"a","schema":{"properties":{"note":{"type":["null","string"],"description":"?"},"id":{"type":"integer"}}}}';
    assert.deepEqual(
      words([
        schema("a"),
        schema("b"),
        record("a", 1),
        record("b", 1),
        schema("a"),
        reordered,
        state(1),
        record("a", 2),
        schema("a", {
          schema: { properties: { id: { type: "integer" } } },
        }),
        record("a", 3),
      ]),
      [
        "schema a",
        "schema b",
        "batch a 1|x 2|x",
        "schema a",
        "batch b 1|x",
        "complete b",
        "state * 2 1",
        "batch a 3",
      ],
    );
  });

  it("fills batches by rows and gives the rest out on demand", () => {
    const one = decoder({ batchRows: 2 });
    const give = (...lines: string[]) =>
      [...one.decode(Buffer.from(lines.map((l) => `${l}\n`).join("")))].map(
        wordOf,
      );
    assert.deepEqual(give(schema("a"), record("a", 1)), ["schema a"]);
    assert.deepEqual(give(record("a", 2)), ["batch a 1|x 2|x"]);
    assert.deepEqual(give(record("a", 3), state(1)), []);
    assert.deepEqual([...one.drain()].map(wordOf), [
      "batch a 3|x",
      "complete a",
      "state * 3 1",
    ]);
    assert.deepEqual([...one.drain()].map(wordOf), []);
  });

  it("gives a state out at once when no row waits", () => {
    const one = decoder({});
    const give = (line: string) =>
      [...one.decode(Buffer.from(`${line}\n`))].map(wordOf);
    assert.deepEqual(give(state(1)), ["state * 0 1"]);
    give(schema("a"));
    assert.equal(one.holdsState, false);
    give(record("a", 1));
    assert.deepEqual(give(state(2)), []);
    assert.equal(one.holdsState, true);
  });

  it("does not let a stream that trickles hold back the states of one that flows", () => {
    const one = decoder({ batchRows: 1000 });
    const inputs: string[] = [];
    const give = (lines: string) => {
      for (const input of one.decode(Buffer.from(lines)))
        if (input.type !== "batch") inputs.push(wordOf(input));
    };
    give(`${schema("slow")}\n${schema("fast")}\n${record("slow", 1)}\n`);
    for (let round = 1; round <= 70; round += 1)
      give(`${record("fast", round)}\n`.repeat(1000) + `${state(round)}\n`);
    assert.ok(inputs.includes("state * 66001 66"), inputs.join(", "));
  });

  it("tells of several states that become free together only the newest", () => {
    assert.deepEqual(
      words([schema("a"), record("a", 1), state(1), record("a", 2), state(2)]),
      ["schema a", "batch a 1|x 2|x", "state * 2 2"],
    );
  });

  it("tells an older state as soon as its own rows are out", () => {
    assert.deepEqual(
      wordsOf(
        decoder({ batchRows: 2 }),
        schema("a"),
        schema("b"),
        record("a", 1),
        state({ n: 1 }),
        record("b", 1),
        state({ n: 2 }),
        record("a", 2),
      ).filter((word) => !word.startsWith("complete")),
      [
        "schema a",
        "schema b",
        "batch a 1|x 2|x",
        'state * 1 {"n":1}',
        "batch b 1|x",
        'state * 1 {"n":2}',
      ],
    );
  });

  it("reads a last line without a line feed", () => {
    const text = `${schema("a")}\n${record("a", 1)}`;
    assert.deepEqual(decodeAll(decoder({}), [Buffer.from(text)]).map(wordOf), [
      "schema a",
      "batch a 1|x",
    ]);
  });

  it("gives the same inputs however the text is cut", () => {
    const text = Buffer.from(
      [
        schema("a"),
        schema("é"),
        record("a", 1),
        record("é", 10),
        '{"type": "RECORD", "stream": "a", "record": {"id": 2}}',
        state({ é: 1 }),
        "",
        record("a", 3),
        '{"type":"ACTIVATE_VERSION","stream":"a","version":1}',
        record("é", 11),
        state(2),
      ].join("\n"),
    );
    const whole = decodeAll(decoder({}), [text]).map(wordOf);
    assert.equal(whole.length, 6, whole.join("\n"));
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parts = [text.subarray(0, cut), text.subarray(cut)];
      assert.deepEqual(decodeAll(decoder({}), parts).map(wordOf), whole);
    }
    const bytes = Array.from(text, (byte) => Uint8Array.of(byte));
    assert.deepEqual(decodeAll(decoder({}), bytes).map(wordOf), whole);
  });

  it("never tells a state before its rows", () => {
    const step = fc.oneof(
      { arbitrary: fc.constantFrom("a", "b", "c"), weight: 6 },
      { arbitrary: fc.constantFrom("state", "drain"), weight: 2 },
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (steps, batchRows) => {
          const one = decoder({ batchRows });
          let rows = 0;
          let given = 0;
          let records = 0;
          let last: string | undefined;
          const check = (inputs: Iterable<ReturnType<typeof wordOf>>) => {
            for (const word of inputs) {
              if (word.startsWith("batch")) given += word.split(" ").length - 2;
              if (!word.startsWith("state")) continue;
              const [, , count, json] = word.split(" ");
              assert.ok(
                given >= Number(json),
                `${word} after ${String(given)}`,
              );
              assert.ok(last === undefined || Number(json) >= Number(last));
              records += Number(count);
              assert.equal(records, Number(json));
              last = json;
            }
          };
          const feed = (line: string) =>
            Array.from(one.decode(Buffer.from(`${line}\n`)), wordOf);
          for (const name of ["a", "b", "c"]) check(feed(schema(name)));
          for (const word of steps)
            if (word === "drain") check(Array.from(one.drain(), wordOf));
            else if (word === "state") check(feed(state(rows)));
            else {
              rows += 1;
              check(feed(record(word, rows)));
            }
          check(Array.from(one.end(), wordOf));
          assert.equal(given, rows);
          if (steps.includes("state"))
            assert.notEqual(last, undefined, "the last state was lost");
        },
      ),
    );
  });
});

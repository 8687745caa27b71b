import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Failure, type FailureCode } from "../../failure.js";
import { decodeAll, wordOf, wordsOf } from "../decoding.js";
import { decoder } from "./decoder.js";

interface StreamFields {
  readonly name: string;
  readonly namespace?: string | null;
}

function catalogOf(
  streams: readonly StreamFields[],
  fields: object = {},
): string {
  const json_schema = {
    properties: {
      id: { type: "integer" },
      note: { type: "string" },
    },
  };
  return JSON.stringify({
    streams: streams.map((stream) => ({
      stream: { ...stream, json_schema },
      sync_mode: "full_refresh",
      destination_sync_mode: "append",
      ...fields,
    })),
  });
}

const two = catalogOf([{ name: "a", namespace: "n" }, { name: "b" }]);

function record(name: string, id: number, namespace?: string): string {
  const space = namespace === undefined ? "" : `,"namespace":"${namespace}"`;
  return `{"type":"RECORD","record":{"stream":"${name}"${space},"data":{"id":${String(id)},"note":"x"},"emitted_at":1767323045006}}`;
}

function state(name: string, value: unknown, namespace?: string): string {
  return JSON.stringify({
    type: "STATE",
    state: {
      type: "STREAM",
      stream: {
        stream_descriptor: { name, namespace },
        stream_state: value,
      },
    },
  });
}

function status(name: string, word: string, namespace?: string): string {
  return JSON.stringify({
    type: "TRACE",
    trace: {
      type: "STREAM_STATUS",
      emitted_at: 1.5,
      stream_status: {
        stream_descriptor: { name, namespace },
        status: word,
      },
    },
  });
}

function words(catalogText: string, ...lines: string[]): string[] {
  return wordsOf(decoder({ catalogText }), ...lines);
}

/** All but the schemas, which come first. */
function behindSchemas(catalogText: string, ...lines: string[]): string[] {
  return words(catalogText, ...lines).filter(
    (word) => !word.startsWith("schema"),
  );
}

function refuses(
  lines: readonly string[],
  code: FailureCode,
  ...parts: string[]
): void {
  assert.throws(
    () => words(two, ...lines),
    (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, code, error.message);
      for (const part of parts)
        assert.ok(error.message.includes(part), error.message);
      return true;
    },
  );
}

describe("decoder", () => {
  it("declares every stream of the catalog, with or without rows", () => {
    assert.deepEqual(words(two), ["schema n.a", "schema b"]);
    const one = decoder({ catalogText: two });
    assert.deepEqual(Array.from(one.drain(), wordOf), [
      "schema n.a",
      "schema b",
    ]);
    assert.deepEqual(Array.from(one.end(), wordOf), []);
  });

  it("needs a catalog", () => {
    assert.throws(
      () => decoder({}),
      (error) => error instanceof Failure && error.code === "usage",
    );
  });

  it("reads every way to write a RECORD", () => {
    // As PyAirbyte writes it: with every key that it knows.
    const dump = (id: number) =>
      `{"type":"RECORD","log":null,"record":{"namespace":"n","stream":"a","data":{"id":${String(id)},"note":"x"},"emitted_at":1767323045,"meta":null,"file_reference":null},"state":null,"trace":null}`;
    // As the Python CDK does: the namespace behind the data.
    const behind = (id: number) =>
      `{"type":"RECORD","record":{"stream":"a","data":{"id":${String(id)}},"emitted_at":1767323045006,"namespace":"n"}}`;
    assert.deepEqual(
      behindSchemas(
        two,
        record("a", 1, "n"),
        record("a", 2, "n"),
        dump(3),
        dump(4),
        behind(5),
        behind(6),
        '{"record" : { "emitted_at": 1, "data": {"note": "x", "id": 7, "_airbyte_raw_id": "?"}, "namespace": "n", "stream": "a" }, "type": "RECORD" }',
        "",
        record("a", 8, "n"),
      ),
      ["batch n.a 1|x 2|x 3|x 4|x 5|- 6|- 7|x 8|x"],
    );
  });

  it("tells streams apart by namespace", () => {
    const catalog = catalogOf([
      { name: "a", namespace: "n1" },
      { name: "a", namespace: "n2" },
      { name: "a", namespace: null },
    ]);
    const behind = (id: number, namespace: string) =>
      `{"type":"RECORD","record":{"stream":"a","data":{"id":${String(id)}},"emitted_at":1,"namespace":${namespace}}}`;
    assert.deepEqual(
      behindSchemas(
        catalog,
        record("a", 1, "n1"),
        record("a", 2, "n2"),
        record("a", 3),
        behind(4, '"n1"'),
        behind(5, '"n2"'),
        behind(6, "null"),
        record("a", 7, "n1"),
      ),
      ["batch n1.a 1|x 4|- 7|x", "batch n2.a 2|x 5|-", "batch a 3|x 6|-"],
    );
  });

  it("believes a namespace behind the row only when it is the stream's", () => {
    const behind = (id: number, namespace: string) =>
      `{"type":"RECORD","record":{"stream":"a","data":{"id":${String(id)}},"emitted_at":1,"namespace":"${namespace}"}}`;
    const lines = [record("a", 1), record("a", 2)];
    assert.deepEqual(behindSchemas(two, ...lines, behind(3, "n")), [
      "batch n.a 1|x 2|x 3|-",
    ]);
    refuses([...lines, behind(3, "m")], "invalid_input", '"namespace"');
  });

  it("finds the stream when only its namespace is left out", () => {
    assert.deepEqual(behindSchemas(two, record("a", 1)), ["batch n.a 1|x"]);
  });

  it("gives every state out whole, behind the rows of its stream alone", () => {
    const first =
      '{"type":"STATE", "state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a","namespace":"n"},"stream_state":{"k":1.0}},"id":12},"log":null}';
    const one = decoder({ catalogText: two, batchRows: 2 });
    const give = (...lines: string[]) => {
      const text = lines.map((line) => `${line}\n`).join("");
      return Array.from(one.decode(Buffer.from(text)), wordOf).filter(
        (word) => !word.startsWith("schema"),
      );
    };
    assert.deepEqual(give(record("b", 1), first), [
      "complete n.a",
      `state n.a 0 ${first}`,
    ]);
    assert.deepEqual(give(record("a", 1, "n"), first), []);
    assert.deepEqual(give(first, record("a", 2, "n")), [
      "batch n.a 1|x 2|x",
      `state n.a 1 ${first}`,
      `state n.a 0 ${first}`,
    ]);
    assert.deepEqual(Array.from(one.end(), wordOf), ["batch b 1|x"]);
  });

  it("lets a state that covers all streams wait for all", () => {
    const global = '{"type":"STATE","state":{"type":"GLOBAL","global":{}}}';
    assert.deepEqual(
      behindSchemas(two, record("b", 1), record("a", 1), global),
      ["batch b 1|x", "batch n.a 1|x", `state * 2 ${global}`],
    );
    const legacy = '{"type":"STATE","state":{"data":{"x":1},"stream":null}}';
    assert.deepEqual(behindSchemas(two, legacy), [`state * 0 ${legacy}`]);
  });

  it("gives the same inputs however the text is cut", () => {
    const text = Buffer.from(
      [
        record("a", 1, "n"),
        record("b", 2),
        state("b", { é: 1 }),
        record("a", 3, "n"),
        status("a", "COMPLETE", "n"),
        "",
      ].join("\n"),
    );
    const all = (chunks: readonly Uint8Array[]) =>
      decodeAll(decoder({ catalogText: two }), chunks).map(wordOf);
    const whole = all([text]);
    assert.equal(whole.length, 7, whole.join("\n"));
    for (let cut = 0; cut <= text.length; cut += 1)
      assert.deepEqual(all([text.subarray(0, cut), text.subarray(cut)]), whole);
    assert.deepEqual(
      all(Array.from(text, (byte) => Uint8Array.of(byte))),
      whole,
    );
  });

  it("ignores what is for the platform", () => {
    assert.deepEqual(
      behindSchemas(
        two,
        '{"type":"LOG","log":{"level":"INFO","message":"x"}}',
        '{"type":"CONTROL","control":{}}',
        '{"type":"TRACE","trace":{"type":"ESTIMATE","emitted_at":1}}',
        status("unknown", "COMPLETE"),
      ),
      [],
    );
  });

  it("says where the input is wrong", () => {
    refuses(["x"], "invalid_input", "stdin line 1");
    refuses([record("a", 1, "n"), "{}"], "invalid_input", "line 2", '"type"');
    refuses([record("c", 1)], "invalid_input", '"c"', "configured catalog");
    refuses([record("a", 1, "m")], "invalid_input", '"m.a"');
    refuses(['{"type":"RECORD"}'], "invalid_input", '"record"');
    refuses(
      ['{"type":"RECORD","record":{"stream":"b"}}'],
      "invalid_input",
      '"data"',
    );
    refuses(
      ['{"type":"RECORD","record":{"stream":"b","data":null}}'],
      "invalid_input",
      'stream "b"',
    );
    refuses(['{"type":"STATE","state":null}'], "invalid_input", '"state"');
    refuses(['{"type":"SPEC","spec":{}}'], "invalid_input", '"SPEC"');
    refuses(
      [record("b", 1), record("b", 2).replace('"id":2', '"id":2.5')],
      "invalid_data",
      "2.5",
      'column "id"',
      "line 2",
      'stream "b"',
    );
  });
});

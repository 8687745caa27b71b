import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Kind } from "../../arrow/kind.js";
import { field, type DataType } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import { everyKindSchema } from "../every-kind.js";
import { JsonNode } from "../json-node.js";
import { writeJson } from "../json-value.js";
import { columnsOf, schemaOfRows } from "./types.js";

/** Text of the one column of a schema. */
function columnText(type: DataType, nullable = true): string {
  const text = writeJson(
    schemaOfRows({ fields: [field("c", type, nullable)] }),
  );
  return text.slice('{"type":"object","properties":{"c":'.length, -2);
}

/** What every target reads, then our own hint. */
const columns: Record<Kind, readonly [string, string]> = {
  null: ['"type":"null"', "null"],
  bool: ['"type":["boolean","null"]', "bool"],
  int: ['"type":["integer","null"],"minimum":-32768,"maximum":32767', "int16"],
  uint64: [
    '"type":["integer","null"],"minimum":0,"maximum":18446744073709551615',
    "uint64",
  ],
  float: ['"type":["number","null"]', "double"],
  decimal: ['"type":["number","null"],"multipleOf":0.01', "decimal128(38, 2)"],
  utf8: ['"type":["string","null"]', "string"],
  binary: ['"type":["string","null"],"contentEncoding":"base64"', "binary"],
  date: ['"type":["string","null"],"format":"date"', "date32[day]"],
  time: ['"type":["string","null"],"format":"time"', "time64[us]"],
  timestamp: [
    '"type":["string","null"],"format":"date-time"',
    "timestamp[ns, tz=UTC]",
  ],
  duration: ['"type":["string","null"],"format":"duration"', "duration[us]"],
  interval: [
    '"type":["string","null"],"format":"duration"',
    "month_day_nano_interval",
  ],
  list: [
    '"type":["array","null"],"items":{"type":["string","null"],"format":"date-time"}',
    "list<item: timestamp[s]>",
  ],
  struct: [
    '"type":["object","null"],"properties":{"x":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807},"y":{"type":["boolean","null"]}},"required":["x"]',
    "struct<x: int64 not null, y: bool>",
  ],
  map: [
    '"type":["object","null"],"additionalProperties":{"type":["number","null"]}',
    "map<string, double>",
  ],
  union: [
    '"type":["object","null"],"properties":{"x":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807},"s":{"type":["string","null"]}}',
    "dense_union<x: int64 not null=5, s: string=7>",
  ],
};

describe("schemaOfRows", () => {
  for (const { name, type } of everyKindSchema.fields) {
    const [standard, hint] = columns[name as Kind];
    it(`writes ${name}`, () => {
      assert.equal(
        columnText(type),
        `{${standard},"x-arrow-type":${JSON.stringify(hint)}}`,
      );
    });
  }

  it("writes the step of a decimal exactly", () => {
    const step = (scale: number) =>
      /"multipleOf":([^,]*)/.exec(
        columnText({ type: "decimal", bits: 256, precision: 76, scale }),
      )?.[1];
    assert.equal(step(0), "1");
    assert.equal(step(1), "0.1");
    assert.equal(step(18), "0.000000000000000001");
    assert.equal(step(38), "1e-38");
    assert.equal(step(-2), "100");
  });

  it("requires what is never null", () => {
    const text = writeJson(
      schemaOfRows({
        fields: [
          field("1", { type: "bool" }, false),
          field("0", { type: "bool" }),
        ],
      }),
    );
    assert.equal(
      text,
      '{"type":"object","properties":{"1":{"type":"boolean","x-arrow-type":"bool"},"0":{"type":["boolean","null"],"x-arrow-type":"bool"}},"required":["1"]}',
    );
  });

  it("writes a map with other keys as a list of pairs", () => {
    const entries = field(
      "entries",
      {
        type: "struct",
        fields: [
          field("k", { type: "date", unit: "day" }, false),
          field("v", { type: "bool" }),
        ],
      },
      false,
    );
    assert.ok(
      columnText({ type: "map", entries, keysSorted: false }).startsWith(
        '{"type":["array","null"],"items":{"type":"object","properties":{"key":{"type":"string","format":"date"},"value":{"type":["boolean","null"]}},"required":["key"]},',
      ),
    );
  });

  it("shows encodings as what they encode", () => {
    const type: DataType = {
      type: "dictionary",
      id: 1n,
      index: { type: "int", bits: 8, signed: true },
      value: { type: "utf8", addressing: "view" },
      ordered: false,
    };
    assert.equal(
      columnText(type),
      '{"type":["string","null"],"x-arrow-type":"string"}',
    );
  });
});

describe("columnsOf", () => {
  it("restores every type that schemaOfRows wrote", () => {
    const text = writeJson(schemaOfRows(everyKindSchema));
    const node = JsonNode.parse(text, "schema", "invalid_input");
    assert.deepEqual(columnsOf(node), everyKindSchema.fields);
  });

  it("refuses a schema without properties", () => {
    const node = JsonNode.parse('{"type":"object"}', "schema", "invalid_input");
    assert.throws(
      () => columnsOf(node),
      (error) => error instanceof Failure && error.code === "invalid_input",
    );
  });
});

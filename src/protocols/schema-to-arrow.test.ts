import assert from "node:assert/strict";
import { describe, it } from "node:test";

import {
  binary,
  bool,
  float64,
  int64,
  uint64,
  utf8,
  type DataType,
} from "../arrow/schema.js";
import { JsonNode } from "./json-node.js";
import { columnOf } from "./schema-to-arrow.js";

const microseconds = { type: "timestamp", unit: "us" } as const;
const instant: DataType = { ...microseconds, timezone: "UTC" };

function decimal(bits: 128 | 256, precision: number, scale: number): DataType {
  return { type: "decimal", bits, precision, scale };
}

function column(text: string, root = text) {
  const parse = (json: string) =>
    JsonNode.parse(json, "schema", "invalid_input");
  return columnOf("c", parse(text), parse(root), true);
}

describe("columnOf", () => {
  /** Schema, type, and whether it is nullable when the column is required. */
  const cases: readonly (readonly [string, DataType, boolean])[] = [
    ['{"type":"boolean"}', bool, false],
    ['{"type":["null","boolean"]}', bool, true],
    ['{"type":["Integer"]}', int64, false],
    ['{"type":"int"}', int64, false],
    ['{"type":"integer","minimum":-9223372036854775808}', int64, false],
    ['{"type":"integer","maximum":9223372036854775807}', int64, false],
    [
      '{"type":"integer","minimum":0,"maximum":9223372036854775808}',
      uint64,
      false,
    ],
    [
      '{"type":"integer","maximum":18446744073709551616}',
      decimal(128, 20, 0),
      false,
    ],
    [
      '{"type":"integer","minimum":-9223372036854775809}',
      decimal(128, 19, 0),
      false,
    ],
    ['{"type":"integer","maximum":1e39}', decimal(256, 40, 0), false],
    ['{"type":"number"}', float64, false],
    ['{"type":["integer","number","null"]}', float64, true],
    ['{"type":"number","multipleOf":0.01}', decimal(128, 38, 2), false],
    ['{"type":"number","multipleOf":1e-38}', decimal(128, 38, 38), false],
    ['{"type":"number","multipleOf":1}', decimal(128, 38, 0), false],
    [
      '{"type":["null","number"],"multipleOf":0.01,"exclusiveMaximum":10000000000,"exclusiveMinimum":-10000000000}',
      decimal(128, 12, 2),
      true,
    ],
    [
      '{"type":"number","multipleOf":1e-38,"maximum":1e+62}',
      decimal(256, 76, 38),
      false,
    ],
    [
      '{"type":"number","multipleOf":0.01,"minimum":0,"maximum":10}',
      decimal(128, 4, 2),
      false,
    ],
    [
      '{"type":"number","multipleOf":0.01,"exclusiveMaximum":10.5}',
      decimal(128, 4, 2),
      false,
    ],
    ['{"type":"number","precision":20,"scale":4}', decimal(128, 20, 4), false],
    ['{"type":"number","airbyte_type":"integer"}', int64, false],
    ['{"type":"string","format":"singer.decimal"}', decimal(128, 38, 9), false],
    [
      '{"type":"string","format":"x-singer.decimal","precision":50,"scale":10}',
      decimal(256, 50, 10),
      false,
    ],
    ['{"type":"string"}', utf8, false],
    ['{"type":["string","null"],"format":"date-time"}', instant, true],
    [
      '{"type":"string","format":"date-time","airbyte_type":"timestamp_without_timezone"}',
      microseconds,
      false,
    ],
    ['{"type":"string","format":"date"}', { type: "date", unit: "day" }, false],
    ['{"type":"string","format":"time"}', { type: "time", unit: "us" }, false],
    [
      '{"type":"string","format":"time","airbyte_type":"time_with_timezone"}',
      utf8,
      false,
    ],
    ['{"type":"string","format":"uuid"}', utf8, false],
    ['{"type":"string","contentEncoding":"base64"}', binary, false],
    ['{"type":"string","contentEncoding":"base16"}', utf8, false],
    ['{"type":"object"}', utf8, false],
    ['{"type":"object","properties":{}}', utf8, false],
    [
      '{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":true}',
      utf8,
      false,
    ],
    [
      '{"type":"object","properties":{"1":{"type":"string"},"0":{"type":"boolean"}},"required":["0"]}',
      {
        type: "struct",
        fields: [
          { name: "1", type: utf8, nullable: true },
          { name: "0", type: bool, nullable: false },
        ],
      },
      false,
    ],
    ['{"type":"array"}', utf8, false],
    ['{"type":"array","items":[{"type":"string"}]}', utf8, false],
    [
      '{"type":["array","null"],"items":{"type":["integer","null"]}}',
      {
        type: "list",
        addressing: "offset32",
        item: { name: "item", type: int64, nullable: true },
      },
      true,
    ],
    ['{"type":["string","integer","null"]}', utf8, true],
    ['{"type":"whatever"}', utf8, false],
    ["{}", utf8, true],
    ["true", utf8, true],
    ['{"type":["null"]}', { type: "null" }, true],
    [
      '{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]}',
      instant,
      true,
    ],
    ['{"oneOf":[{"type":"integer"},{"type":["null","integer"]}]}', int64, true],
    [
      '{"anyOf":[{"type":"string","format":"date-time"},{"type":["string","null"]}]}',
      utf8,
      true,
    ],
    ['{"type":"integer","x-arrow-type":"int16"}', column16(), false],
    ['{"type":"integer","x-arrow-type":"nonsense<"}', int64, false],
    // Someone rewrote the schema and left the hint.
    ['{"type":"string","x-arrow-type":"int16"}', utf8, false],
    ['{"type":["string","integer"],"x-arrow-type":"int16"}', utf8, false],
  ];
  for (const [text, type, nullable] of cases)
    it(`reads ${text}`, () => {
      assert.deepEqual(column(text), { name: "c", type, nullable });
    });

  it("makes a column that may be absent nullable", () => {
    const schema = JsonNode.parse('{"type":"integer"}', "s", "invalid_input");
    assert.equal(columnOf("c", schema, schema, false).nullable, true);
  });

  it("follows references, and ends a schema that contains itself as text", () => {
    const root =
      '{"definitions":{"a~b":{"type":["null","integer"]},"tree":{"type":"array","items":{"$ref":"#/definitions/tree"}}}}';
    assert.deepEqual(column('{"$ref":"#/definitions/a~0b"}', root).type, int64);
    assert.deepEqual(column('{"$ref":"#/definitions/tree"}', root).type, {
      type: "list",
      addressing: "offset32",
      item: { name: "item", type: utf8, nullable: true },
    });
    assert.equal(column('{"$ref":"#/nowhere"}', root).type, utf8);
    assert.equal(column('{"$ref":"https://x/y"}', root).type, utf8);
  });
});

function column16(): DataType {
  return { type: "int", bits: 16, signed: true };
}

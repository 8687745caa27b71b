import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Kind } from "../../arrow/kind.js";
import { field, type DataType } from "../../arrow/schema.js";
import { everyKindSchema } from "../every-kind.js";
import { JsonNode } from "../json-node.js";
import { writeJson } from "../json-value.js";
import { columnsOf, schemaOfRows } from "./types.js";

/** Text of the one column of a schema, without our own hint. */
function columnText(type: DataType): string {
  const text = writeJson(schemaOfRows({ fields: [field("c", type)] }));
  const start = '{"type":"object","properties":{"c":{'.length;
  return text.slice(start, text.lastIndexOf(',"x-arrow-type":'));
}

const columns: Record<Kind, string> = {
  null: '"type":"null"',
  bool: '"type":["boolean","null"]',
  int: '"type":["integer","null"]',
  uint64: '"type":["integer","null"]',
  float: '"type":["number","null"]',
  decimal: '"type":["number","null"]',
  utf8: '"type":["string","null"]',
  binary: '"type":["string","null"],"contentEncoding":"base64"',
  date: '"type":["string","null"],"format":"date"',
  time: '"type":["string","null"],"format":"time","airbyte_type":"time_without_timezone"',
  timestamp:
    '"type":["string","null"],"format":"date-time","airbyte_type":"timestamp_with_timezone"',
  duration: '"type":["string","null"]',
  interval: '"type":["string","null"]',
  list: '"type":["array","null"],"items":{"type":["string","null"],"format":"date-time","airbyte_type":"timestamp_without_timezone"}',
  struct:
    '"type":["object","null"],"properties":{"x":{"type":"integer"},"y":{"type":["boolean","null"]}},"required":["x"]',
  map: '"type":["object","null"]',
  union:
    '"type":["object","null"],"properties":{"x":{"type":"integer"},"s":{"type":["string","null"]}}',
};

describe("schemaOfRows", () => {
  for (const { name, type } of everyKindSchema.fields)
    it(`writes ${name}`, () => {
      assert.equal(columnText(type), columns[name as Kind]);
    });
});

describe("columnsOf", () => {
  const parse = (text: string) =>
    columnsOf(JsonNode.parse(text, "schema", "invalid_config"));

  it("restores every type that schemaOfRows wrote", () => {
    assert.deepEqual(
      parse(writeJson(schemaOfRows(everyKindSchema))),
      everyKindSchema.fields,
    );
  });

  it("takes a schema without properties for one without columns", () => {
    assert.deepEqual(parse("{}"), []);
    assert.deepEqual(parse('{"properties":null}'), []);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { Failure } from "../failure.js";
import { isMap, jsonNumber, parseJson, writeJson } from "./json-value.js";

describe("parseJson and writeJson", () => {
  it("keep every digit and the order of keys", () => {
    const text =
      '{"b":12345678901234567890.12345678901234567890,"1":-0,"a":[1e400,9007199254740993],"__proto__":{"0":true},"":null}';
    assert.equal(writeJson(parseJson(text)), text);
  });

  it("agree with JSON.parse on any document", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat({ max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        assert.deepEqual(
          JSON.parse(writeJson(parseJson(text))),
          JSON.parse(text),
        );
      }),
    );
  });

  it("indent as JSON.stringify does", () => {
    const value = { a: [1, { b: [] }], c: {}, d: "x\ny" };
    assert.equal(writeJson(value, 2), JSON.stringify(value, undefined, 2));
    assert.equal(writeJson(value), JSON.stringify(value));
  });

  it("leave out what is undefined", () => {
    assert.equal(writeJson({ a: undefined, b: 1 }), '{"b":1}');
  });

  it("read escapes, and quotes behind backslashes", () => {
    assert.equal(parseJson(String.raw`"\\\"\u00e9\\"`), '\\"é\\');
  });

  it("let the last of two equal keys count", () => {
    const value = parseJson('{"a":1,"a":2}');
    assert.ok(isMap(value));
    assert.deepEqual(value.get("a"), jsonNumber("2"));
  });

  for (const [text, reason] of [
    ["", "the text ends (line 1, column 1)"],
    ["{", "the text ends (line 1, column 2)"],
    ['{"a":1,}', 'found "}" (line 1, column 8)'],
    ["[1,\n 2 3]", 'found "3]" (line 2, column 4)'],
    ["01", "goes on behind"],
    ["1.", "goes on behind"],
    ["+1", "expected a JSON value"],
    ["nul", "expected a JSON value"],
    ['"a\nb"', "raw control character"],
    [String.raw`"\x"`, "bad escape"],
    [String.raw`"abc\"`, "no end"],
    ["{} {}", "goes on behind"],
    ["{a:1}", "double quotes"],
    ["[".repeat(100_000), "nested deeper"],
  ] as const)
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.throws(
        () => parseJson(text),
        (error) =>
          error instanceof Failure &&
          error.code === "invalid_input" &&
          error.message.includes(reason),
      );
    });
});

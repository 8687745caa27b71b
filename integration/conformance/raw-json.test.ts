import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { plainText, rawAt, rawMembers } from "./raw-json.js";

describe("rawMembers", () => {
  it("keeps every value as it stands", () => {
    const text = String.raw`{"a":1.50,"b" : [1, {"c":"]}"}] ,"q\"":"\\\"}","":{},"n":null}`;
    assert.deepEqual(
      [...rawMembers(text)],
      [
        ["a", "1.50"],
        ["b", '[1, {"c":"]}"}]'],
        ['q"', String.raw`"\\\"}"`],
        ["", "{}"],
        ["n", "null"],
      ],
    );
    assert.deepEqual([...rawMembers("{}")], []);
  });

  it("finds what lies deeper", () => {
    const text = '{"a":{"b":{"c":9007199254740993}},"d":"x\\u0041"}';
    assert.equal(rawAt(text, "a", "b", "c"), "9007199254740993");
    assert.equal(rawAt(text, "a", "x", "c"), undefined);
    assert.equal(plainText(rawAt(text, "d") ?? ""), "xA");
  });

  it("refuses what is no object", () => {
    assert.throws(() => rawMembers('{"a":1'), SyntaxError);
    assert.throws(() => rawMembers('{"a":"x}'), SyntaxError);
  });
});

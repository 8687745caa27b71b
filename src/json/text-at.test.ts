import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryField, arbitraryValue } from "../arrow/arbitrary.js";
import { vectorOf } from "../arrow/plain-values.js";
import { utf8 } from "../arrow/schema.js";
import { referenceText } from "./reference-text.js";
import { textAt } from "./text-at.js";

test("is the JSON text, without quotes and escapes of strings", () => {
  const values = arbitraryField.chain((field) =>
    fc.tuple(fc.constant(field.type), arbitraryValue(field), fc.boolean()),
  );
  fc.assert(
    fc.property(values, ([type, value, rough]) => {
      const vector = vectorOf(type, [value, value], rough);
      const json = referenceText(type, value);
      const expected =
        value === null
          ? undefined
          : json.startsWith('"')
            ? (JSON.parse(json) as string)
            : json;
      assert.equal(textAt(vector, 1), expected);
    }),
    { numRuns: 1000 },
  );
});

test("refuses a text that is not UTF-8", () => {
  const vector = {
    layout: "bytes",
    type: utf8,
    length: 2,
    validity: undefined,
    offsets: Int32Array.of(0, 1, 2),
    data: Uint8Array.of(0x61, 0xff),
  } as const;
  assert.equal(textAt(vector, 0), "a");
  assert.throws(() => textAt(vector, 1), { code: "invalid_data" });
});

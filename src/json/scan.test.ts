import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Failure } from "../failure.js";
import { readString, skipSpace, skipValue } from "./scan.js";

/** The position behind the value, or undefined when it is not JSON. */
function skipped(text: string | Uint8Array): number | undefined {
  const bytes = Buffer.from(text);
  try {
    return skipValue(bytes, 0, bytes.length);
  } catch (reason) {
    assert.ok(reason instanceof Failure && reason.code === "invalid_input");
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("skipValue", () => {
  test("ends where the value ends", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom("", " ", ",", "]", "}", "\n{"),
        (json, rest) => {
          assert.equal(skipped(json + rest), Buffer.byteLength(json));
        },
      ),
    );
  });

  test("takes what JSON.parse takes and nothing else", () => {
    const pieces = fc.constantFrom(
      ...Array.from('{}[]:,"\\ \t\n\u0001aeu0123456789+-.'),
      "true",
      "false",
      "null",
      '"a"',
      '"a":',
      "\\ud800",
      "1.5e-3",
      "é",
    );
    const texts = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
      // Valid texts with one piece put in or taken out.
      fc
        .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(2), pieces)
        .map(([json, at, cut, piece]) => {
          const place = at % (json.length + 1);
          return json.slice(0, place) + piece + json.slice(place + cut);
        }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const bytes = Buffer.from(text);
        const start = skipSpace(bytes, 0, bytes.length);
        const end = skipped(bytes.subarray(start));
        const isWhole =
          end !== undefined &&
          skipSpace(bytes, start + end, bytes.length) === bytes.length;
        assert.equal(isWhole, isJson(text));
      }),
      { numRuns: 20_000 },
    );
  });

  test("bears 1,000 levels and refuses more", () => {
    const nested = (levels: number): string =>
      '[{"a":'.repeat(levels / 2) + "1" + "}]".repeat(levels / 2);
    assert.equal(skipped(nested(1000)), nested(1000).length);
    assert.equal(skipped(nested(1002)), undefined);
    assert.equal(skipped("[".repeat(1_000_000)), undefined);
  });

  test("does not look behind the end", () => {
    const bytes = Buffer.from('[12,"ab",true]');
    for (let end = 0; end < bytes.length; end++)
      assert.throws(() => skipValue(bytes, 0, end), { code: "invalid_input" });
    assert.equal(skipValue(Buffer.from("123"), 0, 2), 2);
  });

  test("says where and what", () => {
    assert.throws(() => skipValue(Buffer.from('{"a":x}'), 0, 7), {
      message: 'not JSON: expected a value, found "x}", at byte 5',
    });
    assert.throws(() => skipValue(Buffer.from('{"a":1'), 0, 6), {
      message: 'not JSON: expected "," or "}", but it ends there, at byte 6',
    });
  });
});

describe("readString", () => {
  test("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.boolean(),
        (value, escape) => {
          const plain = JSON.stringify(value);
          const json = escape
            ? plain.replace(/[^\\"nrtbfu0-9a-f]/gu, (character) =>
                Array.from(
                  { length: character.length },
                  (_, index) =>
                    `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
                ).join(""),
              )
            : plain;
          const bytes = Buffer.from(`x${json}y`);
          assert.deepEqual(readString(bytes, 1, bytes.length), {
            value: JSON.parse(json) as string,
            next: bytes.length - 1,
          });
        },
      ),
    );
  });

  test("keeps the replacement character and half a surrogate pair", () => {
    assert.equal(readString(Buffer.from('"\uFFFD"'), 0, 5).value, "\uFFFD");
    assert.equal(readString(Buffer.from('"\\ud800"'), 0, 8).value, "\ud800");
  });

  test("refuses what is not UTF-8, what is no string, and what does not end", () => {
    for (const bytes of [
      Buffer.of(0x22, 0xff, 0x22),
      Buffer.from("a"),
      Buffer.from('"a'),
      Buffer.from('"\n"'),
      Buffer.from('"\\x"'),
      Buffer.from('"\\u12g4"'),
      Buffer.of(),
    ])
      assert.throws(() => readString(bytes, 0, bytes.length), {
        code: "invalid_input",
      });
  });
});

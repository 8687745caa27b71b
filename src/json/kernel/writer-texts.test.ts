import { describe, test } from "node:test";
import fc from "fast-check";
import { batchOfValues } from "../../arrow/plain-values.js";
import { binary, bool, field, int64 } from "../../arrow/schema.js";
import { assertTwins, column, rawTexts } from "./writer-twins.js";

describe("texts are the same for both:", () => {
  const filled = (length: number) => Buffer.alloc(length, "x");
  /** The piece at every place of a text of up to 40 bytes. */
  const everywhere = (piece: Uint8Array) =>
    Array.from({ length: 40 }, (_, place) =>
      Buffer.concat([filled(place), piece, filled(39 - place)]),
    );

  test("any byte at any place", () => {
    for (let byte = 0; byte < 256; byte++) {
      const texts = everywhere(Buffer.of(byte));
      if (byte < 0x80) assertTwins(rawTexts(texts));
      else for (const text of texts) assertTwins(rawTexts([text]));
    }
  });

  test("what is UTF-8 and what is nearly", () => {
    const valid = ["é", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "😀"];
    for (const text of [...valid, "\u{10ffff}", '"\\"', "\u0000\u001f\n"])
      assertTwins(rawTexts(everywhere(Buffer.from(text))));
    for (const bytes of [
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xc3],
      [0xe0, 0x9f, 0xbf],
      [0xe2, 0x82],
      [0xed, 0xa0, 0x80],
      [0xed, 0xbf, 0xbf],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf0, 0x9f, 0x98],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
    ])
      for (const text of everywhere(Uint8Array.from(bytes))) {
        const good = Buffer.from("good é");
        assertTwins(rawTexts([good, text, good]));
        assertTwins(rawTexts([good, null, text]));
      }
  });

  test("any bytes, cut anywhere", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const halves = fc
      .string({ unit: "binary", minLength: 1, maxLength: 20 })
      .chain((text) => {
        const whole = Buffer.from(text);
        return fc
          .nat(whole.length)
          .map((cut) => [whole.subarray(0, cut), whole.subarray(cut)]);
      });
    const texts = fc.oneof(fc.array(bytes), halves);
    fc.assert(
      fc.property(texts, (parts) => {
        assertTwins(rawTexts(parts));
      }),
      { numRuns: 2000 },
    );
  });

  test("of every length, and too long for the kernel's memory", () => {
    const unit = 'x"é\n';
    const texts = Array.from({ length: 700 }, (_, length) =>
      Buffer.from(unit.repeat(length)),
    );
    for (const size of [1e5, 131_072, 131_073, 2e5, 3e6])
      texts.splice(size % 600, 0, Buffer.alloc(size, "y\u0001"));
    // As long as a row gets: every byte becomes six.
    texts.push(Buffer.alloc(131_072, 1));
    assertTwins(rawTexts(texts));
    assertTwins(column(binary, texts));
    // Runs of rows begin anywhere, bits with them.
    const values = texts.map((text, row) => (row % 3 === 0 ? null : text));
    const numbers = values.map((_, row) =>
      row % 5 === 0 ? null : BigInt(row),
    );
    const bits = values.map((_, row) => row % 7 === 0);
    const fields = [field("a", binary), field("b", bool), field("c", int64)];
    assertTwins(batchOfValues({ fields }, [values, bits, numbers]));
  });
});

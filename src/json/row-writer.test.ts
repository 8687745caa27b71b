import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "../arrow/arbitrary.js";
import { batchOf, type Batch } from "../arrow/batch.js";
import {
  batchOfValues,
  valuesOfBatch,
  type Value,
} from "../arrow/plain-values.js";
import {
  binary,
  field,
  float64,
  int32,
  utf8,
  type DataType,
} from "../arrow/schema.js";
import { batchOfLines, blocksOf, linesOf } from "./lines.js";
import { referenceLines } from "./reference-text.js";
import { RowWriter } from "./row-writer.js";

const batches = arbitrarySchema.chain((schema) => arbitraryBatch(schema));

/** A batch of one column `a`. */
function column(type: DataType, ...values: readonly Value[]): Batch {
  return batchOfValues({ fields: [field("a", type)] }, [values]);
}

/** A batch of one utf8 column of any bytes. */
function rawTexts(...texts: readonly (readonly number[])[]): Batch {
  const { vectors, length } = column(
    binary,
    ...texts.map((text) => Uint8Array.from(text)),
  );
  return batchOf(
    { fields: [field("a", utf8)] },
    vectors.map((vector) => ({ ...vector, type: utf8 })),
    length,
  );
}

describe("any batch of any schema", () => {
  test("is written as the reference writes it", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const expected = referenceLines(batch).map((line) => `${line}\n`);
        for (const kernel of [true, false])
          assert.equal(
            linesOf(batch, { kernel }).toString(),
            expected.join(""),
          );
      }),
      { numRuns: 400 },
    );
  });

  test("comes back from its lines", () => {
    fc.assert(
      fc.property(batches, (batch) => {
        const lines = linesOf(batch, { kernel: false });
        const parsed = batchOfLines(batch.schema, lines);
        assert.equal(parsed?.length ?? 0, batch.length);
        if (parsed === undefined) return;
        assert.deepEqual(parsed.schema, batch.schema);
        assert.equal(parsed.absent, undefined);
        assert.deepEqual(valuesOfBatch(parsed), valuesOfBatch(batch));
      }),
      { numRuns: 400 },
    );
  });

  test("takes the same bytes whatever the size of the blocks", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 300 }), (batch, size) => {
        assert.deepEqual(linesOf(batch, { blockBytes: size }), linesOf(batch));
      }),
      { numRuns: 100 },
    );
  });
});

describe("blocks", () => {
  const numbers = column(
    int32,
    ...Array.from({ length: 1000 }, (_, i) => BigInt(i)),
  );

  test("hold whole lines with prefix and suffix around every row", () => {
    const writer = new RowWriter(numbers.schema, { blockBytes: 200 });
    const blocks = blocksOf(writer, numbers, '{"é":', ',"z":1}\n');
    assert.ok(blocks.length > 50);
    for (const block of blocks) {
      assert.equal(block.at(-1), 0x0a);
      assert.ok(block.length < 240);
    }
    const lines = Buffer.concat(blocks).toString().trimEnd().split("\n");
    assert.deepEqual(
      lines,
      Array.from({ length: 1000 }, (_, i) => `{"é":{"a":${String(i)}},"z":1}`),
    );
  });

  test("grow for one huge row and are small again afterwards", () => {
    const writer = new RowWriter({ fields: [field("a", utf8)] });
    const huge = "\u0001".repeat(100_000) + "x".repeat(5_000_000);
    const batch = column(utf8, "before", huge, "after");
    const blocks = blocksOf(writer, batch);
    assert.deepEqual(
      Buffer.concat(blocks)
        .toString()
        .split("\n")
        .map((line) =>
          line === "" ? "" : (JSON.parse(line) as { a: string }).a,
        ),
      ["before", huge, "after", ""],
    );
    for (const block of writer.write(
      column(utf8, "small"),
      Buffer.of(),
      Buffer.of(),
    ))
      assert.ok(block.buffer.byteLength < 4_000_000);
  });

  test("are none for no rows", () => {
    assert.equal(
      blocksOf(new RowWriter(numbers.schema), column(int32)).length,
      0,
    );
  });

  test("hold {} for rows without columns", () => {
    const batch = batchOf({ fields: [] }, [], 2);
    assert.equal(linesOf(batch).toString(), "{}\n{}\n");
  });
});

describe("what the type leaves open", () => {
  const numbers = column(float64, NaN, Infinity, -Infinity, 1.5, null);

  test("is written as strings by default", () => {
    assert.equal(
      linesOf(numbers).toString(),
      '{"a":"NaN"}\n{"a":"Infinity"}\n{"a":"-Infinity"}\n{"a":1.5}\n{"a":null}\n',
    );
  });

  test("is null where asked for", () => {
    assert.equal(
      linesOf(numbers, { nonFinite: "null" }).toString(),
      '{"a":null}\n{"a":null}\n{"a":null}\n{"a":1.5}\n{"a":null}\n',
    );
  });

  test("fails where asked for, with column and row", () => {
    const late = column(float64, 0, 1, -Infinity);
    assert.throws(() => linesOf(late, { nonFinite: "fail" }), {
      code: "invalid_data",
      message:
        '-Infinity is not a JSON number in column "a", row 2 of its batch',
    });
  });

  test("puts the suffix behind timestamps without a timezone only", () => {
    const naive = { type: "timestamp", unit: "s" } as const;
    const instant = { ...naive, timezone: "Europe/Berlin" };
    const batch = batchOfValues(
      { fields: [field("a", naive), field("b", instant)] },
      [[0n], [0n]],
    );
    assert.equal(
      linesOf(batch).toString(),
      '{"a":"1970-01-01T00:00:00","b":"1970-01-01T00:00:00Z"}\n',
    );
    assert.equal(
      linesOf(batch, { naiveSuffix: "Z" }).toString(),
      '{"a":"1970-01-01T00:00:00Z","b":"1970-01-01T00:00:00Z"}\n',
    );
  });
});

describe("refused with column and row", () => {
  const refused: readonly (readonly [string, Batch, RegExp])[] = [
    [
      "a byte that is not UTF-8",
      rawTexts([0x61], [0xff]),
      /^invalid UTF-8 .*"a", row 1/,
    ],
    [
      "a surrogate",
      rawTexts([0xed, 0xa0, 0x80]),
      /^invalid UTF-8 .*"a", row 0/,
    ],
    [
      "a character cut in two by the next row",
      rawTexts([0xc3], [0xa9]),
      /"a", row 0/,
    ],
    [
      "a character begun in the row before",
      rawTexts([0x61, 0xe2, 0x82], [0xac]),
      /"a", row 0/,
    ],
    [
      "a date that is no whole day",
      column({ type: "date", unit: "ms" }, 86_400_001n),
      /86400001 ms is not a whole day .*row 0/,
    ],
    [
      "a time behind midnight",
      column({ type: "time", unit: "us" }, 0n, 86_400_000_001n),
      /not a time of day .*row 1/,
    ],
    [
      "a time before midnight",
      column({ type: "time", unit: "s" }, -1n),
      /-1 is not a time of day/,
    ],
  ];
  for (const [name, batch, message] of refused)
    test(name, () => {
      for (const kernel of [true, false])
        assert.throws(() => linesOf(batch, { kernel }), {
          code: "invalid_data",
          message,
        });
    });

  test("a text is UTF-8 though the text behind a null is not", () => {
    const batch = rawTexts([0xc3, 0xa9], [0xff], [0x61]);
    const [vector] = batch.vectors;
    assert.ok(vector);
    const nulled = batchOf(
      batch.schema,
      [{ ...vector, validity: Uint8Array.of(0b101) } as typeof vector],
      3,
    );
    assert.equal(
      linesOf(nulled).toString(),
      '{"a":"é"}\n{"a":null}\n{"a":"a"}\n',
    );
  });

  test("a text that ends the character of a null", () => {
    const batch = rawTexts([0x61, 0xe2, 0x82], [0xac]);
    const [vector] = batch.vectors;
    assert.ok(vector);
    const nulled = batchOf(
      batch.schema,
      [{ ...vector, validity: Uint8Array.of(0b10) } as typeof vector],
      2,
    );
    assert.throws(() => linesOf(nulled), { message: /^invalid UTF-8 .*row 1/ });
  });

  test("two columns of one name", () => {
    const fields = [field("a", int32), field("b", int32), field("a", utf8)];
    assert.throws(() => new RowWriter({ fields }), {
      code: "unsupported",
      message: /two columns are named "a"/,
    });
    assert.throws(
      () => new RowWriter({ fields: [field("s", { type: "struct", fields })] }),
      { code: "unsupported", message: /two columns in "s" are named "a"/ },
    );
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  arbitraryBatch,
  arbitrarySchema,
  arbitraryValue,
} from "../../arrow/arbitrary.js";
import { batchOf, type Batch } from "../../arrow/batch.js";
import { batchOfValues, type Value } from "../../arrow/plain-values.js";
import {
  binary,
  bool,
  field,
  float64,
  int32,
  int64,
  int8,
  uint64,
  utf8,
  type DataType,
  type Schema,
} from "../../arrow/schema.js";
import { sliceVector } from "../../arrow/slice.js";
import { RowWriter } from "../row-writer.js";
import {
  assertTwins,
  column,
  isAllKernel,
  latin1,
  outcome,
  prefix,
  suffix,
} from "./writer-twins.js";

const someOptions = fc.record({
  nonFinite: fc.constantFrom("string", "null", "fail"),
  naiveSuffix: fc.constantFrom("", "Z"),
  blockBytes: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constant(32_768)),
});

describe("any batch of any schema is the same bytes for both", () => {
  test("of few rows", () => {
    fc.assert(
      fc.property(
        arbitrarySchema.chain((schema) => arbitraryBatch(schema)),
        someOptions,
        (batch, options) => {
          assertTwins(batch, options);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("of hundreds of rows, and a slice of it", () => {
    fc.assert(
      fc.property(
        arbitrarySchema.chain((schema) =>
          arbitraryBatch(schema, { rowsMax: 300 }),
        ),
        fc.nat(50),
        someOptions,
        (batch, from, options) => {
          assertTwins(batch, options);
          const start = Math.min(from, batch.length);
          const vectors = batch.vectors.map((vector) =>
            sliceVector(vector, start, batch.length),
          );
          const slice = batchOf(batch.schema, vectors, batch.length - start);
          assertTwins(slice, options);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Columns of every kind, some of which only the twin writes. */
const mixed: Schema = {
  fields: [
    field("id", int64, false),
    field("a key of more than sixteen bytes, and some", utf8),
    field("tags", {
      type: "list",
      addressing: "offset32",
      item: field("", utf8),
    }),
    field("ok", bool),
    field("n", { type: "decimal", bits: 256, precision: 50, scale: 3 }),
    field("at", { type: "timestamp", unit: "us" }),
    field("s", { type: "struct", fields: [field("x", int8)] }),
    field("b", binary),
    field("u", uint64),
  ],
};

/** `rows` rows of the mixed table, always the same ones. */
function mixedBatch(rows: number): Batch {
  const columns = mixed.fields.map((fieldOf) =>
    fc.sample(
      fc.array(arbitraryValue(fieldOf), { minLength: 50, maxLength: 50 }),
      {
        seed: 7,
        numRuns: 1,
      },
    ),
  );
  return batchOfValues(
    mixed,
    columns.map(([values = []]) =>
      Array.from({ length: rows }, (_, row) => values[row % 50] as Value),
    ),
  );
}

describe("many rows", () => {
  test("are the same bytes for both, whatever the size of the blocks", () => {
    const batch = mixedBatch(5000);
    for (const blockBytes of [1, 1000, 32_768, 1 << 20])
      assertTwins(batch, { blockBytes });
    assert.ok(isAllKernel(batch));
  });

  test("of many columns are the same bytes for both", () => {
    const fields = Array.from({ length: 2000 }, (_, index) =>
      field(`c${String(index)}`, index % 2 === 0 ? int32 : utf8),
    );
    const columns = fields.map(({ type }) =>
      Array.from({ length: 40 }, (_, row) =>
        type === int32 ? BigInt(row) : `text ${String(row)}`,
      ),
    );
    const batch = batchOfValues({ fields }, columns);
    assertTwins(batch);
    assert.ok(isAllKernel(batch));
  });

  test("of a column that is too wide for the kernel's memory are written", () => {
    const type: DataType = { type: "fixed_size_binary", width: 5_000_000 };
    assertTwins(column(type, [new Uint8Array(5_000_000), null]));
  });

  test("with one that fails are written up to that one", () => {
    const values = Array.from({ length: 3000 }, () => 0n);
    values[2500] = -1n;
    const batch = column({ type: "time", unit: "ms" }, values);
    const { text, failure } = outcome(batch, { kernel: true });
    assert.equal(text.split("\n").length - 1, 2500);
    assert.match(String(failure), /-1 is not a time of day .*row 2500/);
    assertTwins(batch);
  });

  test("with nested ones that are too long for the kernel's memory", () => {
    const list: DataType = {
      type: "list",
      addressing: "offset32",
      item: field("", utf8),
    };
    const lengths = Array.from({ length: 300 }, (_, row) =>
      row % 50 === 7 ? 300_000 : 50 * row,
    );
    const texts = lengths.map((length) => "x".repeat(length));
    const fields = [field("a", list), field("b", utf8), field("c", list)];
    const lists = texts.map((text) => [text, text]);
    assertTwins(batchOfValues({ fields }, [lists, texts, lists]));
  });

  test("with a nested one that fails are written up to that one", () => {
    const list: DataType = {
      type: "list",
      addressing: "offset32",
      item: field("", float64),
    };
    const values: Value[] = Array.from({ length: 3000 }, () => [1.5]);
    values[2500] = [NaN];
    const batch = column(list, values);
    const { text, failure } = outcome(batch, {
      kernel: true,
      nonFinite: "fail",
    });
    assert.equal(text.split("\n").length - 1, 2500);
    assert.match(String(failure), /NaN is not a JSON number .*row 2500/);
    assertTwins(batch, { nonFinite: "fail" });
  });
});

test("writers that take turns keep their rows apart", () => {
  const batches = [mixedBatch(2000), column(int32, [1n, 2n, null])];
  const expected = batches.map((batch) => outcome(batch, {}).text);
  const open = batches.map((batch) =>
    new RowWriter(batch.schema, { blockBytes: 10, kernel: true }).write(
      batch,
      prefix,
      suffix,
    ),
  );
  const texts = batches.map(() => "");
  for (let isOpen = true; isOpen;) {
    isOpen = false;
    open.forEach((blocks, index) => {
      const next = blocks.next();
      if (next.done === true) return;
      isOpen = true;
      texts[index] = String(texts[index]) + latin1(next.value);
    });
  }
  assert.deepEqual(texts, expected);
});

test("what stands around a row may be of any length", () => {
  const batch = column(int32, [1n, 2n]);
  for (const length of [0, 1, 15, 16, 17, 4094, 4095, 4096, 10_000]) {
    const around = Buffer.alloc(length, "x");
    const writer = new RowWriter(batch.schema, { kernel: true });
    const blocks = [...writer.write(batch, around, around)];
    const row = (value: string) =>
      `${String(around)}{"a":${value}}${String(around)}`;
    assert.equal(Buffer.concat(blocks).toString(), row("1") + row("2"));
  }
});

test("batches of one writer keep their rows and nulls apart", () => {
  const batches = [
    column(int32, [null, 1n, null]),
    column(int32, [2n, 3n, 4n, 5n]),
    column(int32, [6n, null]),
  ];
  assert.deepEqual(
    batches.map(({ vectors }) => vectors[0]?.validity === undefined),
    [false, true, false],
  );
  const writer = new RowWriter(
    { fields: [field("a", int32)] },
    { kernel: true },
  );
  const texts = batches.map((batch) =>
    [...writer.write(batch, prefix, suffix)].map(latin1).join(""),
  );
  assert.deepEqual(
    texts,
    batches.map((batch) => outcome(batch, { kernel: false }).text),
  );
});

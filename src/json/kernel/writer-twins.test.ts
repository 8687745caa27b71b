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
  float32,
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
import { Failure } from "../../failure.js";
import { memberColumns } from "../column.js";
import { RowWriter, type RowWriterOptions } from "../row-writer.js";
import { RowKernel } from "./row-kernel.js";

const prefix = Buffer.from('{"type":"RECORD","stream":"s","record":');
const suffix = Buffer.from(',"time_extracted":"2024-01-01"}\n');

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** All blocks that a writer gives, and how that ends. */
function outcome(batch: Batch, options: RowWriterOptions) {
  const blocks: string[] = [];
  try {
    const writer = new RowWriter(batch.schema, options);
    for (const block of writer.write(batch, prefix, suffix))
      blocks.push(latin1(block));
  } catch (reason) {
    return { text: blocks.join(""), failure: Failure.from(reason).message };
  }
  return { text: blocks.join(""), failure: undefined };
}

/** Both give the same bytes, and then the same failure or none. */
function assertTwins(batch: Batch, options: RowWriterOptions = {}): void {
  const byKernel = outcome(batch, { ...options, kernel: true });
  const byTwin = outcome(batch, { ...options, kernel: false });
  assert.equal(byKernel.failure, byTwin.failure);
  if (byKernel.text === byTwin.text) return;
  // Only the first line that differs: all of them would be too much to read.
  const lines = byTwin.text.split("\n");
  const others = byKernel.text.split("\n");
  const row = lines.findIndex((line, index) => line !== others[index]);
  assert.equal(others[row], lines[row], `row ${String(row)}`);
  assert.equal(others.length, lines.length);
}

/** Whether the kernel writes every row of the batch itself. */
function isAllKernel(batch: Batch, options: RowWriterOptions = {}): boolean {
  const columns = memberColumns(batch.schema.fields, "", options);
  columns.forEach((column, index) => {
    const vector = batch.vectors[index];
    if (vector !== undefined) column.bind(vector);
  });
  const kernel = RowKernel.for(columns, 1 << 16);
  assert.ok(kernel);
  assert.ok(kernel.begin(Buffer.from("{"), Buffer.from("}\n")));
  while (kernel.row < batch.length) {
    kernel.fill(batch.length);
    if (kernel.isRefused) return false;
  }
  return true;
}

/** A batch of one column `a`. */
function column(type: DataType, values: readonly Value[]): Batch {
  return batchOfValues({ fields: [field("a", type)] }, [values]);
}

/** A batch of one column `a` of a fixed width whose values have any bits. */
function bitsColumn(type: DataType, width: number, data: Uint8Array): Batch {
  const length = data.length / width;
  const vector = {
    layout: "fixed",
    type,
    length,
    validity: undefined,
    width,
    data,
  } as const;
  return batchOf({ fields: [field("a", type)] }, [vector], length);
}

/** A batch of one utf8 column of any bytes. */
function rawTexts(texts: readonly (Uint8Array | null)[]): Batch {
  const { vectors, length } = column(binary, texts);
  return batchOf(
    { fields: [field("a", utf8)] },
    vectors.map((vector) => ({ ...vector, type: utf8 })),
    length,
  );
}

/** Random 64-bit words, always the same ones. */
function* random(): Generator<bigint, never, undefined> {
  let seed = 1n;
  for (;;) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    yield seed ^ (seed >> 29n);
  }
}

function randomBytes(count: number): Uint8Array {
  const words = new BigUint64Array(count / 8);
  const source = random();
  for (let index = 0; index < words.length; index++)
    words[index] = source.next().value;
  return new Uint8Array(words.buffer);
}

const units = ["s", "ms", "us", "ns"] as const;
const naive = (unit: (typeof units)[number]): DataType => ({
  type: "timestamp",
  unit,
});

const date: DataType = { type: "date", unit: "day" };

// Before any other date has left its trace in the kernel's memory.
test("the first date may be the smallest day", () => {
  assertTwins(column(date, [-(2n ** 31n), 0n, 1n, 2n ** 31n - 1n]));
});

test("every day around leap years, eras, and years of four digits is the same for both", () => {
  const days = [-720_000, -135_200, 10_500, 47_400, 2_932_000, -1].flatMap(
    (start) => Array.from({ length: 1600 }, (_, day) => BigInt(start + day)),
  );
  assertTwins(column(date, days));
  const midnights = days.map((day) => day * 86_400n);
  assertTwins(column(naive("s"), midnights));
  assertTwins(
    column(
      naive("s"),
      [...midnights, ...midnights].map((s) => s - 1n),
    ),
  );
});

test("the bounds of a day are the same for both", () => {
  for (const unit of units) {
    const day =
      86_400n * { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }[unit];
    for (const value of [-1n, 0n, day - 1n, day, day + 1n])
      assertTwins(column({ type: "time", unit }, [value]));
  }
});

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

/** One type of every kind that the kernel knows, bytes per value where any bits are a value or refused. */
const flatTypes: readonly (readonly [DataType, number])[] = [
  ...([8, 16, 32, 64] as const).flatMap(
    (bits): (readonly [DataType, number])[] => [
      [{ type: "int", bits, signed: true }, bits / 8],
      [{ type: "int", bits, signed: false }, bits / 8],
    ],
  ),
  ...([16, 32, 64] as const).map(
    (bits) => [{ type: "float", bits }, bits / 8] as const,
  ),
  ...([32, 64, 128, 256] as const).flatMap((bits) =>
    [-40, -5, 0, 1, 4, 9, 18, 19, 20, 38, 76, 90].map(
      (scale) =>
        [{ type: "decimal", bits, precision: 9, scale }, bits / 8] as const,
    ),
  ),
  ...units.flatMap((unit): (readonly [DataType, number])[] => [
    [naive(unit), 8],
    [{ type: "timestamp", unit, timezone: "UTC" }, 8],
    [{ type: "duration", unit }, 8],
    [{ type: "time", unit }, unit === "s" || unit === "ms" ? 4 : 8],
  ]),
  [{ type: "date", unit: "day" }, 4],
  [{ type: "date", unit: "ms" }, 8],
  [{ type: "interval", unit: "year_month" }, 4],
  [{ type: "interval", unit: "day_time" }, 8],
  [{ type: "interval", unit: "month_day_nano" }, 16],
  ...[0, 1, 2, 3, 16, 17].map(
    (width) => [{ type: "fixed_size_binary", width }, width] as const,
  ),
];

/** Both ends of a width, what is next to zero and to every power of two, and many random ones. */
function extremeBytes(width: number): Uint8Array {
  const bits = BigInt(8 * width);
  const values: bigint[] = [];
  for (let power = 0n; power <= bits; power++)
    for (const step of [-1n, 0n, 1n]) {
      values.push(2n ** power + step, -(2n ** power) + step);
    }
  for (let power = 0n; 10n ** power < 2n ** bits; power++)
    for (const step of [-1n, 0n, 1n]) {
      values.push(10n ** power + step, -(10n ** power) + step);
    }
  const bytes = new Uint8Array(width * values.length);
  values.forEach((value, index) => {
    let rest = BigInt.asUintN(Number(bits), value);
    for (let place = 0; place < width; place++) {
      bytes[width * index + place] = Number(rest & 255n);
      rest >>= 8n;
    }
  });
  return Buffer.concat([bytes, randomBytes(8 * width * 64)]);
}

test("any bits of every flat type are the same text or the same failure for both", () => {
  for (const [type, width] of flatTypes) {
    if (width === 0) {
      assertTwins(column(type, [new Uint8Array(0), null]));
      continue;
    }
    const bytes = extremeBytes(width);
    for (const nonFinite of ["string", "null"] as const)
      assertTwins(bitsColumn(type, width, bytes), { nonFinite });
    // What fails ends the batch: one row at a time.
    if (!["float", "time", "date"].includes(type.type)) continue;
    for (let at = 0; at < bytes.length; at += width)
      assertTwins(bitsColumn(type, width, bytes.subarray(at, at + width)), {
        nonFinite: "fail",
      });
  }
});

describe("floats are the same text for both:", () => {
  test("every float16", () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    const bytes = new Uint8Array(bits.buffer);
    assertTwins(bitsColumn({ type: "float", bits: 16 }, 2, bytes));
  });

  test("float32 of any bits, and every power of two", () => {
    const powers = Uint32Array.from({ length: 512 }, (_, index) => index << 23);
    const bytes = [new Uint8Array(powers.buffer), randomBytes(200_000)];
    assertTwins(bitsColumn(float32, 4, Buffer.concat(bytes)));
  });

  test("float64 of any bits, of few digits, and next to powers of two and ten", () => {
    const doubles: number[] = [0, -0, 5e-324, 2.2250738585072014e-308];
    for (let power = -1074; power < 1024; power++) doubles.push(2 ** power);
    for (let power = -330; power < 309; power++)
      doubles.push(Number(`1e${String(power)}`));
    for (const digits of [
      "1",
      "12345",
      "9007199254740993",
      "99999999999999999",
    ])
      for (let power = -30; power < 30; power++)
        doubles.push(Number(`${digits}e${String(power)}`));
    const bits = new BigUint64Array(Float64Array.from(doubles).buffer);
    const near = [...bits].flatMap((bit) => [bit - 1n, bit, bit + 1n]);
    const source = random();
    for (let index = 0; index < 30_000; index++) {
      const word = source.next().value;
      near.push(word, bitsOf(Number(word >> 11n) / 2 ** 40));
      near.push(bitsOf(Number(word >> 40n) / 1000));
    }
    const words = BigUint64Array.from(near, (bit) => BigInt.asUintN(64, bit));
    assertTwins(bitsColumn(float64, 8, new Uint8Array(words.buffer)));
  });
});

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

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
    assertTwins(rawTexts(texts));
    assertTwins(column(binary, texts));
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

test("every flat type is the kernel's own work", () => {
  const types = flatTypes.filter(([{ type }]) => type !== "time");
  for (const [type, width] of types) {
    if (type.type === "date" && type.unit === "ms") continue;
    const bytes = width === 0 ? new Uint8Array(0) : extremeBytes(width);
    if (width > 0) assert.ok(isAllKernel(bitsColumn(type, width, bytes)));
  }
  assert.ok(isAllKernel(column({ type: "time", unit: "ns" }, [0n, 1n, null])));
  assert.ok(isAllKernel(column({ type: "date", unit: "ms" }, [86_400_000n])));
  assert.ok(isAllKernel(column({ type: "null" }, [null, null])));
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

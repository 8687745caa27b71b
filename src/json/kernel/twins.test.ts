import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "../../arrow/arbitrary.js";
import { valuesOfBatch } from "../../arrow/plain-values.js";
import {
  bool,
  field,
  float64,
  int16,
  int64,
  utf8,
  type DataType,
  type Schema,
} from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import { RowParser } from "../row-parser.js";
import { RowWriter } from "../row-writer.js";

// A run without the kernel tests it all the same.
delete process.env["FLIGHTSYNC_KERNEL"];

const prefix = Buffer.from('{"type":"RECORD","stream":"s","record":');
const tail = Buffer.from("}\n");
const frame = { prefix, tail };

/** What comes of the lines: rows, absent fields, and the error of the first line that is wrong. */
function parsed(schema: Schema, bytes: Uint8Array, by: "kernel" | "twin") {
  const required = schema.fields
    .filter(({ nullable }) => !nullable)
    .map(({ name }) => name);
  const parser = new RowParser(schema, {
    batchRows: 1e9,
    batchBytes: 1e9,
    required,
  });
  const lines = { bytes, end: bytes.length };
  let at = 0;
  let failure: string | undefined;
  /** Rows that the kernel took. */
  let easy = 0;
  while (at < bytes.length && failure === undefined) {
    const before = parser.rows;
    const next = by === "kernel" ? parser.parseLines(lines, at, frame) : at;
    easy += parser.rows - before;
    if (next > at) at = next;
    else
      try {
        const row = at + prefix.length;
        if (Buffer.compare(bytes.subarray(at, row), prefix) !== 0)
          throw new Failure("invalid_input", "another prefix");
        const end = parser.parse(bytes, row, bytes.length);
        at = end + tail.length;
        if (Buffer.compare(bytes.subarray(end, at), tail) !== 0)
          throw new Failure("invalid_input", "another tail");
      } catch (reason) {
        failure = Failure.from(reason).message;
      }
  }
  const rows = parser.rows;
  const batch = parser.take();
  const values = batch === undefined ? [] : valuesOfBatch(batch);
  return { outcome: { rows, values, absent: batch?.absent, failure }, easy };
}

/** Both give the same; tells how many rows were easy. */
function assertTwins(schema: Schema, bytes: Uint8Array): number {
  const { outcome, easy } = parsed(schema, bytes, "kernel");
  assert.deepEqual(outcome, parsed(schema, bytes, "twin").outcome);
  return easy;
}

function linesOf(rows: readonly string[]): Buffer {
  return Buffer.from(rows.map((row) => `${String(prefix)}${row}}\n`).join(""));
}

const flat: Schema = {
  fields: [
    field("id", int64),
    field("small", int16),
    field("price", float64),
    field("ok", bool),
    field("a name of more than sixteen bytes", utf8),
    field("at", { type: "timestamp", unit: "us" }),
    field("d", { type: "date", unit: "day" }),
    field("n", { type: "decimal", bits: 128, precision: 12, scale: 3 }),
  ],
};

test("lines of every kind of column are the same rows for both", () => {
  fc.assert(
    fc.property(
      arbitrarySchema.chain((schema) => arbitraryBatch(schema)),
      (batch) => {
        let bytes = Buffer.alloc(0);
        const blocks = new RowWriter(batch.schema).write(batch, prefix, tail);
        for (const block of blocks) bytes = Buffer.concat([bytes, block]);
        assertTwins(batch.schema, bytes);
      },
    ),
    { numRuns: 500 },
  );
});

const day = fc.date({
  min: new Date("1900-01-01"),
  max: new Date("2200-01-01"),
  noInvalidDate: true,
});

const someRow = fc.record(
  {
    id: fc.oneof(
      { weight: 9, arbitrary: fc.maxSafeInteger().map(BigInt) },
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ),
    small: fc.integer({ min: -32_768, max: 32_767 }),
    price: fc.double({ noNaN: true, noDefaultInfinity: true }),
    ok: fc.boolean(),
    "a name of more than sixteen bytes": fc.string({
      unit: "binary",
      maxLength: 40,
    }),
    at: day.map((date) => date.toISOString()),
    d: day.map((date) => date.toISOString().slice(0, 10)),
    n: fc
      .integer({ min: -1e9, max: 1e9 })
      .map((thousandths) => thousandths / 1000),
  },
  { requiredKeys: ["id"] },
);

const text = (row: object) =>
  JSON.stringify(row, (_, value: unknown) =>
    typeof value === "bigint" ? `<${String(value)}>` : value,
  ).replace(/"<(-?\d+)>"/g, "$1");

const meaningful = Buffer.from('{}[]:,"\\/ \t-+.eEuntrfs0123456789TZ');
const byte = fc.oneof(
  fc.constantFrom(...meaningful, 0, 0x1f, 0x80, 0xc3, 0xe2, 0xed, 0xf0, 0xff),
  fc.nat(255),
);

interface Mutation {
  readonly place: number;
  readonly removed: number;
  readonly inserted: number;
}

function mutated(
  bytes: Buffer,
  { place, removed, inserted }: Mutation,
): Buffer {
  const at = place % bytes.length;
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.of(inserted),
    bytes.subarray(at + removed),
  ]);
}

test("lines with changed bytes are the same rows, or the same error, for both", () => {
  fc.assert(
    fc.property(
      fc.array(someRow, { minLength: 1, maxLength: 4 }),
      fc.array(
        fc.record({ place: fc.nat(2000), removed: fc.nat(2), inserted: byte }),
        { maxLength: 2 },
      ),
      (rows, mutations) => {
        assertTwins(flat, mutations.reduce(mutated, linesOf(rows.map(text))));
      },
    ),
    { numRuns: 4000 },
  );
});

/** Values that are wrong, odd or at a bound, some of them bytes that are no UTF-8. */
const oddCells: readonly (string | Buffer)[] = [
  ...["0", "-0", "00", "01", "-01", "-", "+1", "--1", "1.", ".5", "1.5.5"],
  ...["1e", "1e+", "1e5", "1E-5", "1e400", "-1e-400", "1.0", "1e2x", "0x1"],
  ...["32767", "32768", "-32768", "-32769", "9223372036854775807"],
  ...["9223372036854775808", "999999999999999999", "1000000000000000000"],
  ...["999999999.999", "1000000000.000", "0.0001", "12.1230", '"1.5"', '"1.5'],
  ...["9007199254740993", "0.1e-6", "123456789012345678901234567890"],
  ...["null", "nul", "nulL", "true", "tru", "false", "falsy", "True", "NaN"],
  ...["", " ", "{}", "[]", '{"a":[1,"]"]}', "[1,2", '"', '""', '"a"b', "'a'"],
  ...['"2024-02-29"', '"2023-02-29"', '"2024-02-30"', '"2024-13-01"'],
  ...['"2024-00-10"', '"2024-04-31"', '"0000-01-01"', '"1900-02-29"'],
  ...['"2024-1-01"', '"2024-01-01x"', '"20240101"', '"2024-01-0a"'],
  ...['"2024-01-01T24:00:00"', '"2024-01-01T23:60:00"', '"2024-01-01"'],
  ...['"2024-01-01T23:59:60Z"', '"2024-01-01 10:00:00"', '"2024-01-01T10:00"'],
  ...['"2024-01-01T10:00:00.1234567"', '"2024-01-01T10:00:00."'],
  ...['"2024-01-01T10:00:00+00:00"', '"2024-01-01T10:00:00+01:30"'],
  ...['"2024-01-01T10:00:00-00:00"', '"2024-01-01T10:00:00z"'],
  ...['"9999-12-31T23:59:59.999999"', '"0001-01-01T00:00:00"'],
  ...['"\\u0041"', '"\\u00e9"', '"\\ud83d\\ude00"', '"\\ud83d"'],
  ...['"\\ude00\\ud83d"', '"\\u12"', '"\\x"', '"\\u0000"', '"\\/"'],
  ...['"a\tb"', '"a\u0000b"', '"a\u007fb"', '"\\"', '"\\\\"'],
  Buffer.of(0x22, 0xc3, 0xa9, 0x22),
  ...[[0xc3], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xff]].map(
    (bytes) => Buffer.of(0x22, ...bytes, 0x22),
  ),
  Buffer.of(0x22, 0xf4, 0x90, 0x80, 0x80, 0x22),
  Buffer.of(0x22, 0xf4, 0x8f, 0xbf, 0xbf, 0x22),
];

test("odd values are the same, or the same error, for both in every column", () => {
  const good = linesOf([text({ id: 1 })]);
  for (const { name } of flat.fields)
    for (const odd of oddCells) {
      const line = Buffer.concat([
        prefix,
        Buffer.from(`{${JSON.stringify(name)}:`),
        typeof odd === "string" ? Buffer.from(odd) : odd,
        Buffer.from("}"),
        tail,
      ]);
      assertTwins(flat, Buffer.concat([good, line, good]));
    }
});

test("a field that comes twice is the last one for both", () => {
  assertTwins(flat, linesOf(['{"id":1,"small":2,"id":3}', '{"id":4}']));
  assertTwins(flat, linesOf(['{"id":1,"other":{"a":"}"},"id":3}']));
  const schema: Schema = { fields: [field("a", int64), field("b", utf8)] };
  assertTwins(schema, linesOf(['{"a":null,"a":1}', '{"b":"x","b":"yz"}']));
});

test("doubles of every size are those of JSON.parse", () => {
  const schema: Schema = { fields: [field("x", float64, false)] };
  const view = new DataView(new ArrayBuffer(8));
  const doubles: number[] = [0, -0, 5e-324, 1.7976931348623157e308, 2 ** 53];
  let seed = 1n;
  while (doubles.length < 20_000) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    view.setBigUint64(0, seed);
    // Half of them near one, where most data is.
    const double =
      doubles.length % 2 === 0
        ? view.getFloat64(0)
        : Number(seed >> 11n) / 2 ** 40;
    if (Number.isFinite(double)) doubles.push(double);
  }
  const texts = doubles.map((double) =>
    Object.is(double, -0) ? "-0.0" : JSON.stringify(double),
  );
  const bytes = linesOf(texts.map((number) => `{"x":${number}}`));
  const { outcome, easy } = parsed(schema, bytes, "kernel");
  assert.deepEqual(outcome.values[0], doubles);
  assert.ok(easy > 18_000, `${String(easy)} rows were easy`);
});

test("decimals of up to 38 digits are easy, and exact", () => {
  const digits = (length: number) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), {
        minLength: length,
        maxLength: length,
      })
      .map((all) => all.join(""));
  const shapes = fc.record({
    bits: fc.constantFrom(128 as const, 256 as const),
    precision: fc.integer({ min: 21, max: 38 }),
    scale: fc.integer({ min: 0, max: 19 }),
  });
  // Their lower halves are zero.
  const halves = [1n << 64n, -(1n << 64n), 5n << 64n, -(7n << 65n)];
  const whole: Schema = {
    fields: [
      field("x", { type: "decimal", bits: 128, precision: 38, scale: 0 }),
    ],
  };
  const lines = linesOf(halves.map((half) => `{"x":${String(half)}}`));
  assert.equal(assertTwins(whole, lines), halves.length);
  fc.assert(
    fc.property(
      shapes.chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.array(
            fc.record({
              sign: fc.constantFrom("", "-"),
              whole: fc
                .integer({ min: 0, max: shape.precision - shape.scale - 1 })
                .chain(digits),
              fraction: fc.integer({ min: 0, max: shape.scale }).chain(digits),
              isNine: fc.boolean(),
            }),
            { minLength: 1, maxLength: 50 },
          ),
        ),
      ),
      ([{ bits, precision, scale }, numbers]) => {
        const type = { type: "decimal", bits, precision, scale } as const;
        const schema: Schema = { fields: [field("x", type)] };
        const texts = numbers.map(({ sign, whole, fraction, isNine }) => {
          // The first digit of a number of several is none.
          const text = `${sign}${whole.replace(/^0+(?=.)/, "") || "0"}${fraction && `.${fraction}`}`;
          return isNine ? text.replaceAll(/\d/g, "9") : text;
        });
        const bytes = linesOf(texts.map((number) => `{"x":${number}}`));
        assert.equal(assertTwins(schema, bytes), texts.length);
        const { values } = parsed(schema, bytes, "kernel").outcome;
        const expected = texts.map((number) => {
          const [whole = "", fraction = ""] = number.split(".");
          return BigInt(whole + fraction.padEnd(scale, "0"));
        });
        assert.deepEqual(values[0], expected);
      },
    ),
    { numRuns: 500 },
  );
});

test("what producers write is easy: spaces, other orders of keys, nulls, absent fields", () => {
  const row = {
    id: 7,
    small: -3,
    price: 12.5,
    ok: true,
    "a name of more than sixteen bytes": 'é "x"\n\u{1f600}',
    at: "2024-02-29T23:59:59.123456+00:00",
    d: "1970-01-01",
    n: 12.125,
  };
  const reversed = Object.fromEntries(Object.entries(row).toReversed());
  const spaced = JSON.stringify(row)
    .replaceAll(/,"/g, ', "')
    .replaceAll(/":/g, '": ');
  const rows = [
    ...[row, reversed, { ...row, price: null, ok: null, d: null }].map(text),
    ...[{ id: 1 }, {}].map(text),
    spaced,
    text({ ...row, at: "9999-12-31 00:00:00", n: "-0.5" }),
    text({ ...row, id: "<-999999999999999999>", at: "0001-01-01T00:00:00Z" }),
    text(row).replace("\u{1f600}", "\\ud83d\\ude00"),
  ];
  assert.equal(assertTwins(flat, linesOf(rows)), rows.length);
});

const list = (item: DataType): DataType => ({
  type: "list",
  addressing: "offset32",
  item: field("item", item),
});
const struct = (fields: Schema["fields"]): DataType => ({
  type: "struct",
  fields,
});
const nested: Schema = {
  fields: [
    field("id", int64),
    field("tags", list(utf8)),
    field(
      "customer",
      struct([
        field("name", utf8),
        field("vip", bool),
        field("place", struct([field("lat", float64), field("lon", float64)])),
      ]),
    ),
    field(
      "lines",
      list(struct([field("sku", utf8), field("codes", list(int16))])),
    ),
    field("end", utf8),
  ],
};
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const nestedRow = fc.record(
  {
    id: fc.maxSafeInteger(),
    tags: maybe(fc.array(maybe(fc.string({ maxLength: 20 })))),
    customer: maybe(
      fc.record(
        {
          name: maybe(fc.string()),
          vip: maybe(fc.boolean()),
          place: maybe(
            fc.record(
              { lat: maybe(fc.integer()), lon: fc.integer() },
              { requiredKeys: [] },
            ),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    lines: fc.array(
      maybe(
        fc.record(
          {
            sku: fc.string(),
            codes: maybe(fc.array(maybe(fc.integer({ min: -9, max: 99 })))),
          },
          { requiredKeys: [] },
        ),
      ),
    ),
    end: fc.string(),
  },
  { requiredKeys: ["id"] },
);

test("lists and structs are easy, and what is wrong in them takes nothing with it", () => {
  fc.assert(
    fc.property(
      fc.array(nestedRow, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (rows, isSpaced) => {
        const texts = rows.map((row) =>
          isSpaced
            ? JSON.stringify(row, null, " ").replaceAll("\n", "")
            : JSON.stringify(row),
        );
        assert.equal(assertTwins(nested, linesOf(texts)), rows.length);
      },
    ),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(
      fc.array(nestedRow, { minLength: 1, maxLength: 4 }),
      fc.record({ place: fc.nat(2000), removed: fc.nat(2), inserted: byte }),
      (rows, mutation) => {
        assertTwins(
          nested,
          mutated(linesOf(rows.map((row) => JSON.stringify(row))), mutation),
        );
      },
    ),
    { numRuns: 3000 },
  );
});

test("a list of as many items as a window holds is read", () => {
  const schema: Schema = { fields: [field("x", list(int64))] };
  for (const count of [10_000, 32_700, 40_000]) {
    const row = text({ x: Array.from({ length: count }, () => 1) });
    assertTwins(schema, linesOf([row, '{"x":[null]}', row]));
  }
});

test("numbers of every number of digits, with the point anywhere, are the same for both", () => {
  const decimal = { type: "decimal", bits: 128, precision: 38 } as const;
  const schema: Schema = {
    fields: [
      field("x", float64),
      field("n", int64),
      field("d", { ...decimal, scale: 19 }),
      field("t", { type: "time", unit: "ns" }),
    ],
  };
  const digits = "98765432109876543210";
  const rows: string[] = [];
  for (let count = 1; count <= 20; count++)
    for (let point = 0; point <= count; point++) {
      const number = `${digits.slice(0, point)}.${digits.slice(point, count)}`;
      const whole = digits.slice(0, count);
      rows.push(
        ...["x", "d"].map((name) => `{"${name}":${number}}`),
        `{"n":-${whole},"x":${whole},"d":${whole}}`,
        `{"t":"01:02:03.${whole}"}`,
      );
    }
  // What is refused ends a run: each row is one of its own.
  for (const row of rows) assertTwins(schema, linesOf([row, '{"n":1}']));
});

test("a row that lacks what it has to bring is refused, and nothing of it stays", () => {
  const [id, ...rest] = flat.fields;
  assert.ok(id !== undefined);
  const schema: Schema = { fields: [...rest, { ...id, nullable: false }] };
  const rows = [{ id: 1 }, { id: 2, small: 3 }, { price: 2.5 }].map(text);
  assert.equal(assertTwins(schema, linesOf(rows)), 2);
  const { outcome } = parsed(schema, linesOf(rows), "kernel");
  assert.equal(outcome.rows, 2);
  assert.match(outcome.failure ?? "", /column "id" is missing/);
});

test("a line that is longer than the window, and one that ends with it, are read", () => {
  const schema: Schema = { fields: [field("x", utf8)] };
  for (const length of [65_400, 65_470, 65_480, 65_490, 65_536, 200_000]) {
    const rows = ["a", "b".repeat(length), "c"].map((x) => text({ x }));
    assertTwins(schema, linesOf(rows));
  }
});

test("two streams that take turns keep their rows apart", () => {
  const a = new RowParser({ fields: [field("x", int64)] });
  const b = new RowParser({ fields: [field("y", utf8), field("x", bool)] });
  for (let turn = 0; turn < 3; turn++)
    for (const [parser, row] of [
      [a, '{"x":1}'],
      [b, '{"x":true}'],
    ] as const) {
      const bytes = linesOf([row]);
      const lines = { bytes, end: bytes.length };
      assert.equal(parser.parseLines(lines, 0, frame), bytes.length);
    }
  const values = [a, b].map((parser) => {
    const batch = parser.take();
    return batch === undefined ? [] : valuesOfBatch(batch);
  });
  assert.deepEqual(values, [
    [[1n, 1n, 1n]],
    [
      [null, null, null],
      [true, true, true],
    ],
  ]);
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryBatch, arbitrarySchema } from "../arrow/arbitrary.js";
import { valuesOfBatch, type Value } from "../arrow/plain-values.js";
import {
  bool,
  field,
  float64,
  int32,
  int64,
  utf8,
  type DataType,
  type Schema,
} from "../arrow/schema.js";
import { batchOfLines, linesOf } from "./lines.js";
import { RowParser } from "./row-parser.js";

const schema: Schema = {
  fields: [
    field("id", int64, false),
    field("name", utf8),
    field("price", float64),
    field("sold", bool),
  ],
};

/** Rows of the lines, column by column. */
function parsed(...lines: readonly string[]): readonly (readonly Value[])[] {
  const batch = batchOfLines(schema, lines.map((line) => `${line}\n`).join(""));
  assert.ok(batch);
  return valuesOfBatch(batch);
}

const plain = '{"id":1,"name":"a","price":2.5,"sold":true}';

describe("members", () => {
  test("come in any order, with any white space", () => {
    assert.deepEqual(
      parsed(
        plain,
        '{"sold":false,"price":3,"name":"b","id":2}',
        ' { "id" : 3 , "sold"\t:\r\ntrue, "name": "c", "price": 4 }',
        '{"price":5,"sold":null,"id":4,"name":null}',
        plain,
      ),
      [
        [1n, 2n, 3n, 4n, 1n],
        ["a", "b", "c", null, "a"],
        [2.5, 3, 4, 5, 2.5],
        [true, false, true, null, true],
      ],
    );
  });

  test("without a column are skipped, whatever they hold", () => {
    assert.deepEqual(
      parsed(
        '{"x":{"id":9},"id":1,"":[1,[{}]],"name":"a","price":2.5,"y":"\\"}","sold":true,"z":1e9}',
      ),
      [[1n], ["a"], [2.5], [true]],
    );
  });

  test("may have their names escaped", () => {
    assert.deepEqual(
      parsed('{"\\u0069d":1,"n\\u0061me":"a","price":2.5,"sold":true}'),
      [[1n], ["a"], [2.5], [true]],
    );
  });

  test("of one name: the last one counts", () => {
    assert.deepEqual(
      parsed(
        '{"id":1,"id":2,"name":null,"name":"b","price":2.5,"name":"c","sold":true,"price":null}',
        plain,
      ),
      [
        [2n, 1n],
        ["c", "a"],
        [null, 2.5],
        [true, true],
      ],
    );
  });

  test("that are absent are null and marked", () => {
    const lines = `${plain}\n{"id":2,"sold":null}\n{"name":"x"}\n${plain}\n`;
    const batch = batchOfLines(schema, lines);
    assert.ok(batch);
    assert.deepEqual(valuesOfBatch(batch), [
      [1n, 2n, null, 1n],
      ["a", null, "x", "a"],
      [2.5, null, null, 2.5],
      [true, null, null, true],
    ]);
    assert.deepEqual(
      batch.absent,
      new Map([
        ["name", Uint8Array.of(0b0010)],
        ["price", Uint8Array.of(0b0110)],
        ["id", Uint8Array.of(0b0100)],
        ["sold", Uint8Array.of(0b0100)],
      ]),
    );
  });

  test("of every schema come back in any order", () => {
    const shuffled = arbitrarySchema
      .chain((schema) => arbitraryBatch(schema, { rowsMax: 4 }))
      .chain((batch) =>
        fc.record({
          batch: fc.constant(batch),
          order: fc.shuffledSubarray(
            batch.schema.fields.map((_, index) => index),
            { minLength: batch.schema.fields.length },
          ),
        }),
      );
    fc.assert(
      fc.property(shuffled, ({ batch, order }) => {
        const fields = order.flatMap(
          (index) => batch.schema.fields[index] ?? [],
        );
        const vectors = order.flatMap((index) => batch.vectors[index] ?? []);
        const lines = linesOf({ ...batch, schema: { fields }, vectors });
        const back = batchOfLines(batch.schema, lines);
        const values = back === undefined ? [] : valuesOfBatch(back);
        if (batch.length > 0) assert.deepEqual(values, valuesOfBatch(batch));
      }),
      { numRuns: 200 },
    );
  });
});

describe("after a failure nothing of the row stays", () => {
  const nested: Schema = {
    fields: [
      ...schema.fields,
      field("list", {
        type: "list",
        addressing: "offset32",
        item: field("item", {
          type: "struct",
          fields: [field("x", int32), field("y", utf8)],
        }),
      }),
      field("union", {
        type: "union",
        mode: "dense",
        typeIds: [3, 5],
        fields: [
          field("i", int32),
          field("l", {
            type: "list",
            addressing: "offset32",
            item: field("item", int32),
          }),
        ],
      }),
      field("map", {
        type: "map",
        keysSorted: false,
        entries: field(
          "entries",
          {
            type: "struct",
            fields: [field("key", utf8, false), field("value", int32)],
          },
          false,
        ),
      }),
      field("pair", {
        type: "fixed_size_list",
        size: 2,
        item: field("item", bool),
      }),
    ],
  };
  const good =
    '{"id":1,"name":"a","price":null,"sold":true,"list":[{"x":1,"y":"é"},null],"union":{"l":[1,null,2]},"map":{"a":1},"pair":[true,null]}';

  test("wherever the row breaks off", () => {
    const parser = new RowParser(nested);
    const bytes = Buffer.from(good);
    for (let end = 0; end < bytes.length; end++) {
      parser.parse(bytes, 0, bytes.length);
      assert.throws(() => parser.parse(bytes.subarray(0, end), 0, end), {
        code: "invalid_input",
      });
      assert.throws(() => parser.parse(bytes, 0, end), {
        code: "invalid_input",
      });
      assert.equal(parser.rows, end + 1);
    }
    const batch = parser.take();
    const once = batchOfLines(nested, `${good}\n`);
    assert.ok(batch && once);
    assert.deepEqual(
      valuesOfBatch(batch),
      valuesOfBatch(once).map((values) =>
        Array.from({ length: bytes.length }, () => values[0]),
      ),
    );
  });

  test("whichever value does not fit", () => {
    const bad = [
      good.replace('"y":"é"', '"y":"\\ud800"'),
      good.replace("null,2]", '"2.5"]'),
      good.replace('{"a":1}', '{"a":1,"b":true}'),
      good.replace("[true,null]", "[true,null,false]"),
      good.replace(
        '"pair":[true,null]',
        '"pair":[true,null],"list":[{"x":3e9}]',
      ),
      good.replace('"id":1', '"id":null'),
      good.replace('{"l":', '{"m":'),
    ];
    const parser = new RowParser(nested);
    for (const line of bad) {
      parser.parse(Buffer.from(good), 0, Buffer.byteLength(good));
      assert.throws(
        () => parser.parse(Buffer.from(line), 0, Buffer.byteLength(line)),
        { code: "invalid_data" },
        line,
      );
    }
    const batch = parser.take();
    const once = batchOfLines(nested, `${good}\n`);
    assert.ok(batch && once);
    assert.deepEqual(
      valuesOfBatch(batch),
      valuesOfBatch(once).map((values) => Array.from(bad, () => values[0])),
    );
  });

  test("and the message names column, reason and the value, cut", () => {
    const line = `{"id":1,"sold":"${"é".repeat(200)}"}`;
    assert.throws(() => batchOfLines(schema, line), {
      code: "invalid_data",
      message: `neither true nor false: column "sold" (bool) cannot hold "${"é".repeat(79)}…`,
    });
    assert.throws(() => batchOfLines(nested, '{"list":[{"x":1},{"x":[2]}]}'), {
      message: 'not an integer: column "list[].x" (int32) cannot hold [2]',
    });
    assert.throws(() => batchOfLines(schema, '{"id":1,"sold":tru}'), {
      code: "invalid_input",
      message: /expected true, found "tru}", at byte 15$/,
    });
  });
});

describe("batches", () => {
  test("own their memory", () => {
    const parser = new RowParser(schema);
    const row = (id: number): Buffer =>
      Buffer.from(
        `{"id":${String(id)},"name":"n${String(id)}","price":null,"sold":${String(id === 1)}}`,
      );
    parser.parse(row(1), 0, row(1).length);
    const first = parser.take();
    assert.equal(parser.rows, 0);
    assert.equal(parser.take(), undefined);
    parser.parse(row(2), 0, row(2).length);
    const second = parser.take();
    assert.ok(first && second);
    assert.deepEqual(valuesOfBatch(first), [[1n], ["n1"], [null], [true]]);
    assert.deepEqual(valuesOfBatch(second), [[2n], ["n2"], [null], [false]]);
    for (const vector of first.vectors)
      if (vector.layout === "fixed")
        assert.equal(vector.data.byteOffset % 8, 0);
    assert.equal(
      first.vectors[0]?.layout !== "null" && first.vectors[0]?.validity,
      undefined,
    );
  });

  test("have bitmaps without bits behind the last row, and room behind the nulls of fixed lists", () => {
    const pair: DataType = {
      type: "fixed_size_list",
      size: 2,
      item: field("item", bool),
    };
    const batch = batchOfLines(
      { fields: [field("a", pair)] },
      '{"a":[true,true]}\n{"a":null}\n{"a":[false,true]}\n',
    );
    const [vector] = batch?.vectors ?? [];
    assert.ok(vector?.layout === "list" && vector.child.layout === "bool");
    assert.deepEqual(vector.validity, Uint8Array.of(0b101));
    assert.deepEqual(vector.offsets, Int32Array.of(0, 2, 4, 6));
    assert.deepEqual(vector.child.validity, Uint8Array.of(0b110011));
    assert.deepEqual(vector.child.bits, Uint8Array.of(0b100011));
  });

  test("are full at so many rows", () => {
    const parser = new RowParser(schema, { batchRows: 3 });
    const bytes = Buffer.from(plain);
    const seen = [1, 2, 3, 4].map(() => {
      parser.parse(bytes, 0, bytes.length);
      return parser.full;
    });
    assert.deepEqual(seen, [false, false, true, true]);
    assert.equal(parser.take()?.length, 4);
    assert.equal(parser.full, false);
  });

  test("are full at so many bytes", () => {
    const parser = new RowParser(schema, { batchBytes: 10_000 });
    const bytes = Buffer.from(plain.replace('"a"', `"${"x".repeat(980)}"`));
    while (!parser.full) parser.parse(bytes, 0, bytes.length);
    assert.equal(parser.rows, 10);
  });

  test("hold more rows and longer texts than there was room for at first", () => {
    const lines = Array.from(
      { length: 5000 },
      (_, i) =>
        `{"id":${String(i)},"name":"${"é".repeat(i % 300)}","price":${i % 3 === 0 ? "null" : String(i / 8)},"sold":${String(i % 2 === 0)}}\n`,
    );
    const batch = batchOfLines(schema, lines.join(""));
    assert.ok(batch);
    assert.equal(linesOf(batch).toString(), lines.join(""));
  });
});

test("duplicate names are refused", () => {
  const fields = [field("a", int32), field("a", utf8)];
  assert.throws(() => new RowParser({ fields }), { code: "unsupported" });
});

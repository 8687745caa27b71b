import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { valueAt } from "../../../arrow/plain-values.js";
import { typeHandle } from "../column-type.js";
import type { ColumnType } from "../column-type.js";
import { columnReader } from "./column-reader.js";
import { column, columns, connection } from "./select.test.js";

describe("nested types", () => {
  it("reads lists of lists of structs with NULLs at every depth", async () => {
    const got = await column(`SELECT * FROM (VALUES
      ([[{'a': 1, 'b': 'a string beyond twelve bytes'}, NULL], NULL, []]),
      (NULL), ([]), ([[{'a': NULL, 'b': 'x'}]])) t(x)`);
    assert.deepEqual(got, [
      [[[1n, "a string beyond twelve bytes"], null], null, []],
      null,
      [],
      [[[null, "x"]]],
    ]);
  });

  it("reads maps, arrays and unions", async () => {
    const [maps, arrays, unions] = await columns(`SELECT * FROM (VALUES
      (MAP {'k': [1, NULL], 'a long key of a map': []}, [1, 2, NULL]::INTEGER[3], union_value(n := 1)::UNION(n INTEGER, s VARCHAR)),
      (NULL, NULL, NULL),
      (MAP {}, [4, 5, 6], 'text'::UNION(n INTEGER, s VARCHAR))) t(m, a, u)`);
    assert.deepEqual(maps, [
      [
        ["k", [1n, null]],
        ["a long key of a map", []],
      ],
      null,
      [],
    ]);
    assert.deepEqual(arrays, [[1n, 2n, null], null, [4n, 5n, 6n]]);
    assert.deepEqual(unions, [
      { typeId: 0, value: 1n },
      { typeId: 0, value: null },
      { typeId: 1, value: "text" },
    ]);
  });

  it("reads lists that share, skip and reorder their items", async () => {
    const got = await columns(`
      SELECT list_reverse(l), list_filter(l, x -> x % 2 = 0), [l, l], l[2:3], list_sort(s)
      FROM (SELECT range(i) AS l, list_transform(range(i), x -> 'a longer text number ' || (9 - x)) AS s
            FROM range(5) t(i))`);
    const ranges = [0n, 1n, 2n, 3n, 4n].map((n) =>
      Array.from({ length: Number(n) }, (_, i) => BigInt(i)),
    );
    assert.deepEqual(
      got[0],
      ranges.map((l) => l.slice().reverse()),
    );
    assert.deepEqual(
      got[1],
      ranges.map((l) => l.filter((x) => x % 2n === 0n)),
    );
    assert.deepEqual(
      got[2],
      ranges.map((l) => [l, l]),
    );
    assert.deepEqual(
      got[3],
      ranges.map((l) => l.slice(1, 3)),
    );
    assert.deepEqual(
      got[4],
      ranges.map((l) =>
        l.map((x) => `a longer text number ${String(9n - x)}`).sort(),
      ),
    );
  });

  it("reads 30,000 rows of nested values that cross chunks", async () => {
    const [structs, arrays] = await columns(`
      SELECT
        CASE WHEN i % 7 = 0 THEN NULL ELSE {
          'l': CASE WHEN i % 5 = 0 THEN NULL ELSE list_transform(range(i % 4), x -> 'item ' || (x + i) || ' of a row') END,
          's': {'t': i} } END,
        (CASE WHEN i % 3 = 0 THEN NULL ELSE [i, NULL] END)::BIGINT[2]
      FROM range(30000) t(i)`);
    assert.equal(structs?.length, 30_000);
    structs.forEach((value, i) => {
      const items = Array.from(
        { length: i % 4 },
        (_, x) => `item ${String(x + i)} of a row`,
      );
      const struct = [i % 5 === 0 ? null : items, [BigInt(i)]];
      assert.deepEqual(value, i % 7 === 0 ? null : struct);
      assert.deepEqual(arrays?.[i], i % 3 === 0 ? null : [BigInt(i), null]);
    });
  });

  it("does not look at what lies in the parts of a NULL", () => {
    const { duckdb } = connection;
    const type: ColumnType = {
      id: "STRUCT",
      fields: [
        { name: "s", type: { id: "VARCHAR" } },
        { name: "a", type: { id: "ARRAY", item: { id: "DATE" }, size: 2 } },
      ],
    };
    const chunk = duckdb.create_data_chunk([typeHandle(duckdb, type)]);
    const vector = duckdb.data_chunk_get_vector(chunk, 0);
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, new ArrayBuffer(1), 0, 1);
    // A length and an address that would end the process, and a date that is infinite.
    const garbage = new Uint8Array(16).fill(0x7f).buffer;
    const text = duckdb.struct_vector_get_child(vector, 0);
    duckdb.copy_data_to_vector(text, 0, garbage, 0, 16);
    const array = duckdb.struct_vector_get_child(vector, 1);
    const infinity = Int32Array.of(0x7fffffff, -0x7fffffff).buffer;
    const dates = duckdb.array_vector_get_child(array);
    duckdb.copy_data_to_vector(dates, 0, infinity, 0, 8);

    const source = {
      pieces: [{ vector, start: 0, end: 1 }],
      length: 1,
      mask: undefined,
    };
    const read = columnReader(duckdb, type, "x").open(source).read();
    assert.equal(valueAt(read, 0), null);
    assert.ok(read.layout === "struct");
    assert.deepEqual(
      read.children.map((child) => valueAt(child, 0)),
      [null, null],
    );
    // The chunk must outlive its vectors.
    duckdb.data_chunk_set_size(chunk, 1);
  });
});

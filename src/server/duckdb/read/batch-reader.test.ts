import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { valueAt } from "../../../arrow/plain-values.js";
import type { Vector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import { column, columns, connection, read } from "./select.test.js";

describe("strings", () => {
  before(async () => {
    await connection.run(`CREATE TABLE texts AS SELECT i,
      CASE WHEN i % 11 = 0 THEN NULL ELSE repeat(chr(97 + (i % 26)::INTEGER), (i % 40)::INTEGER) END AS mixed,
      'city with a long name ' || ((i * 7919) % 300) AS repeated,
      repeat('x', (i % 3000)::INTEGER) || i AS long
      FROM range(20000) t(i)`);
  });

  const orders = ["i", "i DESC", "hash(i)", "repeated, i"];
  for (const order of orders)
    it(`reads texts ordered by ${order}`, async () => {
      const [ids, mixed, repeated, long] = await columns(
        `SELECT i, mixed, repeated, long FROM texts ORDER BY ${order}`,
      );
      assert.equal(ids?.length, 20_000);
      ids.forEach((id, row) => {
        const i = Number(id);
        assert.equal(
          mixed?.[row],
          i % 11 === 0
            ? null
            : String.fromCharCode(97 + (i % 26)).repeat(i % 40),
        );
        assert.equal(
          repeated?.[row],
          `city with a long name ${String((i * 7919) % 300)}`,
        );
        assert.equal(long?.[row], "x".repeat(i % 3000) + String(i));
      });
    });
});

describe("batches", () => {
  it("reads 100,000 rows with NULLs in batches of 8,192", async () => {
    const batches = await read(
      "SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i * 2 END FROM range(100000) t(i)",
    );
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [...Array.from({ length: 12 }, () => 8192), 100_000 - 12 * 8192],
    );
    let row = 0;
    for (const batch of batches)
      for (let i = 0; i < batch.length; i++, row++) {
        assert.equal(valueAt(batch.vectors[0] as Vector, i), BigInt(row));
        assert.equal(
          valueAt(batch.vectors[1] as Vector, i),
          row % 3 === 0 ? null : BigInt(row * 2),
        );
      }
    assert.equal(row, 100_000);
  });

  it("cuts batches by bytes, also within a chunk", async () => {
    const size = { rows: 8192, bytes: 100_000 };
    const batches = await read(
      "SELECT i, repeat('y', 1000 + (i % 7)::INTEGER) AS s, CASE WHEN i % 2 = 0 THEN i % 5 = 0 END AS b FROM range(3000) t(i)",
      size,
    );
    let row = 0;
    for (const batch of batches) {
      assert.ok(batch.byteLength <= size.bytes, String(batch.byteLength));
      for (let i = 0; i < batch.length; i++, row++) {
        assert.equal(valueAt(batch.vectors[0] as Vector, i), BigInt(row));
        const text = valueAt(batch.vectors[1] as Vector, i) as string;
        assert.equal(text.length, 1000 + (row % 7));
        assert.equal(
          valueAt(batch.vectors[2] as Vector, i),
          row % 2 === 0 ? row % 5 === 0 : null,
        );
      }
    }
    assert.equal(row, 3000);
  });

  it("gives a row that is larger than a batch may be alone", async () => {
    const batches = await read("SELECT repeat('z', 3000000) FROM range(3)");
    assert.deepEqual(
      batches.map((batch) => batch.length),
      [1, 1, 1],
    );
  });

  it("tells an error in mid-stream instead of ending early", async () => {
    await assert.rejects(
      read(
        "SELECT CASE WHEN i = 50000 THEN error('boom') ELSE i END FROM range(60000) t(i)",
      ),
      /boom/,
    );
  });

  it("stops when its signal aborts", async () => {
    const abort = new AbortController();
    const result = connection.select(
      "SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) = 1",
      [],
      abort.signal,
    );
    abort.abort();
    await assert.rejects(
      result,
      (error) => error instanceof Failure && error.code === "cancelled",
    );
    assert.deepEqual(await column("SELECT 1"), [1n]);
  });
});

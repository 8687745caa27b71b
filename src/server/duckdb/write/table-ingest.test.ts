import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchOfValues } from "../../../arrow/plain-values.js";
import type { Value } from "../../../arrow/plain-values.js";
import type { Batch } from "../../../arrow/batch.js";
import { bool, field, int32, int64, utf8 } from "../../../arrow/schema.js";
import { append, connection, load, read, replace } from "./load.test.js";
import type { TableDefinition } from "./table-ingest.js";
import { decimal, list, struct } from "./types.test.js";

describe("tables", () => {
  const schema = { fields: [field("i", int64), field("S", utf8)] };
  const batch = batchOfValues(schema, [
    [1n, 2n],
    ["a", null],
  ]);

  it("matches columns by name, in any order and case", async () => {
    await connection.run("CREATE OR REPLACE TABLE t (s VARCHAR, I BIGINT)");
    await load(schema, [batch], append);
    assert.deepEqual((await read("FROM t")).columns, [
      ["a", null],
      [1n, 2n],
    ]);
  });

  it("casts to the table's types and fills in what is missing", async () => {
    await connection.run(
      "CREATE OR REPLACE TABLE t (extra INTEGER DEFAULT 7, s ENUM('a', 'b'), i DECIMAL(9, 2), g AS (i * 2))",
    );
    assert.equal(await load(schema, [batch, batch], append), 4);
    assert.deepEqual(
      (await read("SELECT extra, s, i, g::INTEGER FROM t")).columns,
      [
        [7n, 7n, 7n, 7n],
        ["a", null, "a", null],
        [100n, 200n, 100n, 200n],
        [2n, 4n, 2n, 4n],
      ],
    );
  });

  it("reaches UHUGEINT, whose upper half HUGEINT lacks", async () => {
    await connection.run("CREATE OR REPLACE TABLE t (x UHUGEINT)");
    const wide = { fields: [field("x", decimal(256, 39, 0))] };
    const values = [2n ** 128n - 1n, null, 0n];
    await load(wide, [batchOfValues(wide, [values])], append);
    assert.deepEqual((await read("FROM t")).columns, [values]);
  });

  it("refuses a column that the table lacks", async () => {
    await connection.run("CREATE OR REPLACE TABLE t (i BIGINT)");
    await assert.rejects(load(schema, [batch], append), /S/);
    assert.deepEqual((await read("SELECT count(*) FROM t")).columns, [[0n]]);
  });

  const definitions: readonly (readonly [
    TableDefinition["ifMissing"],
    TableDefinition["ifExists"],
    boolean,
    string,
  ])[] = [
    ["create", "fail", true, "already exists"],
    ["create", "fail", false, "2"],
    ["fail", "append", true, "3"],
    ["fail", "append", false, "does not exist"],
    ["create", "append", true, "3"],
    ["create", "append", false, "2"],
    ["create", "replace", true, "2"],
    ["create", "replace", false, "2"],
    ["fail", "replace", true, "2"],
    ["fail", "replace", false, "does not exist"],
    ["fail", "fail", true, "already exists"],
    ["fail", "fail", false, "does not exist"],
  ];
  for (const [ifMissing, ifExists, isThere, outcome] of definitions)
    it(`${ifMissing} when missing, ${ifExists} when there: a table that is ${isThere ? "there" : "missing"} ends with ${outcome}`, async () => {
      await connection.run("DROP TABLE IF EXISTS t");
      if (isThere)
        await connection.run(
          "CREATE TABLE t AS SELECT 9::BIGINT AS i, 'old' AS s",
        );
      const definition = { ifMissing, ifExists, temporary: false };
      const loaded = load(schema, [batch], definition);
      if (/^\d$/.test(outcome)) {
        await loaded;
        const { columns } = await read("SELECT count(*) FROM t");
        assert.deepEqual(columns, [[BigInt(outcome)]]);
      } else await assert.rejects(loaded, new RegExp(outcome));
    });

  it("keeps NOT NULL of the fields", async () => {
    const strict = { fields: [field("x", int32, false)] };
    await load(strict, [batchOfValues(strict, [[1n]])]);
    await assert.rejects(
      connection.run("INSERT INTO t VALUES (NULL)"),
      /NOT NULL/,
    );
  });

  it("undoes everything when a later row breaks a constraint", async () => {
    await connection.run(
      "CREATE OR REPLACE TABLE t (i BIGINT PRIMARY KEY, s VARCHAR)",
    );
    await connection.run("INSERT INTO t VALUES (0, 'kept')");
    const many = batchOfValues(schema, [
      Array.from({ length: 50_000 }, (_, i) => BigInt(i + 1)),
      Array.from({ length: 50_000 }, () => "long".repeat(60)),
    ]);
    await assert.rejects(
      load(schema, [many, batch], append),
      /duplicate key "1"/,
    );
    assert.deepEqual((await read("FROM t")).columns, [[0n], ["kept"]]);
  });

  it("takes hostile names", async () => {
    const hostile = `x"; DROP TABLE t; -- ${"é".repeat(100)}`;
    const named = {
      fields: [field(hostile, struct({ 'a", b INTEGER': int32 }))],
    };
    const rows = batchOfValues(named, [[[1n]]]);
    await load(named, [rows], replace, hostile);
    const { columns } = await read(`FROM "${hostile.replaceAll('"', '""')}"`);
    assert.deepEqual(columns, [[[1n]]]);
  });
});

describe("many rows", () => {
  const rows = 100_000;
  const schema = {
    fields: [
      field("i", int64),
      field("text", utf8),
      field("flag", bool),
      field("items", list(utf8)),
    ],
  };
  const columns: readonly (readonly Value[])[] = [
    Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? null : BigInt(i))),
    Array.from({ length: rows }, (_, i) =>
      i % 5 === 0 ? null : "t".repeat(i % 30) + String(i),
    ),
    Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? null : i % 2 === 0)),
    Array.from({ length: rows }, (_, i) =>
      i % 11 === 0
        ? null
        : Array.from({ length: i % 3 }, (__, k) =>
            k === 1 ? null : `item ${String(i)} of the list`,
          ),
    ),
  ];
  /** Batches of odd lengths, so that rows start in the middle of bytes and chunks. */
  const batches: Batch[] = [];
  for (
    let at = 0, size = 1;
    at < rows;
    at += size, size = (size * 7 + 3) % 9001
  )
    batches.push(
      batchOfValues(
        schema,
        columns.map((values) => values.slice(at, at + size)),
      ),
    );

  it("keeps 100,000 rows across chunks and batches", async () => {
    assert.equal(await load(schema, batches), rows);
    assert.deepEqual((await read("FROM t")).columns, columns);
  });

  it("keeps them through a stage", async () => {
    await connection.run(
      "CREATE OR REPLACE TABLE t (items VARCHAR[], i HUGEINT, text VARCHAR, flag BOOLEAN)",
    );
    await load(schema, batches, append);
    const got = await read("SELECT i::BIGINT, text, flag, items FROM t");
    assert.deepEqual(got.columns, columns);
  });
});

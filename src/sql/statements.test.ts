import assert from "node:assert/strict";
import { test } from "node:test";

import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";

import { field, int64, utf8 } from "../arrow/schema.js";
import { ansi } from "./ansi.js";
import { identifier, type Dialect } from "./dialect.js";
import { duckdb } from "./duckdb.js";
import * as statements from "./statements.js";

async function database(): Promise<DuckDBConnection> {
  return (await DuckDBInstance.create(":memory:")).connect();
}

async function rows(connection: DuckDBConnection, sql: string) {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

const hostileNames = [
  'say "hi"',
  "; DROP TABLE t; --",
  "select",
  "naïve 日本語 😀",
  "a.b-c d'e`f",
  "x".repeat(200),
];

test("names that try to break out of their quotes are only names", async () => {
  const connection = await database();
  for (const name of hostileNames) {
    const table = { name };
    const schema = { fields: [field(name, int64), field("id", int64)] };
    await connection.run(statements.createTable(duckdb, table, schema, ["id"]));
    await connection.run(
      `INSERT INTO ${identifier(duckdb, name)} VALUES (7, 1)`,
    );
    const select = statements.select(duckdb, table, [name], undefined);
    assert.deepEqual(await rows(connection, select), [["7"]]);
    const list = await rows(
      connection,
      "SELECT table_name FROM duckdb_tables()",
    );
    assert.deepEqual(list, [[name]]);
    await connection.run(statements.dropTable(duckdb, table));
  }
});

test("names that no database can have are refused", () => {
  assert.throws(() => identifier(ansi, ""), /cannot be the name/);
  assert.throws(() => identifier(ansi, "a\0b"), /cannot be the name/);
});

const columns = ["id", "a", "b"];
const schema = {
  fields: [field("id", int64), field("a", utf8), field("b", utf8)],
};
const staged = {
  fields: [
    ...schema.fields,
    field(statements.sequenceColumn, int64),
    field(statements.absentColumn, utf8),
  ],
};

// DuckDB runs both forms of a merge: its own and the one of standard SQL.
for (const dialect of [duckdb, { ...ansi, types: duckdb.types }] as Dialect[])
  test(`merge (${dialect.name}): the last row of a key wins, others stay`, async () => {
    const connection = await database();
    const [table, staging] = [{ name: "t" }, { name: "s" }];
    await connection.run(statements.createTable(dialect, table, schema));
    await connection.run(statements.createTable(dialect, staging, staged));
    await connection.run(
      "INSERT INTO t VALUES (1, 'old', 'old'), (2, 'old', 'old')",
    );
    await connection.run(
      "INSERT INTO s VALUES (1, 'x', 'x', 5, NULL), (1, 'last', NULL, 9, NULL), (1, 'y', 'y', 7, NULL), (3, 'new', 'new', 1, NULL)",
    );
    for (const statement of statements.merge(
      dialect,
      table,
      staging,
      columns,
      ["id"],
      false,
    ))
      await connection.run(statement);
    assert.deepEqual(await rows(connection, "FROM t ORDER BY id"), [
      ["1", "last", null],
      ["2", "old", "old"],
      ["3", "new", "new"],
    ]);
  });

for (const dialect of [duckdb, { ...ansi, types: duckdb.types }] as Dialect[])
  test(`merge (${dialect.name}): a column that no row mentions keeps its value, NULL replaces it`, async () => {
    const connection = await database();
    const [table, staging] = [{ name: "t" }, { name: "s" }];
    await connection.run(statements.createTable(dialect, table, schema));
    await connection.run(statements.createTable(dialect, staging, staged));
    await connection.run(
      "INSERT INTO t VALUES (1, 'a1', 'b1'), (2, 'a2', 'b2')",
    );
    // 1: b is absent in the last row and given in the one before; 2: a is absent everywhere, b is NULL; 3: new, b absent.
    await connection.run(
      "INSERT INTO s VALUES (1, 'x', 'given', 1, NULL), (1, 'y', NULL, 2, '001'), (2, NULL, NULL, 3, '010'), (3, 'n', NULL, 4, '001')",
    );
    for (const statement of statements.merge(
      dialect,
      table,
      staging,
      columns,
      ["id"],
      true,
    ))
      await connection.run(statement);
    assert.deepEqual(await rows(connection, "FROM t ORDER BY id"), [
      ["1", "y", "given"],
      ["2", "a2", null],
      ["3", "n", null],
    ]);
  });

test("cursor bounds: the largest value, whether it lies before the state, rows without one", async () => {
  const connection = await database();
  await connection.run("CREATE TABLE t AS SELECT unnest([3, NULL, 9]) AS c");
  const table = { name: "t" };
  const bounds = (since?: string) =>
    rows(connection, statements.cursorBounds(duckdb, table, "c", since));
  assert.deepEqual(await bounds(), [[9, false, "1"]]);
  assert.deepEqual(await bounds("9"), [[9, false, "1"]]);
  assert.deepEqual(await bounds("10"), [[9, true, "1"]]);
});

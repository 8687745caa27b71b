import assert from "node:assert/strict";
import { test } from "node:test";
import { insertOfRows } from "./row-inserts.js";

test("an INSERT of one row of parameters becomes one of several", () => {
  for (const [sql, several] of [
    [
      "INSERT INTO t VALUES (?, ?)",
      "INSERT INTO t VALUES (?, ?), (?, ?), (?, ?)",
    ],
    [
      'insert into db."a ""b".t (a, "c d") values(?,?) ; ',
      'insert into db."a ""b".t (a, "c d") values(?,?), (?,?), (?,?)',
    ],
  ] as const)
    assert.equal(insertOfRows(sql, 3), several);
});

test("what is anything else stays as it is", () => {
  for (const sql of [
    "INSERT INTO t VALUES (?, 1)",
    "INSERT INTO t VALUES (?, upper(?))",
    "INSERT INTO t VALUES ($1, $1)",
    "INSERT INTO t VALUES (?), (?)",
    "INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING",
    "INSERT INTO t VALUES (?) RETURNING a",
    "INSERT INTO t SELECT ?",
    "INSERT INTO t VALUES (?); SELECT 1",
    "UPDATE t SET a = ?",
  ])
    assert.equal(insertOfRows(sql, 3), undefined, sql);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Stream } from "../../catalog.js";
import { FlightClient } from "../../drivers/flight/client.js";
import { quiet } from "../../drivers/flight/scripted-server.test.js";
import { serve } from "../../server/index.js";
import { ansi } from "../../sql/ansi.js";
import { duckdb } from "../../sql/duckdb.js";
import { Reflection } from "./reflection.js";
import { TableFacts } from "./table-facts.js";
import { TableSelection } from "./table-selection.js";
import { readKeyColumn } from "./primary-keys.js";

const initSql = `
  CREATE TABLE visits (place VARCHAR, day DATE, n INTEGER, PRIMARY KEY (day, place));
  COMMENT ON TABLE visits IS 'Visits per place';
  COMMENT ON COLUMN visits.day IS 'In UTC';
  CREATE VIEW busy AS FROM visits WHERE n > 9;
  COMMENT ON VIEW busy IS 'Busy days';
  CREATE TABLE plain (a INTEGER);
`;

test("comments and keys of DuckDB's tables are told with them", async () => {
  await using server = await serve({ port: 0, initSql, log: () => undefined });
  await using client = await FlightClient.connect({ url: server.url }, quiet());
  const reflection = new Reflection(client, duckdb, quiet());
  const streams: Stream[] = [];
  for await (const stream of reflection.all(new TableSelection({})))
    streams.push(stream);
  assert.deepEqual(
    streams
      .map(({ name, primaryKey, comment }) => [name, primaryKey, comment])
      .sort(),
    [
      ["busy", [], "Busy days"],
      ["plain", [], undefined],
      ["visits", ["day", "place"], "Visits per place"],
    ],
  );
});

test("comments of columns come with them, however the table was found", async () => {
  await using server = await serve({ port: 0, initSql, log: () => undefined });
  await using client = await FlightClient.connect({ url: server.url }, quiet());
  const visits = { catalog: "memory", namespace: "main", name: "visits" };
  const selection = new TableSelection({ tables: ["visits"] });
  // The dialect asks no query of its own for comments.
  const reflection = new Reflection(client, ansi, quiet());
  for (const found of [reflection.all(selection), reflection.named([visits])]) {
    const told: unknown[] = [];
    for await (const { schema, comment } of found) {
      told.push(comment);
      for (const { metadata } of schema.fields)
        told.push(metadata?.get("ARROW:FLIGHT:SQL:REMARKS"));
    }
    assert.deepEqual(told, [
      "Visits per place",
      undefined,
      "In UTC",
      undefined,
    ]);
  }
});

test("the standard's query for keys tells their columns in order", async () => {
  await using server = await serve({ port: 0, initSql, log: () => undefined });
  await using client = await FlightClient.connect({ url: server.url }, quiet());
  const sql = ansi.reflection.visiblePrimaryKeys ?? "";
  const keys = new TableFacts(readKeyColumn);
  const { batches } = await client.rows(sql);
  for (const batch of batches) keys.add(batch);
  const of = (name: string) =>
    keys
      .of({ catalog: "memory", namespace: "main", name })
      .map(({ column, sequence }) => `${column} ${String(sequence)}`)
      .sort();
  assert.deepEqual(of("visits"), ["day 1", "place 2"]);
  assert.deepEqual(of("plain"), []);
});

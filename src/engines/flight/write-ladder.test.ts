import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Batch } from "../../arrow/batch.js";
import {
  batchOfValues,
  valuesOfBatch,
  type Value,
} from "../../arrow/plain-values.js";
import {
  binary,
  bool,
  field,
  float32,
  float64,
  int64,
  int8,
  uint64,
  utf8,
  type DataType,
} from "../../arrow/schema.js";
import type { TargetStream, WriteMode } from "../../catalog.js";
import { checkConfig } from "../../config.js";
import { FlightClient } from "../../drivers/flight/client.js";
import type { Context } from "../../engine.js";
import { serve } from "../../server/index.js";
import { flightsql } from "../flightsql.js";
import { loadWays, type LoadVia } from "./load-ways.js";

interface Loader {
  readonly log: readonly string[];
  readonly load: (
    table: string,
    mode: WriteMode,
    batches: readonly Batch[],
  ) => Promise<void>;
  readonly rows: (sql: string) => Promise<Value[][]>;
}

/** Loads into a server of our own, by one rung of the ladder. */
async function withLoader(
  settings: object,
  run: (loader: Loader) => Promise<void>,
): Promise<void> {
  await using server = await serve({ port: 0, log: () => undefined });
  const url = `flightsql://127.0.0.1:${String(server.port)}?transport=tcp`;
  const log: string[] = [];
  const context: Context = {
    signal: new AbortController().signal,
    log: (_level, text) => log.push(text),
  };
  const config = await checkConfig(
    { url, ...settings },
    flightsql.configSchema("destination"),
  );
  await using connection = await flightsql.connect(config, context);
  await using client = await FlightClient.connect({ url }, context);
  await run({
    log,
    load: async (name, mode, batches) => {
      const [first] = batches as [Batch];
      const [table = "", namespace] = name.split(".").reverse();
      const stream: TargetStream = {
        id: name,
        namespace,
        name: table,
        schema: first.schema,
        primaryKey: mode === "upsert" ? ["int"] : [],
      };
      const writer = await connection.write(stream, mode);
      for (const batch of batches) await writer.append(batch);
      await writer.commit();
    },
    rows: async (sql) => {
      const { batches } = await client.rows(sql);
      return batches.flatMap((batch) => {
        const columns = valuesOfBatch(batch);
        return Array.from({ length: batch.length }, (_, row) =>
          columns.map((values) => values[row] ?? null),
        );
      });
    },
  });
}

/** One column per type, each with the values that a literal could get wrong. DuckDB's intervals are microseconds. */
const edges: Readonly<Record<string, readonly [DataType, readonly Value[]]>> = {
  int: [int64, [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n]],
  small: [int8, [-128n, 127n, null, 0n]],
  big: [uint64, [2n ** 64n - 1n, 0n, null, 1n]],
  flag: [bool, [true, false, null, true]],
  double: [float64, [0.1, Number.NaN, -Infinity, 5e-324]],
  more: [float64, [1.7976931348623157e308, -0, 2 ** 53 + 2, 1e22]],
  single: [float32, [Math.fround(0.1), Infinity, null, 1.401298464324817e-45]],
  decimal: [
    { type: "decimal", bits: 128, precision: 38, scale: 10 },
    [10n ** 38n - 1n, -1n, null, 10n ** 10n],
  ],
  text: [utf8, ["it's", "\\'\n\t\\n", "", "日本 😀 -- ; DROP"]],
  bytes: [
    binary,
    [
      new Uint8Array([0, 255, 39, 92]),
      new Uint8Array(0),
      null,
      new Uint8Array([88]),
    ],
  ],
  date: [{ type: "date", unit: "day" }, [-719_162n, 0n, 20_455n, null]],
  time: [{ type: "time", unit: "us" }, [0n, 86_399_999_999n, null, 1n]],
  at: [
    { type: "timestamp", unit: "ns" },
    [1_767_323_045_123_456_789n, -1n, null, 0n],
  ],
  instant: [
    { type: "timestamp", unit: "us", timezone: "UTC" },
    [1_767_323_045_123_456n, -62_135_596_800_000_000n, null, 0n],
  ],
  interval: [
    { type: "interval", unit: "month_day_nano" },
    [[1n, -2n, 3_000n], [-14n, 0n, -1_000n], null, [0n, 0n, 0n]],
  ],
  duration: [
    { type: "duration", unit: "us" },
    [-1n, 90_061_000_001n, null, 0n],
  ],
  list: [
    { type: "list", addressing: "offset32", item: field("item", utf8) },
    [["a'", null, "[1, 2]"], [], null, [""]],
  ],
  pair: [
    {
      type: "list",
      addressing: "offset32",
      item: field("item", {
        type: "fixed_size_list",
        size: 2,
        item: field("item", int64),
      }),
    },
    [[[1n, 2n]], [], null, [[3n, null]]],
  ],
  struct: [
    { type: "struct", fields: [field("it's", int64), field("y", utf8)] },
    [[1n, "a"], [null, null], null, [2n, "b'"]],
  ],
  map: [
    {
      type: "map",
      entries: field(
        "entries",
        {
          type: "struct",
          fields: [field("key", utf8, false), field("value", float64)],
        },
        false,
      ),
      keysSorted: false,
    },
    [
      [["k'", 1.5]],
      [],
      null,
      [
        ["a", null],
        ["b", 0.1],
      ],
    ],
  ],
  union: [
    {
      type: "union",
      mode: "dense",
      typeIds: [0, 1],
      fields: [field("n", int64), field("s", utf8)],
    },
    [
      { typeId: 1, value: "v'" },
      { typeId: 0, value: 7n },
      { typeId: 1, value: null },
      { typeId: 0, value: -1n },
    ],
  ],
};

function edgeBatch(without: readonly string[]): Batch {
  const columns = Object.entries(edges).filter(
    ([name]) => !without.includes(name),
  );
  return batchOfValues(
    { fields: columns.map(([name, [type]]) => field(name, type)) },
    columns.map(([, [, values]]) => values),
  );
}

/** Rows with keys `from` to `to`. */
function people(from: number, to: number, name: string): Batch {
  const keys = Array.from({ length: to - from }, (_, row) =>
    BigInt(from + row),
  );
  return batchOfValues(
    { fields: [field("int", int64, false), field("name", utf8)] },
    [keys, keys.map((key) => `${name} ${String(key)}`)],
  );
}

const described: Readonly<Record<LoadVia, RegExp>> = {
  ingest: /bulk ingestion/,
  prepared_insert: /a prepared INSERT/,
  insert: /INSERT statements .* CommandStatementUpdate/,
  insert_query: /INSERT statements .* CommandStatementQuery/,
};

describe("every rung of the ladder", () => {
  for (const [via, max_parallelism] of loadWays.flatMap((way) => [
    [way, 1] as const,
    [way, 3] as const,
  ]))
    test(`${via}, ${String(max_parallelism)} at a time: append, upsert and overwrite end in the same tables`, async () => {
      const settings = { load_via: via, max_parallelism };
      await withLoader(settings, async ({ load, rows, log }) => {
        await load("a", "append", [people(0, 2500, "a"), people(0, 2, "b")]);
        await load("u", "upsert", [
          people(0, 10, "a"),
          ...[5, 500, 1000].map((from) => people(from, from + 500, "b")),
        ]);
        await load("u", "upsert", [people(1499, 1501, "c")]);
        await load("o", "append", [people(0, 3, "old")]);
        await load("o", "overwrite", [people(7, 9, "new")]);
        assert.deepEqual(
          await rows("SELECT count(*), count(DISTINCT int), max(name) FROM a"),
          [[2502n, 2500n, "b 1"]],
        );
        assert.deepEqual(
          await rows(
            "SELECT left(name, 1), count(*) FROM u GROUP BY 1 ORDER BY 1",
          ),
          [
            ["a", 5n],
            ["b", 1494n],
            ["c", 2n],
          ],
        );
        assert.deepEqual(await rows("SELECT * FROM o ORDER BY 1"), [
          [7n, "new 7"],
          [8n, "new 8"],
        ]);
        assert.deepEqual(
          await rows(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE '%\\_\\_fs%' ESCAPE '\\'",
          ),
          [[0n]],
        );
        assert.deepEqual(
          log.filter((line) => described[via].test(line)).length,
          1,
          log.join("\n"),
        );
      });
    });

  for (const via of ["prepared_insert", "insert", "insert_query"] as const)
    test(`${via}: every value is the one that bulk ingestion stores`, async () => {
      // DuckDB's parameters lose the member of a union that is NULL.
      const batch = edgeBatch(via === "prepared_insert" ? ["union"] : []);
      await withLoader({ load_via: via }, async ({ load, rows }) => {
        await load("literals", "append", [batch]);
        const stored = await rows("SELECT * FROM literals");
        await withLoader({ load_via: "ingest" }, async (other) => {
          await other.load("bulk", "append", [batch]);
          assert.deepEqual(stored, await other.rows("SELECT * FROM bulk"));
        });
      });
    });
});

test("without schemas two streams of one name do not end in one table", async () => {
  const settings = { dialect: "sqlite", load_via: "insert" };
  await withLoader(settings, async ({ load, rows }) => {
    await load("a.people", "append", [people(0, 2, "a")]);
    await assert.rejects(load("b.people", "append", [people(2, 4, "b")]), {
      code: "invalid_config",
      message:
        /streams a\.people and b\.people would both be loaded into people/,
    });
    assert.deepEqual(await rows("SELECT count(*) FROM people"), [[2n]]);
  });
});

test("a statement stays below the limit, and a row that cannot is named", async () => {
  const settings = { load_via: "insert", statement_bytes_max: 1024 };
  await withLoader(settings, async ({ load, rows }) => {
    await load("a", "append", [people(0, 500, "x")]);
    assert.deepEqual(await rows("SELECT count(*) FROM a"), [[500n]]);
    await assert.rejects(
      load("a", "append", [people(0, 40, "y"), people(1, 2, "z".repeat(2000))]),
      {
        code: "exhausted",
        message:
          /row 0 of a batch for memory\.main\.a makes a statement of 20\d\d bytes/,
      },
    );
  });
});

import {
  batchOfValues,
  valuesOfBatch,
  type Value,
} from "../../arrow/plain-values.js";
import type { Batch } from "../../arrow/batch.js";
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

interface Loader {
  readonly log: readonly string[];
  readonly load: (
    table: string,
    mode: WriteMode,
    batches: readonly Batch[],
  ) => Promise<void>;
  readonly rows: (sql: string) => Promise<Value[][]>;
}

/** Loads into a server of our own, with settings of a destination. Not a test itself. */
export async function withLoader(
  settings: object,
  run: (loader: Loader) => Promise<void>,
): Promise<void> {
  await using server = await serve({
    port: 0,
    allowFiles: true,
    log: () => undefined,
  });
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
export const edges: Readonly<
  Record<string, readonly [DataType, readonly Value[]]>
> = {
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

export function edgeBatch(without: readonly string[]): Batch {
  const columns = Object.entries(edges).filter(
    ([name]) => !without.includes(name),
  );
  return batchOfValues(
    { fields: columns.map(([name, [type]]) => field(name, type)) },
    columns.map(([, [, values]]) => values),
  );
}

/** Rows with keys `from` to `to`. */
export function people(from: number, to: number, name: string): Batch {
  const keys = Array.from({ length: to - from }, (_, row) =>
    BigInt(from + row),
  );
  return batchOfValues(
    { fields: [field("int", int64, false), field("name", utf8)] },
    [keys, keys.map((key) => `${name} ${String(key)}`)],
  );
}

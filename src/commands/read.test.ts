import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { batchOf } from "../arrow/batch.js";
import { type Field, field, int64 } from "../arrow/schema.js";
import { parseTypeName } from "../arrow/type-name.js";
import { checkConfig } from "../config.js";
import type { Connection, Context } from "../engine.js";
import { InMemoryEngine } from "../engines/in-memory.js";
import { read } from "./read.js";

const context: Context = {
  signal: new AbortController().signal,
  log: () => undefined,
};

/** A table of two partitions, of which the second one comes with other fields than were announced. */
function drifting(
  announced: readonly Field[],
  fields: readonly Field[],
): InMemoryEngine {
  const schema = { fields: announced };
  const rows = Array.from({ length: 4 }, () => announced.map(() => null));
  const table = { schema, primaryKey: [], rows };
  const engine = new InMemoryEngine(new Map([["t", table]]));
  const connect = engine.connect.bind(engine);
  engine.connect = async (config) => {
    const connection = await connect(config);
    const readAsIs = connection.read.bind(connection);
    let partitions = 0;
    const drift: Pick<Connection, "read"> = {
      async *read(partition, signal) {
        const isSecond = partitions++ === 1;
        for await (const batch of readAsIs(partition, signal))
          yield isSecond
            ? batchOf({ fields }, batch.vectors, batch.length)
            : batch;
      },
    };
    return Object.assign(connection, drift);
  };
  return engine;
}

/** Rows that came, and what failed. */
async function outcome(engine: InMemoryEngine) {
  const config = await checkConfig(
    { url: "memory:", concurrency: 1 },
    engine.configSchema("source"),
  );
  const stream = {
    id: "t",
    name: "t",
    columns: undefined,
    syncMode: "full_table",
  } as const;
  let rows = 0;
  let failure: string | undefined;
  for await (const message of read(
    engine,
    config,
    [stream],
    new Map(),
    context,
  )) {
    if (message.type === "batch") rows += message.batch.length;
    if (message.type === "failure")
      failure = `${message.failure.code}: ${message.failure.message}`;
  }
  return { rows, failure };
}

const nested = (text: string, nullable = true) =>
  field("c", parseTypeName(text), nullable);

describe("parts of one result", () => {
  for (const [what, announced, other] of [
    [
      "whether a column can be NULL",
      field("c", int64),
      field("c", int64, false),
    ],
    [
      "metadata",
      field("c", int64),
      { ...field("c", int64), metadata: new Map([["origin", "node 2"]]) },
    ],
    [
      "whether nested values can be NULL",
      nested("list<item: struct<a: int64>>"),
      nested("list<item: struct<a: int64 not null> not null>"),
    ],
    [
      "the name of a list's items",
      nested("list<item: int64>"),
      nested("list<element: int64>"),
    ],
    [
      "the names in a map",
      nested("map<string, int64>"),
      nested('map<string ("keys"), int64 not null ("values") ("key_value")>'),
    ],
  ] as const)
    test(`may differ in ${what}`, async () => {
      assert.deepEqual(await outcome(drifting([announced], [other])), {
        rows: 4,
        failure: undefined,
      });
    });

  for (const [what, announced, other] of [
    ["type", nested("int64"), nested("int32")],
    ["name", nested("int64"), field("d", int64)],
    [
      "nested type",
      nested("list<item: struct<a: int64>>"),
      nested("list<item: struct<a: string>>"),
    ],
    [
      "name of a struct's field",
      nested("struct<a: int64>"),
      nested("struct<b: int64>"),
    ],
    ["unit", nested("timestamp[us]"), nested("timestamp[ns]")],
  ] as const)
    test(`must not differ in a column's ${what}`, async () => {
      const { rows, failure } = await outcome(drifting([announced], [other]));
      assert.equal(rows, 2);
      assert.match(failure ?? "", /^invalid_data: rows from 2 has the columns/);
    });
});

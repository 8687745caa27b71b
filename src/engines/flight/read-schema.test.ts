import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Batch } from "../../arrow/batch.js";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { batchOfValues, type Value } from "../../arrow/plain-values.js";
import { binary, field, int64, utf8, type Schema } from "../../arrow/schema.js";
import { typeName } from "../../arrow/type-name.js";
import { read } from "../../commands/read.js";
import { checkConfig } from "../../config.js";
import {
  quiet,
  serve,
  writeAll,
} from "../../drivers/flight/scripted-server.test.js";
import type { FlightHandlers } from "../../drivers/flight/service.js";
import {
  unpackAny,
  type SqlMessage,
} from "../../drivers/flight/sql-messages.js";
import type { Message } from "../../message.js";
import { flightsql } from "../flightsql.js";

/** A table `t` as three places tell it. */
interface Told {
  readonly reflected: Schema;
  /** Of the FlightInfo; undefined is none. */
  readonly planned: Schema | undefined;
  /** One stream for each endpoint; no batch is a schema without rows, no schema is no message at all. */
  readonly endpoints: readonly {
    readonly schema?: Schema;
    readonly batches: readonly Batch[];
  }[];
}

/** A server with one table. Every ticket is good for one reading. */
function serving({ reflected, planned, endpoints }: Told): FlightHandlers {
  const used = new Set<number>();
  const columns = ["db_schema_name", "table_name", "table_type"];
  const tables = batchOfValues(
    {
      fields: [
        ...columns.map((name) => field(name, utf8)),
        field("table_schema", binary),
      ],
    },
    [["s"], ["t"], ["TABLE"], [encodeSchema(reflected)]],
  );
  return {
    GetFlightInfo(call, callback) {
      const { name } = unpackAny(call.request.cmd) as SqlMessage;
      const tickets =
        name === "CommandStatementQuery"
          ? endpoints.map((_, index) => Buffer.from([index]))
          : name === "CommandGetTables"
            ? [call.request.cmd]
            : [];
      callback(null, {
        ...(planned !== undefined &&
          name === "CommandStatementQuery" && {
            schema: encodeSchema(planned),
          }),
        endpoint: tickets.map((ticket) => ({ ticket: { ticket } })),
        totalRecords: -1n,
        totalBytes: -1n,
      });
    },
    DoGet(call) {
      const [index = 0, ...more] = call.request.ticket;
      const { schema, batches } =
        more.length > 0
          ? { schema: tables.schema, batches: [tables] }
          : (endpoints[index] ?? { batches: [] });
      if (more.length === 0) assert.ok(!used.has(index), "read twice");
      if (more.length === 0) used.add(index);
      void writeAll(call, [
        ...(schema === undefined ? [] : [{ header: encodeSchema(schema) }]),
        ...batches.map((batch) => encodeBatch(batch)),
      ]);
    },
  };
}

/** What `read` says of the table: its columns, its rows, its failure. */
async function readOf(told: Told): Promise<{
  readonly columns: string;
  readonly rows: number;
  readonly failure: string | undefined;
}> {
  await using server = await serve(serving(told));
  const context = quiet();
  const config = await checkConfig(
    { url: server.url, dialect: "ansi" },
    flightsql.configSchema("source"),
  );
  const stream = {
    id: "s-t",
    namespace: "s",
    name: "t",
    columns: undefined,
    syncMode: "full_table",
  } as const;
  const messages: Message[] = [];
  for await (const message of read(
    flightsql,
    config,
    [stream],
    new Map(),
    context,
  ))
    messages.push(message);
  const schema = messages.find((one) => one.type === "schema")?.schema;
  const failure = messages.find((one) => one.type === "failure")?.failure;
  return {
    columns: (schema?.fields ?? [])
      .map(
        ({ name, type, nullable }) =>
          `${name} ${typeName(type)}${nullable ? "" : " not null"}`,
      )
      .join(", "),
    rows: messages.reduce(
      (sum, one) => sum + (one.type === "batch" ? one.batch.length : 0),
      0,
    ),
    failure: failure?.message,
  };
}

const ints: Schema = { fields: [field("a", int64)] };
const texts: Schema = { fields: [field("a", utf8)] };

function part(schema: Schema, ...values: Value[]) {
  return { schema, batches: [batchOfValues(schema, [values])] };
}

describe("the schema that is announced is that of the rows", () => {
  for (const [what, planned] of [
    ["nothing", undefined],
    ["no columns", { fields: [] }],
    ["other types", texts],
    ["other columns", { fields: [field("b", utf8), field("c", utf8)] }],
  ] as const)
    test(`where the plan tells ${what}, and reflection something else`, async () => {
      const endpoints = [part(ints, 1n, 2n), part(ints, 3n)];
      const told = await readOf({ reflected: texts, planned, endpoints });
      assert.deepEqual(told, {
        columns: "a int64",
        rows: 3,
        failure: undefined,
      });
    });

  test("but what cannot be NULL is as the table says", async () => {
    const reflected = { fields: [field("a", int64, false)] };
    const endpoints = [part(ints, 1n)];
    const told = await readOf({ reflected, planned: ints, endpoints });
    assert.equal(told.columns, "a int64 not null");
  });

  test("an empty part without columns tells nothing", async () => {
    const empty: Schema = { fields: [] };
    const endpoints = [
      { schema: empty, batches: [] },
      { batches: [] },
      part(ints, 1n),
    ];
    const told = await readOf({ reflected: texts, planned: empty, endpoints });
    assert.deepEqual(told, { columns: "a int64", rows: 1, failure: undefined });
  });

  test("without any rows it is that of the plan, else that of the table", async () => {
    const none = { schema: { fields: [] }, batches: [] };
    for (const endpoints of [[], [none]]) {
      const planned = await readOf({
        reflected: texts,
        planned: ints,
        endpoints,
      });
      assert.equal(planned.columns, "a int64");
      const told = await readOf({
        reflected: texts,
        planned: undefined,
        endpoints,
      });
      assert.deepEqual(told, {
        columns: "a string",
        rows: 0,
        failure: undefined,
      });
    }
  });

  test("parts may differ in what can be NULL and in metadata, not in types", async () => {
    const required = {
      fields: [
        { ...field("a", int64, false), metadata: new Map([["k", "v"]]) },
      ],
    };
    const loose = await readOf({
      reflected: ints,
      planned: ints,
      endpoints: [part(ints, 1n), part(required, 2n)],
    });
    assert.deepEqual([loose.rows, loose.failure], [2, undefined]);
    const { failure } = await readOf({
      reflected: ints,
      planned: ints,
      endpoints: [part(ints, 1n), part(texts, "x")],
    });
    assert.match(
      failure ?? "",
      /endpoint 2 of 2 has the columns \(a: string\), and \(a: int64\) were announced/,
    );
  });

  test("a server that sends other columns than it was asked for is refused", async () => {
    const two: Schema = { fields: [field("a", int64), field("b", int64)] };
    const endpoints = [
      { schema: two, batches: [batchOfValues(two, [[1n], [2n]])] },
    ];
    const { failure } = await readOf({
      reflected: ints,
      planned: ints,
      endpoints,
    });
    assert.match(
      failure ?? "",
      /sends the columns \(a, b\) of s\.t when it is asked for \(a\)/,
    );
  });
});

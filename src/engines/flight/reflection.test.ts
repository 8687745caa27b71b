import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Batch } from "../../arrow/batch.js";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encapsulate } from "../../arrow/ipc-message.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { batchOfValues } from "../../arrow/plain-values.js";
import { binary, field, int64, utf8, type Schema } from "../../arrow/schema.js";
import type { Stream } from "../../catalog.js";
import {
  grpcError,
  quiet,
  withClient,
  writeAll,
} from "../../drivers/flight/scripted-server.test.js";
import type { FlightHandlers } from "../../drivers/flight/service.js";
import {
  unpackAny,
  type SqlMessage,
} from "../../drivers/flight/sql-messages.js";
import { ansi } from "../../sql/ansi.js";
import type { Dialect } from "../../sql/dialect.js";
import { duckdb } from "../../sql/duckdb.js";
import { spark } from "../../sql/spark.js";
import { Reflection } from "./reflection.js";
import { TableSelection } from "./table-selection.js";

/** What a server says to a command; undefined is UNIMPLEMENTED. */
type Answer = (command: SqlMessage) => Batch | undefined;

/** A server that answers commands when they are read, and keeps those that came. */
function answers(
  answer: Answer,
  getSchema: Schema | undefined,
): FlightHandlers & { asked: string[] } {
  const asked: string[] = [];
  const of = (bytes: Uint8Array) => unpackAny(bytes) as SqlMessage;
  return {
    asked,
    GetFlightInfo(call, callback) {
      const command = of(call.request.cmd);
      asked.push(
        command.name === "CommandStatementQuery"
          ? command.value.query
          : command.name,
      );
      if (answer(command) === undefined)
        callback(grpcError(Status.UNIMPLEMENTED, `no ${command.name}`));
      else
        callback(null, {
          endpoint: [{ ticket: { ticket: call.request.cmd } }],
          totalRecords: -1n,
          totalBytes: -1n,
        });
    },
    GetSchema(call, callback) {
      const { name } = of(call.request.cmd);
      asked.push(`GetSchema of ${name}`);
      if (getSchema === undefined)
        callback(grpcError(Status.INTERNAL, "not implemented"));
      else callback(null, { schema: encapsulate(encodeSchema(getSchema)) });
    },
    DoGet(call) {
      const batch = answer(of(call.request.ticket)) as Batch;
      void writeAll(call, [
        { header: encodeSchema(batch.schema) },
        encodeBatch(batch),
      ]);
    },
  };
}

const columns: Schema = {
  fields: [field("id", int64, false), field("t", utf8)],
};
const noRows = batchOfValues(columns, [[], []]);

function texts(
  table: Readonly<Record<string, readonly (string | null)[]>>,
): Batch {
  const fields = Object.keys(table).map((name) => field(name, utf8));
  return batchOfValues({ fields }, Object.values(table));
}

/** GetTables' answer, with the bytes of each table's schema. */
function tables(
  names: readonly string[],
  schemas: readonly Uint8Array[],
): Batch {
  const told = ["catalog_name", "db_schema_name", "table_name", "table_type"];
  return batchOfValues(
    {
      fields: [
        ...told.map((name) => field(name, utf8)),
        field("table_schema", binary),
      ],
    },
    [
      names.map(() => "c"),
      names.map(() => "s"),
      names,
      names.map((name) => (name.startsWith("v") ? "VIEW" : "BASE TABLE")),
      schemas,
    ],
  );
}

async function reflected(
  dialect: Dialect,
  answer: Answer,
  getSchema?: Schema,
): Promise<{
  readonly streams: readonly Stream[];
  readonly asked: readonly string[];
}> {
  const { asked, ...handlers } = answers(answer, getSchema);
  const streams: Stream[] = [];
  await withClient(handlers, async (client) => {
    const reflection = new Reflection(client, dialect, quiet());
    for await (const stream of reflection.all(new TableSelection({})))
      streams.push(stream);
  });
  return { streams, asked };
}

test("five hundred tables of fifty columns take three calls where the server can", async () => {
  const wide: Schema = {
    fields: Array.from({ length: 50 }, (_, at) =>
      field(`c${String(at)}`, int64),
    ),
  };
  const names = Array.from({ length: 500 }, (_, at) => `t${String(at)}`);
  const bytes = names.map(() => encodeSchema(wide));
  const { streams, asked } = await reflected(duckdb, (command) => {
    if (command.name === "CommandGetTables") return tables(names, bytes);
    if (/comment/.test((command.value as { query?: string }).query ?? ""))
      return texts({
        catalog_name: ["c", "other"],
        db_schema_name: ["s", "s"],
        table_name: ["t7", "t8"],
        comment: ["seventh", "of another catalog"],
      });
    return batchOfValues(
      {
        fields: [
          ...[
            "catalog_name",
            "db_schema_name",
            "table_name",
            "column_name",
          ].map((name) => field(name, utf8)),
          field("key_sequence", int64),
        ],
      },
      [
        ["c", "c"],
        ["s", "s"],
        ["t7", "t7"],
        ["c3", "c1"],
        [2n, 1n],
      ],
    );
  });
  assert.equal(streams.length, 500);
  assert.ok(streams.every(({ schema }) => schema.fields.length === 50));
  assert.deepEqual(
    streams
      .filter(({ primaryKey }) => primaryKey.length > 0)
      .map(({ name, primaryKey }) => [name, primaryKey]),
    [["t7", ["c1", "c3"]]],
  );
  assert.deepEqual(
    streams.filter((one) => "comment" in one).map((one) => one.comment),
    ["seventh"],
  );
  assert.equal(asked.length, 3, asked.join("\n"));
});

test("columns that the listing lacks, or garbles, are asked for table by table", async () => {
  const bytes = [
    encodeSchema(columns),
    new Uint8Array(0),
    Uint8Array.of(1, 2, 3),
  ];
  const { streams, asked } = await reflected(ansi, (command) => {
    if (command.name === "CommandGetTables")
      return tables(["a", "b", "v"], bytes);
    return command.name === "CommandStatementQuery" ? noRows : undefined;
  });
  assert.deepEqual(
    streams.map(({ name, isView, schema }) => [
      name,
      isView,
      schema.fields.length,
    ]),
    [
      ["a", false, 2],
      ["b", false, 2],
      ["v", true, 2],
    ],
  );
  assert.deepEqual(asked.filter((one) => one.startsWith("SELECT *")).sort(), [
    'SELECT * FROM "c"."s"."b" WHERE 1 = 0',
    'SELECT * FROM "c"."s"."v" WHERE 1 = 0',
  ]);
});

/** Tables `t0`, `t1`, … without columns. */
function many(count: number): Batch {
  const names = Array.from({ length: count }, (_, at) => `t${String(at)}`);
  return tables(
    names,
    names.map(() => new Uint8Array(0)),
  );
}

test("columns are those of GetSchema where the server has it, and no query runs", async () => {
  const other: Schema = { fields: [field("told", utf8)] };
  const { streams, asked } = await reflected(
    ansi,
    (command) => {
      if (command.name === "CommandGetTables") return many(20);
      return command.name === "CommandStatementQuery" ? noRows : undefined;
    },
    other,
  );
  assert.equal(streams.length, 20);
  assert.ok(streams.every(({ schema }) => schema.fields[0]?.name === "told"));
  assert.equal(asked.filter((one) => one.startsWith("SELECT *")).length, 0);
});

test("what a server does not have is not asked for again, but for calls that are under way", async () => {
  const { streams, asked } = await reflected(ansi, (command) => {
    if (command.name === "CommandGetTables") return many(100);
    return command.name === "CommandStatementQuery" ? noRows : undefined;
  });
  assert.equal(streams.length, 100);
  const times = (what: RegExp) => asked.filter((one) => what.test(one)).length;
  assert.equal(times(/^SELECT \*/), 100);
  assert.ok(times(/^GetSchema/) <= 16, String(times(/^GetSchema/)));
  assert.ok(times(/PrimaryKeys/) <= 16, String(times(/PrimaryKeys/)));
});

/** The answer to a query for keys: `t1` has one. */
const keyOfT1 = batchOfValues(
  {
    fields: [
      ...["catalog_name", "db_schema_name", "table_name", "column_name"].map(
        (name) => field(name, utf8),
      ),
      field("key_sequence", int64),
    ],
  },
  [["c"], ["s"], ["t1"], ["id"], [1n]],
);

/** One column of keys, as GetPrimaryKeys tells it. */
function keyOf(table: string): Batch {
  return batchOfValues(keyOfT1.schema, [["c"], ["s"], [table], ["t"], [1n]]);
}

test("keys that the standard's tables do not show are asked for table by table", async () => {
  const { streams, asked } = await reflected(ansi, (command) => {
    if (command.name === "CommandGetTables") return many(3);
    if (command.name === "CommandGetPrimaryKeys")
      return keyOf(command.value.table);
    if (command.name !== "CommandStatementQuery") return undefined;
    return command.value.query.includes("information_schema")
      ? keyOfT1
      : noRows;
  });
  assert.deepEqual(
    streams.map(({ name, primaryKey }) => [name, primaryKey]),
    [
      ["t0", ["t"]],
      ["t1", ["id"]],
      ["t2", ["t"]],
    ],
  );
  const calls = asked.filter((one) => one === "CommandGetPrimaryKeys");
  assert.equal(calls.length, 2);
});

test("a table alone has its key by GetPrimaryKeys, else by the query for all", async () => {
  for (const isTold of [true, false]) {
    const { asked, ...handlers } = answers((command) => {
      if (command.name === "CommandGetTables") return many(3);
      if (command.name === "CommandGetPrimaryKeys")
        return isTold ? keyOf(command.value.table) : undefined;
      if (command.name !== "CommandStatementQuery") return undefined;
      return command.value.query.includes("information_schema")
        ? keyOfT1
        : noRows;
    }, columns);
    await withClient(handlers, async (client) => {
      const reflection = new Reflection(client, ansi, quiet());
      const found: Stream[] = [];
      for await (const stream of reflection.named([
        { namespace: "s", name: "t1" },
      ]))
        found.push(stream);
      assert.deepEqual(
        found.map(({ primaryKey }) => primaryKey),
        [isTold ? ["t"] : ["id"]],
      );
    });
    const queries = asked.filter((one) => one.includes("information_schema"));
    assert.equal(queries.length, isTold ? 0 : 1);
  }
});

test("without GetTables the engine's own catalog is read", async () => {
  const { streams, asked } = await reflected(ansi, (command) => {
    if (command.name !== "CommandStatementQuery") return undefined;
    return command.value.query.includes("information_schema")
      ? texts({
          catalog_name: ["c", "c"],
          db_schema_name: ["s", "information_schema"],
          table_name: ["a", "tables"],
          table_type: ["BASE TABLE", "VIEW"],
        })
      : noRows;
  });
  assert.deepEqual(streams, [
    {
      catalog: "c",
      namespace: "s",
      name: "a",
      schema: columns,
      primaryKey: [],
      isView: false,
    },
  ]);
  assert.equal(asked.filter((one) => one === "CommandGetTables").length, 2);
});

test("Spark lists its tables schema by schema", async () => {
  const { streams } = await reflected(spark, (command) => {
    if (command.name !== "CommandStatementQuery") return undefined;
    const { query } = command.value;
    if (query === "SHOW SCHEMAS") return texts({ namespace: ["x", "it`s"] });
    return query === "SHOW TABLES IN `x`"
      ? texts({ namespace: ["x"], tableName: ["a"] })
      : query === "SHOW TABLES IN `it``s`"
        ? texts({ namespace: ["it`s"], tableName: ["b"] })
        : noRows;
  });
  assert.deepEqual(
    streams.map(({ namespace, name }) => [namespace, name]),
    [
      ["x", "a"],
      ["it`s", "b"],
    ],
  );
});

test("a server that has no way to list tables says why", async () => {
  await assert.rejects(
    reflected(ansi, () => undefined),
    { code: "unsupported", message: /no CommandGetTables/ },
  );
});

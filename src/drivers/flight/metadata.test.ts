import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { batchOf } from "../../arrow/batch.js";
import type { Batch } from "../../arrow/batch.js";
import { encodeSchema, encapsulate } from "../../arrow/ipc-schema.js";
import {
  binary,
  bool,
  field,
  int32,
  int64,
  uint32,
  utf8,
} from "../../arrow/schema.js";
import type { DataType } from "../../arrow/schema.js";
import type { Vector } from "../../arrow/vector.js";
import {
  answering,
  batch,
  grpcError,
  withClient,
} from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";
import { unpackAny } from "./sql-messages.js";
import type { SqlMessage } from "./sql-messages.js";

/** A server that gives one batch for any command, and keeps the command. */
function telling(
  answer: Batch,
): FlightHandlers & { commands: (SqlMessage | undefined)[] } {
  const { GetFlightInfo, DoGet } = answering(answer.schema, [answer]);
  const commands: (SqlMessage | undefined)[] = [];
  return {
    commands,
    DoGet,
    GetFlightInfo(call, callback) {
      commands.push(unpackAny(call.request.cmd));
      GetFlightInfo(call, callback);
    },
  };
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

test("catalogs and database schemas", async () => {
  const { commands, ...handlers } = telling(
    batch({ db_schema_name: ["main", "x"], catalog_name: ["c1", "c2"] }),
  );
  await withClient(handlers, async (client) => {
    assert.deepEqual(await client.catalogs(), ["c1", "c2"]);
    assert.deepEqual(await client.dbSchemas({ catalog: "", pattern: "m%" }), [
      "main",
      "x",
    ]);
  });
  assert.deepEqual(commands, [
    { name: "CommandGetCatalogs", value: {} },
    {
      name: "CommandGetDbSchemas",
      value: { catalog: "", dbSchemaFilterPattern: "m%" },
    },
  ]);
});

describe("tables", () => {
  const columns = { fields: [field("id", int64, false), field("ä", utf8)] };
  const bytes = encapsulate(encodeSchema(columns));
  const text = (values: readonly (string | undefined)[]) =>
    batch({ _: values }).vectors[0] as Vector;
  const schemas: Vector = {
    layout: "bytes",
    type: binary,
    length: 2,
    validity: undefined,
    offsets: Int32Array.of(0, bytes.length, bytes.length),
    data: bytes,
  };
  const answer = batchOf(
    {
      fields: [
        field("table_type", utf8),
        field("table_schema", binary),
        field("table_name", utf8),
        field("db_schema_name", utf8),
        field("catalog_name", utf8),
      ],
    },
    [
      text(["TABLE", "VIEW"]),
      schemas,
      text(["t", "v"]),
      text(["s", undefined]),
      text([undefined, "c"]),
    ],
    2,
  );

  test("columns are found by name, absent parts are undefined, schemas are decoded", async () => {
    const { commands, ...handlers } = telling(answer);
    await withClient(handlers, async (client) => {
      const filter = {
        catalog: "c",
        dbSchemaPattern: "s%",
        tablePattern: "_",
        tableTypes: ["TABLE"],
      };
      assert.deepEqual(await collect(client.tables(filter, true)), [
        {
          catalog: undefined,
          dbSchema: "s",
          name: "t",
          type: "TABLE",
          schema: columns,
        },
        {
          catalog: "c",
          dbSchema: undefined,
          name: "v",
          type: "VIEW",
          schema: undefined,
        },
      ]);
    });
    assert.deepEqual(commands[0]?.value, {
      catalog: "c",
      dbSchemaFilterPattern: "s%",
      tableNameFilterPattern: "_",
      tableTypes: ["TABLE"],
      includeSchema: true,
    });
  });

  test("an answer without table names is refused", () =>
    withClient(telling(batch({ name: ["t"] })), async (client) => {
      await assert.rejects(collect(client.tables({}, false)), {
        code: "invalid_data",
        message: /no column table_name/,
      });
    }));
});

describe("primary keys", () => {
  const key = (
    tables: readonly string[],
    names: readonly string[],
    sequence: readonly bigint[],
  ) =>
    batch({ key_sequence: sequence, table_name: tables, column_name: names });

  test("come in key order, not in row order", async () => {
    const { commands, ...handlers } = telling(
      key(["t", "t", "t"], ["c", "a", "b"], [3n, 1n, 2n]),
    );
    await withClient(handlers, async (client) => {
      assert.deepEqual(
        await client.primaryKeys({ catalog: "x", namespace: "s", name: "t" }),
        ["a", "b", "c"],
      );
    });
    assert.deepEqual(commands[0]?.value, {
      catalog: "x",
      dbSchema: "s",
      table: "t",
    });
  });

  test("keys of several tables are not mixed", () =>
    withClient(
      telling(key(["t", "T"], ["a", "b"], [1n, 1n])),
      async (client) => {
        await assert.rejects(client.primaryKeys({ name: "t" }), {
          code: "invalid_data",
          message: /t, T/,
        });
      },
    ));

  for (const [name, handlers] of [
    ["GetFlightInfo", {}],
    [
      "DoGet",
      {
        GetFlightInfo: answering({ fields: [] }, []).GetFlightInfo,
      } satisfies FlightHandlers,
    ],
    [
      "neither, but there is no endpoint",
      {
        GetFlightInfo: (_call, callback) => {
          callback(null, {});
        },
      } satisfies FlightHandlers,
    ],
  ] as const)
    test(`a server that does not tell them has none: ${name}`, () =>
      withClient(handlers, async (client) => {
        assert.deepEqual(await client.primaryKeys({ name: "t" }), []);
      }));

  test("other errors are told", () =>
    withClient(
      {
        GetFlightInfo(_call, callback) {
          callback(grpcError(Status.PERMISSION_DENIED, "not yours"), null);
        },
      },
      async (client) => {
        await assert.rejects(client.primaryKeys({ name: "t" }), {
          code: "unauthorized",
        });
      },
    ));
});

test("SqlInfo: every kind of value, whatever type ids the server gave them", async () => {
  const ints = (
    type: DataType,
    values: Int32Array | Uint32Array | BigInt64Array,
  ): Vector => ({
    layout: "fixed",
    type,
    length: values.length,
    validity: undefined,
    width: values.BYTES_PER_ELEMENT,
    data: new Uint8Array(values.buffer),
  });
  const texts = batch({ _: ["name", '"', "a", "b"] }).vectors[0] as Vector;
  const list = (
    type: DataType,
    child: Vector,
    ...offsets: number[]
  ): Vector => ({
    layout: "list",
    type,
    length: offsets.length - 1,
    validity: undefined,
    offsets: Int32Array.from(offsets),
    child,
  });
  const textList: DataType = {
    type: "list",
    addressing: "offset32",
    item: field("item", utf8),
  };
  const intList: DataType = {
    type: "list",
    addressing: "offset32",
    item: field("item", int32),
  };
  const entryFields = [field("key", int32, false), field("value", intList)];
  const entries: Vector = {
    layout: "struct",
    type: { type: "struct", fields: entryFields },
    length: 2,
    validity: undefined,
    children: [
      ints(int32, Int32Array.of(7, 8)),
      list(intList, ints(int32, Int32Array.of(1, 2, 3)), 0, 2, 3),
    ],
  };
  const mapType: DataType = {
    type: "map",
    entries: field("entries", entries.type, false),
    keysSorted: false,
  };
  const children: Vector[] = [
    texts,
    {
      layout: "bool",
      type: bool,
      length: 1,
      validity: undefined,
      bits: Uint8Array.of(1),
    },
    ints(int64, BigInt64Array.of(2n ** 53n + 1n)),
    ints(int32, Int32Array.of(-2)),
    list(textList, texts, 2, 4),
    list(mapType, entries, 0, 2),
  ];
  const type: DataType = {
    type: "union",
    mode: "dense",
    typeIds: [5, 4, 3, 2, 1, 0],
    fields: children.map((child, index) => field(String(index), child.type)),
  };
  const names = [0, 504, 3, 547, 8, 508, 517];
  const value: Vector = {
    layout: "union",
    type,
    length: names.length,
    validity: undefined,
    typeIds: Int8Array.of(5, 5, 4, 3, 2, 1, 0),
    offsets: Int32Array.of(0, 1, 0, 0, 0, 0, 0),
    children,
  };
  const { commands, ...handlers } = telling(
    batchOf(
      { fields: [field("info_name", uint32, false), field("value", type)] },
      [ints(uint32, Uint32Array.from(names)), value],
      names.length,
    ),
  );
  await withClient(handlers, async (client) => {
    assert.deepEqual(
      await client.sqlInfo([0, 504]),
      new Map<number, unknown>([
        [0, "name"],
        [504, '"'],
        [3, true],
        [547, 2n ** 53n + 1n],
        [8, -2],
        [508, ["a", "b"]],
        [
          517,
          new Map([
            [7, [1, 2]],
            [8, [3]],
          ]),
        ],
      ]),
    );
  });
  assert.deepEqual(commands, [
    { name: "CommandGetSqlInfo", value: { info: [0, 504] } },
  ]);
});

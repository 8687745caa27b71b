import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { batchOf } from "../../arrow/batch.js";
import type { Batch } from "../../arrow/batch.js";
import { batchOfValues } from "../../arrow/plain-values.js";
import type { Value } from "../../arrow/plain-values.js";
import { bool, field, int32, uint8, utf8 } from "../../arrow/schema.js";
import type { DataType } from "../../arrow/schema.js";
import type { FlightClient } from "./client.js";
import { FlightDescriptor } from "./messages.js";
import { answering, withClient } from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";
import { unpackAny } from "./sql-messages.js";

type Column = readonly [name: string, type: DataType, values: readonly Value[]];

function table(...columns: readonly Column[]): Batch {
  const fields = columns.map(([name, type]) => field(name, type));
  return batchOfValues(
    { fields },
    columns.map(([, , values]) => values),
  );
}

/** Asks a server that answers every command with a table. @returns the command and the answer. */
async function ask<T>(
  answer: Batch,
  question: (client: FlightClient) => Promise<T>,
): Promise<{ readonly command: unknown; readonly value: T }> {
  const handlers = answering(answer.schema, [answer]);
  let command: unknown;
  let value: T | undefined;
  const server: FlightHandlers = {
    ...handlers,
    GetFlightInfo(call, callback) {
      const bytes = FlightDescriptor.encode(call.request);
      command = unpackAny(FlightDescriptor.decode(bytes).cmd);
      handlers.GetFlightInfo(call, callback);
    },
  };
  await withClient(server, async (client) => {
    value = await question(client);
  });
  return { command, value: value as T };
}

const key = table(
  // In the order of no server: columns are found by name.
  ["delete_rule", uint8, [3n]],
  ["fk_table_name", utf8, ["lines"]],
  ["fk_column_name", utf8, ["order_id"]],
  ["pk_table_name", utf8, ["orders"]],
  ["pk_column_name", utf8, ["id"]],
  ["pk_db_schema_name", utf8, ["main"]],
  ["fk_key_name", utf8, [null]],
  ["key_sequence", int32, [1n]],
);
const told = {
  pkCatalog: undefined,
  pkDbSchema: "main",
  pkTable: "orders",
  pkColumn: "id",
  pkName: undefined,
  fkCatalog: undefined,
  fkDbSchema: undefined,
  fkTable: "lines",
  fkColumn: "order_id",
  fkName: undefined,
  keySequence: 1,
  updateRule: undefined,
  deleteRule: 3,
};

describe("keys", { timeout: 30_000 }, () => {
  const orders = { catalog: "c", namespace: "main", name: "orders" };
  const lines = { name: "lines" };
  const ofOrders = { catalog: "c", dbSchema: "main", table: "orders" };

  test("imported and exported keys are those of a table", async () => {
    const imported = await ask(key, (client) => client.importedKeys(orders));
    assert.deepEqual(imported.value, [told]);
    const name = "CommandGetImportedKeys";
    assert.deepEqual(imported.command, { name, value: ofOrders });
    const exported = await ask(key, (client) => client.exportedKeys(orders));
    assert.deepEqual(exported.command, {
      name: "CommandGetExportedKeys",
      value: ofOrders,
    });
  });

  test("a cross reference is of two tables", async () => {
    const { command, value } = await ask(key, (client) =>
      client.crossReference(orders, lines),
    );
    assert.deepEqual(value, [told]);
    assert.deepEqual(command, {
      name: "CommandGetCrossReference",
      value: {
        pkCatalog: "c",
        pkDbSchema: "main",
        pkTable: "orders",
        fkCatalog: undefined,
        fkDbSchema: undefined,
        fkTable: "lines",
      },
    });
  });

  test("a key without a column that it must have is refused", async () => {
    const { schema, vectors, length } = key;
    const cut = batchOf(
      { fields: schema.fields.slice(1) },
      vectors.slice(1),
      length,
    );
    const lacking = batchOf(
      { fields: cut.schema.fields.slice(1) },
      cut.vectors.slice(1),
      length,
    );
    const { value } = await ask(cut, (client) => client.importedKeys(lines));
    assert.equal(value[0]?.deleteRule, undefined);
    await assert.rejects(
      ask(lacking, (client) => client.importedKeys(lines)),
      { code: "invalid_data", message: /no column fk_table_name/ },
    );
  });
});

test("table types are the server's words", async () => {
  const answer = table(["table_type", utf8, ["BASE TABLE", "VIEW"]]);
  const { value, command } = await ask(answer, (client) => client.tableTypes());
  assert.deepEqual(value, ["BASE TABLE", "VIEW"]);
  assert.deepEqual(command, { name: "CommandGetTableTypes", value: {} });
});

test("types of the server: numbers, flags, lists and what is NULL", async () => {
  const params: DataType = {
    type: "list",
    addressing: "offset32",
    item: field("item", utf8),
  };
  const answer = table(
    ["type_name", utf8, ["varchar", "int"]],
    ["data_type", int32, [12n, 4n]],
    ["create_params", params, [["length"], null]],
    ["case_sensitive", bool, [true, false]],
    // Not a bool with some servers.
    ["auto_increment", int32, [0n, 1n]],
    ["column_size", int32, [null, 32n]],
  );
  const { value, command } = await ask(answer, (client) =>
    client.xdbcTypeInfo(12),
  );
  assert.deepEqual(command, {
    name: "CommandGetXdbcTypeInfo",
    value: { dataType: 12 },
  });
  const [varchar, int] = value;
  assert.equal(varchar?.typeName, "varchar");
  assert.deepEqual(varchar.createParams, ["length"]);
  assert.equal(varchar.columnSize, undefined);
  assert.equal(varchar.caseSensitive, true);
  assert.equal(varchar.autoIncrement, false);
  assert.equal(int?.autoIncrement, true);
  assert.equal(int.createParams, undefined);
  assert.equal(int.dataType, 4);
});

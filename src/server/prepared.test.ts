import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { decodeSchema, encodeSchema } from "../arrow/ipc-schema.js";
import { encodeBatch } from "../arrow/encode-batch.js";
import { batchOfValues } from "../arrow/plain-values.js";
import type { Value } from "../arrow/plain-values.js";
import { field, float64, int32, int64, utf8 } from "../arrow/schema.js";
import type { DataType, Schema } from "../arrow/schema.js";
import type { FlightDataParts } from "../drivers/flight/flight-data.js";
import { DescriptorType } from "../drivers/flight/messages.js";
import { packAny, unpackAs } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import { codeOf, RawClient, withServer } from "./raw-client.test.js";

let server: Server;
let client: RawClient;

before(async () => {
  server = await serve({ port: 0, log: () => undefined });
  client = new RawClient(server);
});

after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

async function prepare(query: string, transactionId?: Uint8Array) {
  const [body] = await client.act(
    "CreatePreparedStatement",
    packAny("ActionCreatePreparedStatementRequest", { query, transactionId }),
  );
  if (body === undefined) throw new Error("no statement came");
  const answer = unpackAs("ActionCreatePreparedStatementResult", body);
  const { preparedStatementHandle } = answer;
  return {
    ...answer,
    select: packAny("CommandPreparedStatementQuery", {
      preparedStatementHandle,
    }),
    change: packAny("CommandPreparedStatementUpdate", {
      preparedStatementHandle,
    }),
    close: packAny("ActionClosePreparedStatementRequest", {
      preparedStatementHandle,
    }),
  };
}

/** The messages of a DoPut of rows, several batches of two rows each. */
function rowsOf(
  cmd: Uint8Array,
  schema: Schema,
  columns: readonly (readonly Value[])[],
): FlightDataParts[] {
  const messages: FlightDataParts[] = [
    {
      descriptor: { type: DescriptorType.CMD, cmd },
      header: encodeSchema(schema),
    },
  ];
  const length = columns[0]?.length ?? 0;
  for (let start = 0; start < length; start += 2) {
    const some = columns.map((values) => values.slice(start, start + 2));
    const { header, body } = encodeBatch(batchOfValues(schema, some));
    messages.push({ header, body });
  }
  return messages;
}

function columns(...types: DataType[]): Schema {
  return { fields: types.map((type, i) => field(String(i), type)) };
}

const shapeOf = (bytes: Uint8Array) =>
  decodeSchema(bytes).fields.map(({ name, type }) => [name, type]);

const hasCode = (code: Status) => (error: unknown) => codeOf(error) === code;

describe("a prepared statement", () => {
  it("tells its columns, its parameters, and that it is a query", async () => {
    const { datasetSchema, parameterSchema, isUpdate } = await prepare(
      "SELECT i AS n, i::VARCHAR AS s FROM range(10) t(i) WHERE i = ? AND s = $2",
    ).catch(() =>
      prepare(
        "SELECT range AS n, 'x' AS s FROM range(10) WHERE range = ? AND s = ?",
      ),
    );
    assert.deepEqual(shapeOf(datasetSchema), [
      ["n", int64],
      ["s", utf8],
    ]);
    assert.deepEqual(shapeOf(parameterSchema), [
      ["1", int64],
      ["2", utf8],
    ]);
    assert.equal(isUpdate, false);
  });

  it("tells that it is an update by is_update and by having no columns", async () => {
    await server.run("CREATE TABLE told (i INTEGER, s VARCHAR)");
    const update = await prepare("INSERT INTO told VALUES (?, ?)");
    assert.equal(update.datasetSchema.byteLength, 0);
    assert.equal(update.isUpdate, true);
    assert.deepEqual(shapeOf(update.parameterSchema), [
      ["1", int32],
      ["2", utf8],
    ]);
    const returning = await prepare(
      "INSERT INTO told VALUES (1, NULL) RETURNING i",
    );
    assert.equal(returning.isUpdate, false);
    assert.deepEqual(shapeOf(returning.datasetSchema), [["i", int32]]);
  });

  it("tells null for a parameter that may have any type, and takes any", async () => {
    const any = await prepare("SELECT ? AS x");
    assert.deepEqual(shapeOf(any.parameterSchema), [["1", { type: "null" }]]);
    assert.equal(any.datasetSchema.byteLength, 0);
    for (const [type, value] of [
      [float64, 1.5],
      [utf8, "text"],
    ] as const) {
      await client.bind(rowsOf(any.select, columns(type), [[value]]));
      const { schema, columns: got } = await client.run(any.select);
      assert.deepEqual(schema.fields[0]?.type, type);
      assert.deepEqual(got, [[value]]);
    }
  });

  it("runs as often as it is asked, with what was bound last", async () => {
    const { select } = await prepare("SELECT ?::INTEGER + 1 AS x");
    await assert.rejects(client.run(select), hasCode(Status.INVALID_ARGUMENT));
    for (const value of [1n, 41n]) {
      await client.bind(rowsOf(select, columns(int64), [[value]]));
      assert.deepEqual((await client.run(select)).columns, [[value + 1n]]);
      assert.deepEqual((await client.run(select)).columns, [[value + 1n]]);
    }
  });

  it("gives the rows of every row of parameters, in their order", async () => {
    const { select } = await prepare("SELECT unnest(range(?)) AS x");
    await client.bind(rowsOf(select, columns(int64), [[2n, 0n, 3n]]));
    assert.deepEqual((await client.run(select)).columns, [
      [0n, 1n, 0n, 1n, 2n],
    ]);
  });

  it("takes parameters by name where it names them", async () => {
    const { select } = await prepare("SELECT $b::INTEGER - $a::INTEGER AS x");
    const named = { fields: [field("a", int64), field("b", int64)] };
    await client.bind(rowsOf(select, named, [[1n], [10n]]));
    assert.deepEqual((await client.run(select)).columns, [[9n]]);
  });

  it("binds the member that a union has", async () => {
    const union: DataType = {
      type: "union",
      mode: "dense",
      typeIds: [0, 1],
      fields: [field("string", utf8), field("bigint", int64)],
    };
    const { select } = await prepare("SELECT typeof(?) AS t");
    const values = [
      { typeId: 1, value: 5n },
      { typeId: 0, value: "x" },
    ];
    await client.bind(rowsOf(select, columns(union), [values]));
    const [types] = (await client.run(select)).columns;
    assert.deepEqual(types, ["BIGINT", "VARCHAR"]);
  });

  it("refuses too few and too many parameters", async () => {
    const { select } = await prepare("SELECT ?::INTEGER + ?::INTEGER");
    for (const given of [[int64], [int64, int64, int64]]) {
      const values = given.map(() => [1n]);
      await client.bind(rowsOf(select, columns(...given), values));
      await assert.rejects(client.run(select), (error) => {
        const text = `has 2 parameters and ${String(given.length)} were given`;
        return String(error).includes(text);
      });
    }
  });

  it("runs several statements, of which nothing is told before", async () => {
    const several = await prepare(
      "CREATE TABLE made (i INTEGER); INSERT INTO made VALUES (1), (2); FROM made",
    );
    assert.equal(several.isUpdate, undefined);
    assert.equal(several.datasetSchema.byteLength, 0);
    assert.deepEqual((await client.run(several.select)).columns, [[1n, 2n]]);
  });

  it("is of no use after it is closed, and in another session", async () => {
    const { select, close } = await prepare("SELECT 1");
    await client.act("ClosePreparedStatement", close);
    await assert.rejects(client.run(select), hasCode(Status.NOT_FOUND));
    const credentials = { username: "u", password: "p" };
    await withServer(credentials, async (first, theirs) => {
      const basic = `Basic ${Buffer.from("u:p").toString("base64")}`;
      const token = await first.authorize(basic).handshake();
      first.authorize(`Bearer ${token}`);
      const [body = new Uint8Array(0)] = await first.act(
        "CreatePreparedStatement",
        packAny("ActionCreatePreparedStatementRequest", { query: "SELECT 1" }),
      );
      const answer = unpackAs("ActionCreatePreparedStatementResult", body);
      const command = packAny("CommandPreparedStatementQuery", answer);
      assert.deepEqual((await first.run(command)).columns, [[1n]]);
      const second = new RawClient(theirs).authorize(basic);
      second.authorize(`Bearer ${await second.handshake()}`);
      await assert.rejects(second.info(command), hasCode(Status.NOT_FOUND));
      second.close();
    });
  });
});

describe("a prepared update", () => {
  const count = async (table: string) =>
    (await client.query(`SELECT count(*) FROM ${table}`)).columns[0]?.[0];

  it("runs once per row, of all batches, and counts what it changed", async () => {
    await server.run("CREATE TABLE many (i INTEGER, s VARCHAR)");
    const { change } = await prepare("INSERT INTO many VALUES (?, ?)");
    const rows = rowsOf(change, columns(int64, utf8), [
      [1n, 2n, 3n, 4n, 5n],
      ["a", null, "c", "d", "e"],
    ]);
    assert.equal(await client.put(rows), 5n);
    assert.deepEqual(
      (await client.query("SELECT sum(i)::BIGINT, count(s) FROM many")).columns,
      [[15n], [4n]],
    );
  });

  it("inserts thousands of rows exactly, in their order", async () => {
    await server.run("CREATE TABLE long (i INTEGER, s VARCHAR, d DOUBLE)");
    const { change } = await prepare("INSERT INTO long VALUES (?, ?, ?)");
    const numbers = Array.from({ length: 3001 }, (_, i) => BigInt(i));
    const given = [
      numbers,
      numbers.map((i) => (i % 7n === 0n ? null : `text ${String(i)}`)),
      numbers.map((i) => Number(i) / 3),
    ];
    const rows = rowsOf(change, columns(int64, utf8, float64), given);
    assert.equal(await client.put(rows), 3001n);
    assert.deepEqual((await client.query("FROM long")).columns, given);
    // The last row does not fit: none is there, whichever statement it was in.
    await server.run("CREATE TABLE small (i TINYINT)");
    const narrow = await prepare("INSERT INTO small VALUES (?)");
    const misfits = rowsOf(narrow.change, columns(int64), [
      [...numbers.slice(0, 127), ...numbers.slice(0, 100), 1000n],
    ]);
    await assert.rejects(client.put(misfits), hasCode(Status.INVALID_ARGUMENT));
    assert.equal(await count("small"), 0n);
  });

  it("counts for all its rows or for none", async () => {
    await server.run("CREATE TABLE unique_only (i INTEGER PRIMARY KEY)");
    const { change } = await prepare("INSERT INTO unique_only VALUES (?)");
    await assert.rejects(
      client.put(rowsOf(change, columns(int64), [[1n, 2n, 3n, 1n]])),
      hasCode(Status.ALREADY_EXISTS),
    );
    assert.equal(await count("unique_only"), 0n);
    // The same when it is sent as a query.
    const { select } = await prepare("INSERT INTO unique_only VALUES (?)");
    await client.bind(rowsOf(select, columns(int64), [[1n, 2n, 1n]]));
    await assert.rejects(client.info(select), hasCode(Status.ALREADY_EXISTS));
    assert.equal(await count("unique_only"), 0n);
  });

  it("leaves a transaction to be rolled back when a row of several fails", async () => {
    await server.run("CREATE TABLE in_tx (i INTEGER PRIMARY KEY)");
    const transaction = await client.begin();
    const { change } = await prepare(
      "INSERT INTO in_tx VALUES (?)",
      transaction,
    );
    await client.put(rowsOf(change, columns(int64), [[1n, 2n]]));
    assert.equal(await count("in_tx"), 0n);
    await assert.rejects(
      client.put(rowsOf(change, columns(int64), [[3n, 1n]])),
      hasCode(Status.ALREADY_EXISTS),
    );
    await assert.rejects(client.end(transaction, 1), (error) =>
      /can only be rolled back/.test(String(error)),
    );
    await client.end(transaction, 2);
    assert.equal(await count("in_tx"), 0n);
  });

  it("commits with its transaction", async () => {
    await server.run("CREATE TABLE kept (i INTEGER)");
    const transaction = await client.begin();
    const { change } = await prepare(
      "INSERT INTO kept VALUES (?)",
      transaction,
    );
    assert.equal(
      await client.put(rowsOf(change, columns(int64), [[1n, 2n]])),
      2n,
    );
    await client.end(transaction, 1);
    assert.equal(await count("kept"), 2n);
  });

  it("needs no rows without parameters: bare, or with an empty schema", async () => {
    await server.run("CREATE TABLE plain AS FROM range(3)");
    const descriptor = (cmd: Uint8Array) => ({
      type: DescriptorType.CMD,
      cmd,
    });
    const { change } = await prepare("UPDATE plain SET range = 0");
    assert.equal(await client.put([{ descriptor: descriptor(change) }]), 3n);
    assert.equal(await client.put(rowsOf(change, { fields: [] }, [])), 3n);
  });

  it("changes nothing for no rows", async () => {
    await server.run("CREATE TABLE untouched (i INTEGER)");
    const { change } = await prepare("INSERT INTO untouched VALUES (?)");
    assert.equal(await client.put(rowsOf(change, columns(int64), [[]])), 0n);
    assert.equal(await count("untouched"), 0n);
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { RecordBatchReader } from "apache-arrow";
import { encapsulate, decodeSchema } from "../arrow/ipc-schema.js";
import {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  FlightInfo,
} from "../drivers/flight/messages.js";
import type { FlightData } from "../drivers/flight/flight-data.js";
import { packAny, unpackAs } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import { codeOf, RawClient, ticketOf } from "./raw-client.test.js";

let server: Server;
let client: RawClient;

before(async () => {
  server = await serve({ port: 0, allowFiles: true, log: () => undefined });
  client = new RawClient(server);
});

after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

const queryOf = (query: string) => packAny("CommandStatementQuery", { query });

/** Would run for hours. */
const endless =
  "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) = 1";

describe("queries", () => {
  it("tell their schema when planned, when asked, and with the rows", async () => {
    const command = queryOf("SELECT 1::TINYINT AS a, ['x'] AS b");
    const info = await client.info(command);
    const { schema } = await client.get(ticketOf(info));
    assert.deepEqual(decodeSchema(info.schema), schema);
    assert.deepEqual(await client.schema(command), schema);
    assert.deepEqual(
      schema.fields.map((field) => [field.name, field.type.type]),
      [
        ["a", "int"],
        ["b", "list"],
      ],
    );
    assert.equal(info.totalRecords, -1n);
    assert.equal(info.endpoint.length, 1);
    assert.deepEqual(info.endpoint[0]?.location, []);
  });

  it("change what they change when they are planned, once, whether they are read or not", async () => {
    await server.run("CREATE TABLE once_only (i INTEGER)");
    const info = await client.info(
      queryOf("INSERT INTO once_only VALUES (1), (2)"),
    );
    const count = async () =>
      (await client.query("SELECT count(*) FROM once_only")).columns;
    assert.deepEqual(await count(), [[2n]]);
    assert.equal(info.totalRecords, 1n);
    const { schema, columns } = await client.get(ticketOf(info));
    assert.deepEqual(decodeSchema(info.schema), schema);
    assert.deepEqual(columns, [[2n]]);
    await assert.rejects(
      client.get(ticketOf(info)),
      (error) => codeOf(error) === Status.NOT_FOUND,
    );
    assert.deepEqual(await count(), [[2n]]);
  });

  it("read nothing before they are fetched, and once", async () => {
    await server.run("CREATE TABLE later (i INTEGER)");
    const info = await client.info(queryOf("FROM later"));
    await server.run("INSERT INTO later VALUES (7)");
    assert.deepEqual((await client.get(ticketOf(info))).columns, [[7n]]);
    await assert.rejects(
      client.get(ticketOf(info)),
      (error) => codeOf(error) === Status.NOT_FOUND,
    );
  });

  it("may be DDL, or several statements", async () => {
    const { schema, columns } = await client.query(
      "CREATE TABLE ddl (i INTEGER)",
    );
    assert.deepEqual(
      schema.fields.map((field) => field.name),
      ["Count"],
    );
    assert.deepEqual(columns, []);
    const several = queryOf(
      "INSERT INTO ddl VALUES (1); INSERT INTO ddl VALUES (2); FROM ddl ORDER BY ALL",
    );
    const info = await client.info(several);
    const { fields } = decodeSchema(info.schema);
    assert.deepEqual(
      fields.map(({ name }) => name),
      ["i"],
    );
    assert.deepEqual((await client.get(ticketOf(info))).columns, [[1n, 2n]]);
    await assert.rejects(
      client.schema(several),
      (error) =>
        codeOf(error) === Status.UNIMPLEMENTED &&
        /not known before they run/.test(String(error)),
    );
  });

  it("give the schema also when there are no rows", async () => {
    const { schema, columns } = await client.query("SELECT 1 AS a WHERE false");
    assert.deepEqual(
      schema.fields.map((field) => field.name),
      ["a"],
    );
    assert.deepEqual(columns, []);
  });

  it("run side by side, one not holding up the other", async () => {
    const slow = client.open(
      ticketOf(
        await client.info(
          queryOf("SELECT repeat('x', 1000) FROM range(1000000)"),
        ),
      ),
    );
    await once(slow, "readable");
    assert.deepEqual((await client.query("SELECT 42")).columns, [[42n]]);
    slow.on("error", () => undefined);
    slow.cancel();
  });

  it("are understood by apache-arrow", async () => {
    const sql =
      "SELECT i, i / 4 AS x, 'text number ' || i AS s, [i, NULL] AS l, {'a': i} AS st FROM range(10000) t(i)";
    const call = client.open(ticketOf(await client.info(queryOf(sql))));
    const parts: Uint8Array[] = [];
    for await (const { header, body } of call as AsyncIterable<FlightData>)
      parts.push(encapsulate(header), Uint8Array.from(body));
    const rows = [...RecordBatchReader.from(Buffer.concat(parts))].flatMap(
      (batch) =>
        batch
          .toArray()
          .map((row) =>
            JSON.stringify(row, (_, value: unknown) =>
              typeof value === "bigint" ? Number(value) : value,
            ),
          ),
    );
    assert.equal(rows.length, 10_000);
    assert.equal(
      rows[9_999],
      '{"i":9999,"x":2499.75,"s":"text number 9999","l":[9999,null],"st":{"a":9999}}',
    );
  });
});

describe("updates", () => {
  it("tell how many rows they changed", async () => {
    assert.equal(
      await client.update("CREATE TABLE u AS SELECT * FROM range(10) t(i)"),
      10n,
    );
    assert.equal(await client.update("UPDATE u SET i = 0 WHERE i < 4"), 4n);
    assert.equal(await client.update("DELETE FROM u"), 10n);
    assert.equal(
      await client.update(
        "INSERT INTO u VALUES (1); INSERT INTO u VALUES (2), (3)",
      ),
      2n,
    );
  });
});

describe("errors", () => {
  const errors: readonly (readonly [string, keyof typeof Status, RegExp])[] = [
    [
      "FROM not_there",
      "NOT_FOUND",
      /^Catalog Error: Table with name not_there does not exist/,
    ],
    [
      "selec 1",
      "INVALID_ARGUMENT",
      /^Parser Error: syntax error at or near "selec"/,
    ],
    ["", "INVALID_ARGUMENT", /no statement/],
    ["SELECT nope", "INVALID_ARGUMENT", /^Binder Error: /],
    ["SELECT 'a'::INTEGER", "INVALID_ARGUMENT", /^Conversion Error: /],
    [
      "CREATE TABLE taken (i INTEGER)",
      "ALREADY_EXISTS",
      /^Catalog Error: .*already exists/,
    ],
    [
      "INSERT INTO taken VALUES (1), (1)",
      "ALREADY_EXISTS",
      /^Constraint Error: /,
    ],
    [
      "INSERT INTO taken VALUES (NULL)",
      "INVALID_ARGUMENT",
      /^Constraint Error: /,
    ],
    ["FROM 'no_such_file.csv'", "NOT_FOUND", /^IO Error: /],
    ["BEGIN", "INVALID_ARGUMENT", /BeginTransaction/],
    ["SELECT 1::VARIANT AS v", "UNIMPLEMENTED", /column "v"/],
    ["SELECT 'infinity'::DATE AS d", "INVALID_ARGUMENT", /column "d"/],
    [
      "SELECT i, error('in the middle') FROM range(2) t(i)",
      "INVALID_ARGUMENT",
      /^Invalid Input Error: in the middle/,
    ],
  ];
  before(async () => {
    await server.run("CREATE TABLE taken (i INTEGER PRIMARY KEY)");
  });
  for (const [sql, code, message] of errors)
    it(`answers ${code} to: ${sql}`, async () => {
      await assert.rejects(client.query(sql), (error) => {
        assert.equal(Status[codeOf(error)], code);
        assert.match((error as { readonly details: string }).details, message);
        return true;
      });
    });

  it("answers UNIMPLEMENTED to what it does not have", async () => {
    const isMissing = (error: unknown) =>
      codeOf(error) === Status.UNIMPLEMENTED;
    const plan = packAny("CommandStatementSubstraitPlan", {});
    await assert.rejects(client.info(plan), isMissing);
    await assert.rejects(
      client.act("NoSuchAction", new Uint8Array(0)),
      isMissing,
    );
    for (const [type, reason] of [
      ["BeginSavepoint", /DuckDB has no savepoints/],
      ["EndSavepoint", /DuckDB has no savepoints/],
      ["CreatePreparedSubstraitPlan", /no Substrait plans, only SQL/],
    ] as const)
      await assert.rejects(
        client.act(type, new Uint8Array(0)),
        (error) => isMissing(error) && reason.test(String(error)),
      );
  });

  it("answers INVALID_ARGUMENT to what is no command", async () => {
    const isInvalid = (error: unknown) =>
      codeOf(error) === Status.INVALID_ARGUMENT;
    await assert.rejects(client.info(new Uint8Array(0)), isInvalid);
    await assert.rejects(client.info(Buffer.from("SELECT 1")), isInvalid);
    await assert.rejects(client.get(Buffer.from([255, 255])), isInvalid);
    await assert.rejects(client.put([]), isInvalid);
    await assert.rejects(
      client.put([{ header: new Uint8Array(8) }]),
      isInvalid,
    );
  });
});

describe("cancelling", () => {
  it("stops the query of a client that goes away", async () => {
    await using lonely = await serve({ port: 0, log: () => undefined });
    const other = new RawClient(lonely);
    const call = other.open(ticketOf(await other.info(queryOf(endless))));
    call.on("error", () => undefined);
    const ended = once(call, "end");
    call.resume();
    call.cancel();
    await ended.catch(() => undefined);
    other.close();
    // Closing waits for the statement, which would otherwise never end.
  });

  it("stops running statements when the server closes", async () => {
    const closing = await serve({ port: 0, log: () => undefined });
    const other = new RawClient(closing);
    const running = other.get(ticketOf(await other.info(queryOf(endless))));
    const refused = assert.rejects(
      running,
      (error) => codeOf(error) === Status.UNAVAILABLE,
    );
    await other.query("SELECT 1");
    await closing[Symbol.asyncDispose]();
    await refused;
    other.close();
  });

  it("stops a query by CancelFlightInfo and by CancelQuery", async () => {
    for (const isOld of [false, true]) {
      const info = await client.info(queryOf(endless));
      const running = client.get(ticketOf(info));
      const stopped = assert.rejects(
        running,
        (error) => codeOf(error) === Status.CANCELLED,
      );
      const [body] = isOld
        ? await client.act(
            "CancelQuery",
            packAny("ActionCancelQueryRequest", {
              info: FlightInfo.encode(info),
            }),
          )
        : await client.act(
            "CancelFlightInfo",
            CancelFlightInfoRequest.encode({ info }),
          );
      assert.ok(body !== undefined);
      const status = isOld
        ? unpackAs("ActionCancelQueryResult", body).result
        : CancelFlightInfoResult.decode(body).status;
      // Planned or running, it was there to be cancelled: 1 is CANCELLED.
      assert.equal(status, 1);
      await stopped.catch((error: unknown) => {
        // It may have been cancelled before it was read.
        assert.match(String(error), /ticket/);
      });
    }
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { messagesOf } from "../arrow/hand-made-batch.js";
import { batchOfValues } from "../arrow/plain-values.js";
import * as pyarrow from "../arrow/pyarrow-streams.js";
import { field, int64, utf8 } from "../arrow/schema.js";
import { DescriptorType } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import {
  codeOf,
  ingestMessages,
  RawClient,
  ticketOf,
} from "./raw-client.test.js";

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

const schema = { fields: [field("i", int64), field("s", utf8)] };
const batch = batchOfValues(schema, [
  [1n, 2n],
  ["one", null],
]);

interface Ingest {
  readonly table?: string;
  readonly ifNotExist?: number;
  readonly ifExists?: number;
  readonly schema?: string;
  readonly catalog?: string;
  readonly temporary?: boolean;
  readonly transactionId?: Uint8Array;
}

/** By default makes the table or appends to it. */
function ingestOf({
  ifNotExist = 1,
  ifExists = 2,
  table = "t",
  ...rest
}: Ingest = {}) {
  return packAny("CommandStatementIngest", {
    tableDefinitionOptions: { ifNotExist, ifExists },
    table,
    ...rest,
  });
}

async function count(table = "t", transaction?: Uint8Array) {
  const { columns } = await client.query(
    `SELECT count(*) FROM ${table}`,
    transaction,
  );
  return columns[0]?.[0];
}

function hasCode(code: Status) {
  return (error: unknown) => codeOf(error) === code;
}

describe("transactions", () => {
  it("show their changes to nobody else before they commit", async () => {
    await server.run("CREATE TABLE seen (i INTEGER)");
    const transaction = await client.begin();
    assert.equal(
      await client.update("INSERT INTO seen VALUES (1)", transaction),
      1n,
    );
    assert.equal(
      await client.update("INSERT INTO seen VALUES (2)", transaction),
      1n,
    );
    assert.equal(await count("seen", transaction), 2n);
    assert.equal(await count("seen"), 0n);
    await client.end(transaction, 1);
    assert.equal(await count("seen"), 2n);
    await assert.rejects(client.end(transaction, 1), hasCode(Status.NOT_FOUND));
    await assert.rejects(
      client.query("SELECT 1", transaction),
      hasCode(Status.NOT_FOUND),
    );
  });

  it("roll back, DDL and ingests included", async () => {
    const transaction = await client.begin();
    const command = ingestOf({ table: "rolled", transactionId: transaction });
    assert.equal(await client.ingest(command, schema, [batch, batch]), 4n);
    assert.equal(await count("rolled", transaction), 4n);
    await client.end(transaction, 2);
    await assert.rejects(
      client.query("FROM rolled"),
      hasCode(Status.NOT_FOUND),
    );
  });

  it("run their statements one after another", async () => {
    await server.run("CREATE TABLE queued (i INTEGER)");
    const transaction = await client.begin();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        client.update(`INSERT INTO queued VALUES (${String(i)})`, transaction),
      ),
    );
    assert.equal(await count("queued", transaction), 20n);
    await client.end(transaction, 1);
  });

  it("are rolled back when the server closes", async () => {
    const closing = await serve({ port: 0, log: () => undefined });
    const other = new RawClient(closing);
    await other.begin();
    other.close();
    await closing[Symbol.asyncDispose]();
  });

  it("refuse what is neither commit nor rollback", async () => {
    const transactionId = await client.begin();
    const body = packAny("ActionEndTransactionRequest", { transactionId });
    await assert.rejects(
      client.act("EndTransaction", body),
      hasCode(Status.INVALID_ARGUMENT),
    );
    await client.end(transactionId, 2);
  });

  it("can only be rolled back after half an ingest", async () => {
    await server.run("CREATE TABLE half (i BIGINT PRIMARY KEY, s VARCHAR)");
    const transaction = await client.begin();
    const command = ingestOf({ table: "half", transactionId: transaction });
    await assert.rejects(
      client.ingest(command, schema, [batch, batch]),
      hasCode(Status.ALREADY_EXISTS),
    );
    await assert.rejects(
      client.query("FROM half", transaction),
      /can only be rolled back/,
    );
    await assert.rejects(client.end(transaction, 1), /can only be rolled back/);
    await client.end(transaction, 2);
    assert.equal(await count("half"), 0n);
  });
});

it("a transaction goes on while one of its results is not read", async () => {
  const transactionId = await client.begin();
  const query = "SELECT repeat('x', 100) FROM range(200000)";
  const info = await client.info(
    packAny("CommandStatementQuery", { query, transactionId }),
  );
  const unread = client.open(ticketOf(info));
  await once(unread, "readable");
  await client.update("CREATE TABLE meanwhile (i INTEGER)", transactionId);
  assert.equal(await count("meanwhile", transactionId), 0n);
  let messages = 0;
  unread.on("data", () => messages++);
  await once(unread, "end");
  // The schema, and batches of at most 8,192 rows.
  assert.ok(messages > 200_000 / 8192);
  await client.end(transactionId, 2);
});

describe("ingests", () => {
  const modes: readonly (readonly [
    string,
    number,
    number,
    boolean,
    bigint | Status,
  ])[] = [
    ["create", 1, 1, false, 2n],
    ["create", 1, 1, true, Status.ALREADY_EXISTS],
    ["append", 2, 2, true, 4n],
    ["append", 2, 2, false, Status.NOT_FOUND],
    ["replace", 1, 3, true, 2n],
    ["replace", 1, 3, false, 2n],
    ["create_append", 1, 2, true, 4n],
    ["create_append", 1, 2, false, 2n],
    ["unsaid", 0, 0, true, Status.INVALID_ARGUMENT],
  ];
  for (const [mode, ifNotExist, ifExists, isThere, outcome] of modes)
    it(`${mode}: a table that is ${isThere ? "there" : "missing"}`, async () => {
      await server.run("DROP TABLE IF EXISTS t");
      if (isThere) await client.ingest(ingestOf(), schema, [batch]);
      const put = client.ingest(ingestOf({ ifNotExist, ifExists }), schema, [
        batch,
      ]);
      if (typeof outcome === "bigint") {
        assert.equal(await put, 2n);
        assert.equal(await count(), outcome);
      } else {
        await assert.rejects(put, hasCode(outcome));
        if (isThere) assert.equal(await count(), 2n);
      }
    });

  it("find tables of other schemas and databases", async () => {
    await server.run("CREATE SCHEMA other; ATTACH ':memory:' AS second");
    await client.ingest(ingestOf({ schema: "other" }), schema, [batch]);
    await client.ingest(
      ingestOf({ schema: "main", catalog: "second" }),
      schema,
      [batch],
    );
    await client.ingest(ingestOf({ catalog: "second", schema: "" }), schema, [
      batch,
    ]);
    assert.equal(await count("other.t"), 2n);
    assert.equal(await count("second.main.t"), 4n);
  });

  it("make temporary tables in a transaction, and nowhere that loses them", async () => {
    await assert.rejects(
      client.ingest(ingestOf({ table: "tmp", temporary: true }), schema, [
        batch,
      ]),
      /temporary table lasts as long as its session/,
    );
    const transactionId = await client.begin();
    const command = ingestOf({ table: "tmp", temporary: true, transactionId });
    await client.ingest(command, schema, [batch]);
    assert.equal(await count("temp.tmp", transactionId), 2n);
    await client.end(transactionId, 1);
    await assert.rejects(client.query("FROM tmp"), hasCode(Status.NOT_FOUND));
  });

  for (const [codec, stream] of [
    ["LZ4", pyarrow.lz4Stream],
    ["ZSTD", pyarrow.zstdStream],
  ] as const)
    it(`take bodies that pyarrow compressed with ${codec}`, async () => {
      const table = `packed_${codec}`;
      const messages = messagesOf(stream).map(({ header, body }, i) => ({
        descriptor:
          i === 0
            ? { type: DescriptorType.CMD, cmd: ingestOf({ table }) }
            : undefined,
        header,
        body: [body],
      }));
      assert.equal(await client.put(messages), 310n);
      const { columns } = await client.query(
        `SELECT sum(i)::BIGINT, count(*) FILTER (d = 'red'), max(s) FROM ${table}`,
      );
      // The sums of `x // 7` and of what the last ten rows repeat.
      assert.deepEqual(columns, [[5_373n], [207n], ["word 8"]]);
    });

  it("take a schema without rows, and batches without rows", async () => {
    assert.equal(
      await client.ingest(ingestOf({ table: "empty" }), schema, []),
      0n,
    );
    const nothing = batchOfValues(schema, [[], []]);
    assert.equal(
      await client.ingest(ingestOf({ table: "empty" }), schema, [nothing]),
      0n,
    );
    assert.equal(await count("empty"), 0n);
  });

  it("undo everything when a value does not fit", async () => {
    await server.run("CREATE TABLE small (i TINYINT, s VARCHAR)");
    const large = batchOfValues(schema, [
      [1n, 1000n],
      ["a", "b"],
    ]);
    await assert.rejects(
      client.ingest(ingestOf({ table: "small" }), schema, [batch, large]),
      (error) =>
        codeOf(error) === Status.INVALID_ARGUMENT && /1000/.test(String(error)),
    );
    assert.equal(await count("small"), 0n);
  });

  it("undo rows that DuckDB has taken already", async () => {
    // So many bytes are handed to DuckDB before the next batch comes.
    const long = batchOfValues(schema, [
      Array.from({ length: 10_000 }, (_, i) => BigInt(i)),
      Array.from({ length: 10_000 }, () => "x".repeat(1000)),
    ]);
    const invalid = batchOfValues(schema, [[1n], [Uint8Array.of(0xff)]]);
    await server.run("CREATE TABLE taken (i BIGINT, s VARCHAR)");
    const command = ingestOf({ table: "taken" });
    await assert.rejects(
      client.ingest(command, schema, [long, invalid]),
      hasCode(Status.INVALID_ARGUMENT),
    );
    assert.equal(await count("taken"), 0n);
  });

  it("undo everything when the client goes away", async () => {
    await server.run("CREATE TABLE gone (i BIGINT, s VARCHAR)");
    const call = client.openPut();
    const ended = new Promise((resolve) => {
      call.on("error", resolve);
    });
    call.resume();
    for (const message of ingestMessages(
      ingestOf({ table: "gone" }),
      schema,
      Array.from({ length: 50 }, () => batch),
    ))
      call.write(message);
    call.cancel();
    assert.equal(codeOf(await ended), Status.CANCELLED);
    // A table that the ingest still had a transaction on could not be altered.
    await client.update("ALTER TABLE gone ADD COLUMN x INTEGER");
    assert.equal(await count("gone"), 0n);
  });

  it("run side by side", async () => {
    const rows = 20_000;
    const many = batchOfValues(schema, [
      Array.from({ length: rows }, (_, i) => BigInt(i)),
      Array.from({ length: rows }, (_, i) => `text number ${String(i)}`),
    ]);
    await server.run("CREATE TABLE busy (i BIGINT, s VARCHAR)");
    const counts = await Promise.all(
      Array.from({ length: 6 }, () =>
        client.ingest(ingestOf({ table: "busy" }), schema, [many, many]),
      ),
    );
    assert.deepEqual(
      counts,
      Array.from({ length: 6 }, () => BigInt(2 * rows)),
    );
    assert.equal(await count("busy"), BigInt(12 * rows));
  });
});

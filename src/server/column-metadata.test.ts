import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import { packAny, unpackAs } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import { RawClient, withServer } from "./raw-client.test.js";

let server: Server;
let client: RawClient;

/** As DuckDB's `typeof` spells them. */
const types = [
  "INTEGER",
  "DECIMAL(9,2)",
  "VARCHAR",
  "JSON",
  "TIMESTAMP WITH TIME ZONE",
  "TIME WITH TIME ZONE",
  "HUGEINT",
  "BIT",
  "ENUM('it''s', 'b')",
  "DECIMAL(4,1)[]",
  "TIMESTAMP WITH TIME ZONE[2]",
  "MAP(VARCHAR, DECIMAL(4,1))",
];

before(async () => {
  server = await serve({
    port: 0,
    log: () => undefined,
    initSql: `
      CREATE SEQUENCE ids;
      CREATE TABLE told (id INTEGER DEFAULT nextval('ids'), d DECIMAL(9, 2) DEFAULT 1, v VARIANT);
      COMMENT ON TABLE told IS 'what is told';
      COMMENT ON COLUMN told.d IS 'some words';
      COMMENT ON COLUMN told.v IS '';
      CREATE VIEW seen AS SELECT d FROM told;
      COMMENT ON VIEW seen IS 'what is seen';
      COMMENT ON COLUMN seen.d IS 'other words';
      CREATE TABLE every (${types.map((type, i) => `c${String(i)} ${type}`).join(", ")});
      CREATE TABLE bare (i INTEGER);
      COMMENT ON TABLE bare IS ''`,
  });
  client = new RawClient(server);
});

after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

/** `table_schema` of GetTables. */
async function tableSchema(table: string, from = client): Promise<Schema> {
  const { columns } = await from.run(
    packAny("CommandGetTables", {
      tableNameFilterPattern: table,
      includeSchema: true,
    }),
  );
  return decodeSchema(columns[4]?.[0] as Uint8Array);
}

function facts(of: { readonly metadata?: ReadonlyMap<string, string> }) {
  return Object.fromEntries(
    [...(of.metadata ?? [])].map(([key, value]) => [
      key.replace(/^ARROW:FLIGHT:SQL:/, ""),
      value,
    ]),
  );
}

const sql = (query: string) => packAny("CommandStatementQuery", { query });

describe("columns of tables", () => {
  it("tell where they belong, their type, their sequence and their comment", async () => {
    const { fields } = await tableSchema("told");
    const shared = {
      CATALOG_NAME: "memory",
      SCHEMA_NAME: "main",
      DB_SCHEMA_NAME: "main",
      TABLE_NAME: "told",
    };
    assert.deepEqual(fields.map(facts), [
      {
        ...shared,
        TYPE_NAME: "INTEGER",
        IS_AUTO_INCREMENT: "1",
        IS_SEARCHABLE: "1",
      },
      {
        ...shared,
        TYPE_NAME: "DECIMAL(9,2)",
        PRECISION: "9",
        SCALE: "2",
        IS_AUTO_INCREMENT: "0",
        IS_SEARCHABLE: "1",
        REMARKS: "some words",
      },
      // Of a type without an Arrow form the catalog's words are told.
      { ...shared, TYPE_NAME: "VARIANT", IS_AUTO_INCREMENT: "0" },
    ]);
  });

  it("tell of views and to readers that they cannot be written", async () => {
    const [column = {}] = (await tableSchema("seen")).fields;
    assert.equal(facts(column)["IS_READ_ONLY"], "1");
    assert.equal(facts(column)["REMARKS"], "other words");
    const initSql = "CREATE TABLE t (i INTEGER)";
    await withServer({ initSql, readOnly: true }, async (reader) => {
      const [read = {}] = (await tableSchema("t", reader)).fields;
      assert.equal(facts(read)["IS_READ_ONLY"], "1");
    });
  });
});

it("comments of tables and views are told of their schema", async () => {
  assert.deepEqual(facts(await tableSchema("told")), {
    REMARKS: "what is told",
  });
  assert.deepEqual(facts(await tableSchema("seen")), {
    REMARKS: "what is seen",
  });
  assert.deepEqual(facts(await tableSchema("bare")), {});
});

describe("columns of results", () => {
  it("tell what their types do, as those of tables, and no more", async () => {
    const { fields } = await tableSchema("every");
    const { schema } = await client.run(sql("FROM every"));
    const ofType = schema.fields.map((field) => {
      const { PRECISION, SCALE, ...others } = facts(field);
      assert.deepEqual(Object.keys(others), ["TYPE_NAME", "IS_SEARCHABLE"]);
      return { PRECISION, SCALE, ...others };
    });
    assert.deepEqual(
      ofType,
      fields.map((field) => {
        const { PRECISION, SCALE, TYPE_NAME, IS_SEARCHABLE } = facts(field);
        return { PRECISION, SCALE, TYPE_NAME, IS_SEARCHABLE };
      }),
    );
    assert.deepEqual(
      ofType.map(({ TYPE_NAME }) => TYPE_NAME),
      types,
    );
  });

  it("tell types that DuckDB reads as the same types", async () => {
    const query =
      'SELECT NULL::STRUCT("a b" INTEGER[], u UNION(x TIMESTAMPTZ, y JSON)) AS s';
    const typeOf = async (text: string) => {
      const [field = {}] = (await client.query(text)).schema.fields;
      return facts(field)["TYPE_NAME"] ?? "";
    };
    const type = await typeOf(query);
    assert.match(type, /^STRUCT\(/);
    assert.equal(await typeOf(`SELECT NULL::${type} AS s`), type);
  });

  it("tell the same with every call, also of parameters", async () => {
    const query = "SELECT ?::DECIMAL(5, 1) AS d";
    const [body = new Uint8Array(0)] = await client.act(
      "CreatePreparedStatement",
      packAny("ActionCreatePreparedStatementRequest", { query }),
    );
    const prepared = unpackAs("ActionCreatePreparedStatementResult", body);
    const plain = sql("SELECT 1.5::DECIMAL(5, 1) AS d");
    const wanted = {
      TYPE_NAME: "DECIMAL(5,1)",
      PRECISION: "5",
      SCALE: "1",
      IS_SEARCHABLE: "1",
    };
    for (const { fields } of [
      await client.schema(plain),
      decodeSchema((await client.info(plain)).schema),
      (await client.run(plain)).schema,
      decodeSchema(prepared.datasetSchema),
      decodeSchema(prepared.parameterSchema),
    ])
      assert.deepEqual(fields.map(facts), [wanted]);
  });

  it("do not carry an ENUM of a thousand values with every result", async () => {
    const values = Array.from({ length: 1000 }, (_, i) => `'v${String(i)}'`);
    const query = `SELECT 'v1'::ENUM(${values.join(", ")}) AS e`;
    const { schema } = await client.run(sql(query));
    const [field = {}] = schema.fields;
    assert.equal(facts(field)["TYPE_NAME"], "ENUM");
  });
});

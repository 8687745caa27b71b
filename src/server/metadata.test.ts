import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decodeSchema } from "../arrow/ipc-schema.js";
import type { UnionValue } from "../arrow/plain-values.js";
import type { Schema } from "../arrow/schema.js";
import { SqlInfo, SqlSupportsConvert } from "../drivers/flight/sql-info.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { Server } from "./index.js";
import { RawClient } from "./raw-client.test.js";

let server: Server;
let client: RawClient;
const warnings: string[] = [];

before(async () => {
  server = await serve({
    port: 0,
    log: (_, text) => {
      warnings.push(text);
    },
    initSql: `
      ATTACH ':memory:' AS other;
      CREATE SCHEMA "a_b"; CREATE SCHEMA axb;
      CREATE TABLE parent (b INTEGER, a INTEGER, s VARCHAR NOT NULL, PRIMARY KEY (a, b));
      CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (y, x) REFERENCES parent (a, b));
      CREATE VIEW seen AS SELECT s, [b] AS l FROM parent;
      CREATE TABLE gone (i INTEGER); CREATE VIEW broken AS FROM gone; DROP TABLE gone;
      CREATE TABLE a_b.t (v VARIANT); CREATE TABLE axb.t (i INTEGER);
      CREATE TABLE other.far (i INTEGER);`,
  });
  client = new RawClient(server);
});

after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

/** Names, types and nullability as one text per field. */
function shape(schema: Schema): string[] {
  return schema.fields.map(
    ({ name, type, nullable }) =>
      `${name} ${type.type}${nullable ? "" : " not null"}`,
  );
}

describe("catalog", () => {
  it("lists the databases of users", async () => {
    const command = packAny("CommandGetCatalogs", {});
    const { schema, columns } = await client.run(command);
    assert.deepEqual(shape(schema), ["catalog_name utf8 not null"]);
    assert.deepEqual(columns, [["memory", "other"]]);
    assert.deepEqual(await client.schema(command), schema);
  });

  it("lists schemas by catalog and pattern", async () => {
    const all = await client.run(packAny("CommandGetDbSchemas", {}));
    assert.deepEqual(shape(all.schema), [
      "catalog_name utf8",
      "db_schema_name utf8 not null",
    ]);
    assert.deepEqual(all.columns, [
      ["memory", "memory", "memory", "other"],
      ["a_b", "axb", "main", "main"],
    ]);
    const found = async (filter: {
      catalog?: string;
      dbSchemaFilterPattern?: string;
    }) => (await client.run(packAny("CommandGetDbSchemas", filter))).columns[1];
    assert.deepEqual(await found({ catalog: "other" }), ["main"]);
    assert.deepEqual(await found({ catalog: "" }), undefined);
    assert.deepEqual(await found({ dbSchemaFilterPattern: "a_b" }), [
      "a_b",
      "axb",
    ]);
    assert.deepEqual(await found({ dbSchemaFilterPattern: "a\\_b" }), ["a_b"]);
  });

  it("lists tables and views by all filters", async () => {
    const all = await client.run(packAny("CommandGetTables", {}));
    assert.deepEqual(shape(all.schema), [
      "catalog_name utf8",
      "db_schema_name utf8",
      "table_name utf8 not null",
      "table_type utf8 not null",
    ]);
    assert.deepEqual(all.columns[2], [
      "t",
      "t",
      "broken",
      "child",
      "parent",
      "seen",
      "far",
    ]);
    const found = async (
      filter: Parameters<typeof packAny<"CommandGetTables">>[1],
    ) => (await client.run(packAny("CommandGetTables", filter))).columns[2];
    assert.deepEqual(await found({ tableTypes: ["VIEW"] }), ["broken", "seen"]);
    assert.deepEqual(
      await found({
        tableTypes: ["VIEW", "BASE TABLE"],
        tableNameFilterPattern: "%e%",
      }),
      ["broken", "parent", "seen"],
    );
    assert.deepEqual(await found({ catalog: "other" }), ["far"]);
    assert.deepEqual(await found({ dbSchemaFilterPattern: "a%" }), ["t", "t"]);
    assert.deepEqual(await found({ tableTypes: ["NO SUCH TYPE"] }), undefined);
    const types = await client.run(packAny("CommandGetTableTypes", {}));
    assert.deepEqual(types.columns, [["BASE TABLE", "VIEW"]]);
  });

  it("tells the columns of tables", async () => {
    const { schema, columns } = await client.run(
      packAny("CommandGetTables", { includeSchema: true }),
    );
    assert.equal(shape(schema)[4], "table_schema binary not null");
    const schemas = new Map(
      columns[2]?.map((name, i) => [
        `${columns[1]?.[i] as string}.${name as string}`,
        decodeSchema(columns[4]?.[i] as Uint8Array),
      ]),
    );
    const parent = schemas.get("main.parent");
    assert.ok(parent !== undefined);
    assert.deepEqual(shape(parent), [
      "b int not null",
      "a int not null",
      "s utf8 not null",
    ]);
    assert.deepEqual(shape(schemas.get("main.seen") ?? { fields: [] }), [
      "s utf8",
      "l list",
    ]);
    // VARIANT has no Arrow form: it is told as what it can be cast to.
    assert.deepEqual(shape(schemas.get("a_b.t") ?? { fields: [] }), ["v utf8"]);
    assert.deepEqual(schemas.get("main.broken")?.fields, []);
    assert.ok(
      warnings.some((text) => /gone does not exist.*broken/s.test(text)),
    );
  });

  it("tells primary keys in key order", async () => {
    const { schema, columns } = await client.run(
      packAny("CommandGetPrimaryKeys", { table: "parent" }),
    );
    assert.deepEqual(shape(schema), [
      "catalog_name utf8",
      "db_schema_name utf8",
      "table_name utf8 not null",
      "column_name utf8 not null",
      "key_sequence int not null",
      "key_name utf8",
    ]);
    assert.deepEqual(columns.slice(0, 5), [
      ["memory", "memory"],
      ["main", "main"],
      ["parent", "parent"],
      ["a", "b"],
      [1n, 2n],
    ]);
    const none = await client.run(
      packAny("CommandGetPrimaryKeys", { table: "child" }),
    );
    assert.deepEqual(none.columns, []);
  });

  it("tells foreign keys from both sides", async () => {
    const imported = await client.run(
      packAny("CommandGetImportedKeys", { table: "child" }),
    );
    assert.equal(imported.schema.fields.length, 13);
    assert.deepEqual(
      [2, 3, 6, 7, 8].map((i) => imported.columns[i]),
      [
        ["parent", "parent"],
        ["a", "b"],
        ["child", "child"],
        ["y", "x"],
        [1n, 2n],
      ],
    );
    const exported = await client.run(
      packAny("CommandGetExportedKeys", { table: "parent" }),
    );
    assert.deepEqual(exported.columns, imported.columns);
    const both = packAny("CommandGetCrossReference", {
      pkTable: "parent",
      fkTable: "child",
    });
    assert.deepEqual((await client.run(both)).columns, imported.columns);
    const none = packAny("CommandGetCrossReference", {
      pkTable: "child",
      fkTable: "parent",
    });
    assert.deepEqual((await client.run(none)).columns, []);
  });
});

describe("SqlInfo", () => {
  it("tells all it knows, in the members that the specification gives", async () => {
    const { schema, columns } = await client.run(
      packAny("CommandGetSqlInfo", {}),
    );
    assert.deepEqual(shape(schema), [
      "info_name int not null",
      "value union not null",
    ]);
    const { type } = schema.fields[1] as Schema["fields"][number];
    assert.ok(type.type === "union" && type.mode === "dense");
    assert.deepEqual(
      type.fields.map((member) => member.name),
      [
        "string_value",
        "bool_value",
        "bigint_value",
        "int32_bitmask",
        "string_list",
        "int32_to_int32_list_map",
      ],
    );
    const facts = new Map(
      columns[0]?.map((id, i) => [Number(id), columns[1]?.[i] as UnionValue]),
    );
    assert.deepEqual(facts.get(SqlInfo.FLIGHT_SQL_SERVER_NAME), {
      typeId: 0,
      value: "flightsync",
    });
    assert.deepEqual(facts.get(SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY), {
      typeId: 1,
      value: false,
    });
    assert.deepEqual(facts.get(SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION), {
      typeId: 3,
      value: 1n,
    });
    assert.deepEqual(facts.get(SqlInfo.FLIGHT_SQL_SERVER_BULK_INGESTION), {
      typeId: 1,
      value: true,
    });
  });

  it("tells what is asked for", async () => {
    const { columns } = await client.run(
      packAny("CommandGetSqlInfo", {
        info: [SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR],
      }),
    );
    assert.deepEqual(columns, [[504n], [{ typeId: 0, value: '"' }]]);
    // What it knows nothing of has no row.
    const unknown = packAny("CommandGetSqlInfo", { info: [9999, 3] });
    assert.deepEqual((await client.run(unknown)).columns[0], [3n]);
  });

  it("tells every id that means something without Substrait", async () => {
    const { columns } = await client.run(packAny("CommandGetSqlInfo", {}));
    const told = new Set(columns[0]?.map(Number));
    const missing = Object.entries(SqlInfo).filter(([, id]) => !told.has(id));
    assert.deepEqual(
      missing.map(([name]) => name),
      [
        "FLIGHT_SQL_SERVER_SUBSTRAIT_MIN_VERSION",
        "FLIGHT_SQL_SERVER_SUBSTRAIT_MAX_VERSION",
      ],
    );
  });

  it("lists DuckDB's own keywords and functions", async () => {
    const listed = async (id: number) => {
      const command = packAny("CommandGetSqlInfo", { info: [id] });
      const [, values] = (await client.run(command)).columns;
      const [{ typeId, value }] = values as [UnionValue];
      assert.equal(typeId, 4);
      return value as readonly string[];
    };
    const keywords = await listed(SqlInfo.SQL_KEYWORDS);
    for (const word of ["SELECT", "QUALIFY", "PIVOT", "ASOF"])
      assert.ok(keywords.includes(word), word);
    for (const [id, name] of [
      [SqlInfo.SQL_NUMERIC_FUNCTIONS, "round"],
      [SqlInfo.SQL_STRING_FUNCTIONS, "levenshtein"],
      [SqlInfo.SQL_SYSTEM_FUNCTIONS, "current_database"],
      [SqlInfo.SQL_DATETIME_FUNCTIONS, "date_part"],
    ] as const)
      assert.ok((await listed(id)).includes(name), name);
  });

  it("tells the casts that DuckDB can do", async () => {
    const samples: Readonly<Record<string, readonly [string, string]>> = {
      SQL_CONVERT_BIGINT: ["1::BIGINT", "BIGINT"],
      SQL_CONVERT_VARBINARY: ["'a'::BLOB", "BLOB"],
      SQL_CONVERT_BIT: ["true", "BOOLEAN"],
      SQL_CONVERT_VARCHAR: ["'x'", "VARCHAR"],
      SQL_CONVERT_DATE: ["DATE '2020-01-01'", "DATE"],
      SQL_CONVERT_DECIMAL: ["1.5::DECIMAL(3, 1)", "DECIMAL(9, 1)"],
      SQL_CONVERT_REAL: ["1.5::FLOAT", "FLOAT"],
      SQL_CONVERT_INTERVAL_DAY_TIME: ["INTERVAL 1 DAY", "INTERVAL"],
      SQL_CONVERT_TIME: ["TIME '01:00:00'", "TIME"],
      SQL_CONVERT_TIMESTAMP: ["TIMESTAMP '2020-01-01 00:00:00'", "TIMESTAMP"],
    };
    const info = packAny("CommandGetSqlInfo", {
      info: [SqlInfo.SQL_SUPPORTS_CONVERT],
    });
    const [, values] = (await client.run(info)).columns;
    const [{ value }] = values as [UnionValue];
    const told = new Map(
      (value as readonly [bigint, readonly bigint[]][]).map(([from, to]) => [
        Number(from),
        to.map(Number),
      ]),
    );
    const ids: Readonly<Record<string, number>> = SqlSupportsConvert;
    for (const [source, [literal]] of Object.entries(samples)) {
      await server.run(`CREATE OR REPLACE TABLE sample AS SELECT ${literal} x`);
      for (const [target, [, type]] of Object.entries(samples)) {
        const can = await client.query(`SELECT x::${type} FROM sample`).then(
          () => true,
          // A text that does not look like the type is another matter.
          (error: unknown) => !/Unimplemented type/.test(String(error)),
        );
        const isTold =
          told.get(ids[source] as number)?.includes(ids[target] as number) ??
          false;
        assert.equal(isTold, can, `${source} to ${target}`);
      }
    }
  });
});

describe("Xdbc type info", () => {
  it("lists types that DuckDB has, under codes of ODBC, in their order", async () => {
    const command = packAny("CommandGetXdbcTypeInfo", {});
    const { schema, columns } = await client.run(command);
    assert.deepEqual(await client.schema(command), schema);
    assert.deepEqual(shape(schema), [
      "type_name utf8 not null",
      "data_type int not null",
      "column_size int",
      "literal_prefix utf8",
      "literal_suffix utf8",
      "create_params list",
      "nullable int not null",
      "case_sensitive bool not null",
      "searchable int not null",
      "unsigned_attribute bool",
      "fixed_prec_scale bool not null",
      "auto_increment bool",
      "local_type_name utf8",
      "minimum_scale int",
      "maximum_scale int",
      "sql_data_type int not null",
      "datetime_subcode int",
      "num_prec_radix int",
      "interval_precision int",
    ]);
    const codes = (columns[1] ?? []) as bigint[];
    assert.deepEqual(
      codes,
      codes.toSorted((a, b) => Number(a - b)),
    );
    for (const name of (columns[0] ?? []) as string[])
      await client.query(`SELECT NULL::${name}`);
  });

  it("writes literals that DuckDB reads as the type", async () => {
    const { columns } = await client.run(packAny("CommandGetXdbcTypeInfo", {}));
    const [names, , , prefixes, suffixes] = columns as string[][];
    const texts: Readonly<Record<string, string>> = {
      DATE: "2020-01-31",
      TIME: "12:34:56",
      TIMETZ: "12:34:56+01:00",
      INTERVAL: "1 day",
      BIT: "101",
      UUID: "00000000-0000-0000-0000-000000000000",
    };
    for (const [i, name] of (names ?? []).entries()) {
      const [prefix, suffix] = [prefixes?.[i], suffixes?.[i]];
      if (typeof prefix !== "string" || typeof suffix !== "string") continue;
      const text = texts[name] ?? "2020-01-31 12:34:56";
      const sql = `SELECT typeof(${prefix}${text}${suffix})`;
      const [[type] = []] = (await client.query(sql)).columns as string[][];
      const quoted = name === "UUID" ? "VARCHAR" : name;
      assert.equal(
        type,
        quoted
          .replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
          .replace("TIMETZ", "TIME WITH TIME ZONE"),
      );
    }
  });

  it("filters by the code", async () => {
    const dates = packAny("CommandGetXdbcTypeInfo", { dataType: 91 });
    assert.deepEqual((await client.run(dates)).columns[0], ["DATE"]);
    const none = packAny("CommandGetXdbcTypeInfo", { dataType: 70 });
    assert.deepEqual((await client.run(none)).columns, []);
  });
});

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Int64, Table, Utf8, vectorFromArray } from "apache-arrow";

import { connect, type Database } from "../../src/library/database.js";
import { missing } from "../cache.js";
import { Folder, Program } from "../process/programs.js";
import { sqlite } from "./sqlite.js";

/**
 * The library against a server that others wrote, which has prepared statements, parameters, transactions and keys.
 * It waits for ever where two transactions meet, so every call has a deadline.
 */
describe(
  `connect to ${sqlite.name}`,
  {
    timeout: 120_000,
    skip: missing(sqlite.install(), sqlite.toolchain),
  },
  () => {
    let server: Program;
    let db: Database;

    before(async () => {
      const folder = new Folder();
      const [file = "", ...args] = sqlite.command(
        sqlite.install() ?? "",
        folder,
      );
      server = new Program(file, args, { stdin: "", cwd: folder.path });
      const address = () => sqlite.ready.exec(server.stdout)?.[1];
      await server.until(() => address() !== undefined);
      db = await connect(`flightsql://${address() ?? ""}?transport=tcp`, {
        queryTimeoutSeconds: 20,
        fetchTimeoutSeconds: 20,
        updateTimeoutSeconds: 20,
      });
    });
    after(async () => {
      try {
        await db.close();
      } finally {
        await server.stop("SIGKILL");
      }
    });

    async function values(
      sql: string,
      params?: Parameters<Database["query"]>[1],
    ): Promise<unknown[]> {
      const table = await (await db.query(sql, params)).table();
      return [...(table.getChildAt(0) ?? [])] as unknown[];
    }

    test("parameters of every type that it takes, one row and many", async () => {
      const sql = "SELECT keyName FROM intTable WHERE id = ?";
      for (const id of [2, 2n])
        assert.deepEqual(await values(sql, { params: [id] }), ["zero"]);
      assert.deepEqual(
        await values("SELECT id FROM intTable WHERE keyName = ? AND id < ?", {
          params: ["one", 1.5],
        }),
        [1n],
      );
      assert.deepEqual(await values(sql, { params: [null] }), []);
      const ids = vectorFromArray([1n, 3n], new Int64());
      assert.deepEqual(await values(sql, { params: new Table({ ids }) }), [
        "one",
        "negative one",
      ]);
    });

    test("what it refuses is told with its text", async () => {
      await assert.rejects(
        db.query("SELECT ?", { params: [true] }),
        /unsupported type: true/,
      );
      await assert.rejects(db.query("SELECT * FROM nosuch"), /no such table/);
      await assert.rejects(
        db.ingest("t", new Table({ a: vectorFromArray([1]) })),
        {
          code: "unsupported",
        },
      );
      await assert.rejects(db.setSessionOptions({ catalog: "x" }), {
        code: "unsupported",
      });
      await assert.rejects(
        db.transaction((tx) => tx.savepoint("a")),
        { code: "unsupported" },
      );
    });

    test("a prepared statement runs often, and once for every row", async () => {
      await db.update("CREATE TABLE prepared (n INTEGER, t TEXT)");
      await using insert = await db.prepare(
        "INSERT INTO prepared VALUES (?, ?)",
      );
      assert.equal(insert.isUpdate, undefined);
      assert.equal(await insert.update({ params: [1, "a"] }), 1);
      assert.equal(await insert.update({ params: [2, null] }), 1);
      const rows = new Table({
        n: vectorFromArray(
          Array.from({ length: 1000 }, (_, i) => BigInt(i + 3)),
          new Int64(),
        ),
        t: vectorFromArray(
          Array.from({ length: 1000 }, (_, i) => `text ${String(i)}`),
          new Utf8(),
        ),
      });
      assert.equal(await insert.update({ params: rows }), 1000);
      await using query = await db.prepare(
        "SELECT t FROM prepared WHERE n = ?",
      );
      for (const [n, text] of [
        [1, "a"],
        [2, null],
        [1002, "text 999"],
      ] as const) {
        const result = await query.query({ params: [n] });
        assert.equal((await result.table()).getChildAt(0)?.get(0), text);
      }
      await using clear = await db.prepare("DELETE FROM prepared");
      assert.equal(await clear.update(), 1002);
    });

    test("transactions, with parameters, are committed and rolled back", async () => {
      await db.update("CREATE TABLE kept (n INTEGER)");
      const insert = "INSERT INTO kept VALUES (?)";
      await db.transaction(async (tx) => {
        assert.equal(await tx.update(insert, { params: [7] }), 1);
      });
      await assert.rejects(
        db.transaction(async (tx) => {
          await tx.update(insert, { params: [8] });
          throw new Error("thought again");
        }),
        /thought again/,
      );
      assert.deepEqual(await values("SELECT n FROM kept"), [7n]);
    });

    test("metadata: keys, types, tables and facts", async () => {
      const key = {
        pkCatalog: undefined,
        pkDbSchema: undefined,
        pkTable: "foreignTable",
        pkColumn: "id",
        pkName: undefined,
        fkCatalog: undefined,
        fkDbSchema: undefined,
        fkTable: "intTable",
        fkColumn: "foreignId",
        fkName: undefined,
        // It counts from 0.
        keySequence: 0,
        updateRule: 3,
        deleteRule: 3,
      };
      assert.deepEqual(await db.importedKeys("intTable"), [key]);
      assert.deepEqual(await db.exportedKeys("foreignTable"), [key]);
      assert.deepEqual(await db.crossReference("foreignTable", "intTable"), [
        key,
      ]);
      assert.deepEqual(await db.primaryKeys("intTable"), ["id"]);
      assert.deepEqual(await db.tableTypes(), ["table"]);
      assert.equal((await db.xdbcTypeInfo()).length, 17);
      assert.deepEqual(
        (await db.xdbcTypeInfo(4)).map(({ typeName }) => typeName),
        ["integer"],
      );
      const [table] = await db.tables({
        tablePattern: "intTable",
        includeSchema: true,
      });
      assert.deepEqual(
        table?.schema?.fields.map(
          ({ name, type }) => `${name} ${String(type)}`,
        ),
        ["id Int64", "keyName Utf8", "value Int64", "foreignId Int64"],
      );
      // It refuses a question with an id that it does not know.
      const info = await db.sqlInfo([0, 8, 99_999]);
      const known = new Map<number, unknown>([
        [0, "db_name"],
        [8, 1],
      ]);
      assert.deepEqual(info, known);
    });
  },
);

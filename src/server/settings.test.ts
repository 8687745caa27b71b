import assert from "node:assert/strict";
import { test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { DescriptorType } from "../drivers/flight/messages.js";
import { packAny } from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import { codeOf, prepare, RawClient, withServer } from "./raw-client.test.js";

/** What would lift limits of the server, or print everybody's SQL where it runs, in every form that SQL has. */
const attempts = [
  "SET memory_limit = '1TB'",
  "SET GLOBAL max_memory = '1TB'",
  "set/* a comment */session memory_limit to '1TB'",
  "-- a comment\nSET GLOBAL \"memory_limit\" = '1TB'",
  "SELECT 1; SET memory_limit = '1TB'",
  "SET TimeZone = 'UTC'; RESET memory_limit; SELECT 1",
  "RESET GLOBAL memory_limit",
  "PRAGMA memory_limit = '1TB'",
  "EXPLAIN ANALYZE SET memory_limit = '1TB'",
  "SET threads = 64",
  "SET worker_threads = 64",
  "SET external_threads = 1",
  "RESET threads",
  "SET max_temp_directory_size = '1PB'",
  "SET temp_directory = '/tmp'",
  "SET lock_configuration = false",
  "RESET lock_configuration",
  "SET allowed_configs = ['threads']",
  "RESET allowed_configs",
  "SET enable_external_access = true",
  "SET max_expression_depth = 1000000",
  "SET streaming_buffer_size = '1GB'",
  "SET SESSION \"streaming_buffer_size\" = '1GB'",
  "RESET streaming_buffer_size",
  "PRAGMA streaming_buffer_size = '1GB'",
  "EXPLAIN ANALYZE SET streaming_buffer_size = '1GB'",
  "SET enable_progress_bar_print = true",
  "PRAGMA enable_print_progress_bar",
  "PRAGMA enable_profiling",
  "EXPLAIN ANALYZE PRAGMA enable_profiling",
  "EXPLAIN ANALYZE PRAGMA enable_print_progress_bar",
  "SET enable_profiling = 'json'",
  "CALL enable_profiling()",
  "SET enable_http_logging = true",
  "SET GLOBAL enable_logging = true",
  "CALL enable_logging()",
  "FROM enable_logging(storage = 'stdout')",
  "FROM query('FROM enable_logging()')",
  "CREATE MACRO log() AS TABLE FROM enable_logging()",
  "FROM query('FROM enable_log' || 'ging()')",
  "FROM query('FROM enable_log' \n 'ging()')",
  "FROM \"query\" /* a comment */ ('SELECT ''--'' FROM enable_logging()')",
  "FROM system.main.query('FROM query(''FROM enable_logging()'')')",
  "FROM query(E'FROM \\x65nable_logging()')",
  "FROM query($$FROM enable_log$$ || 'ging()')",
  "SELECT 'a''', * FROM enable_logging() -- '",
  "/* /* */ ' */ FROM enable_logging() -- '",
  "FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM enable_log' || 'ging()'))",
  "SET GLOBAL integer_division = true",
  "SET /* a comment */ GLOBAL TimeZone = 'Pacific/Chatham'",
];

const isRefused = (error: unknown) =>
  codeOf(error) === Status.PERMISSION_DENIED &&
  /--init, or by a flag/.test(String(error));

const limits =
  "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('streaming_buffer_size'), (SELECT value FROM duckdb_settings() WHERE name = concat('enable_', 'logging'))";

test("no client lifts a limit of the server, whichever way it says so", async () => {
  const options = { memoryLimit: "512MiB", initSql: "SET threads = 3" };
  // That SQL reaches files is another matter.
  for (const allowFiles of [false, true])
    await withServer({ ...options, allowFiles }, async (client, server) => {
      await client.query("SELECT 1");
      client.keepCookie();
      const before = await client.query(limits);
      assert.deepEqual(before.columns, [
        ["512.0 MiB"],
        [3n],
        ["32.0 KiB"],
        ["0"],
      ]);
      const alone = new RawClient(server);
      for (const sql of attempts) {
        const cmd = packAny("CommandStatementQuery", { query: sql });
        const ways = {
          query: () => client.query(sql),
          update: () => client.update(sql),
          transaction: async () => client.update(sql, await client.begin()),
          poll: () => client.poll({ type: DescriptorType.CMD, cmd }),
          prepared: async () =>
            client.put([
              {
                descriptor: {
                  type: DescriptorType.CMD,
                  cmd: (await prepare(client, sql)).update,
                },
              },
            ]),
        };
        for (const [way, send] of Object.entries(ways))
          await assert.rejects(send, isRefused, `${way}: ${sql}`);
      }
      for (const who of [client, alone])
        assert.deepEqual((await who.query(limits)).columns, before.columns);
      alone.close();
    });
});

test("clients set what tells how their SQL is read, and ask for everything", async () => {
  await withServer({}, async (client) => {
    for (const sql of [
      "SET TimeZone = 'Pacific/Chatham'; SELECT 1",
      "PRAGMA default_null_order = 'nulls_first'; SELECT 1",
      "SET SESSION ieee_floating_point_ops = false; RESET ieee_floating_point_ops; SELECT 1",
      "SET VARIABLE threads = 5; SELECT getvariable('threads')",
      "USE memory; SELECT 1",
      "SET search_path = 'main'; SELECT 1",
      "PRAGMA version",
      "PRAGMA database_list",
      "EXPLAIN ANALYZE SELECT 1",
      "EXPLAIN SELECT 'PRAGMA'",
      "SELECT current_setting('memory_limit')",
      "CHECKPOINT",
      "SELECT 'enable_logging()', 'query('",
      "CREATE TABLE query(query INT); SELECT query FROM query WHERE (query > 1)",
      "INSERT INTO main.query(query) VALUES (1)",
      "FROM query('SELECT ''query('' || ' \n '1')",
    ])
      await client.query(sql);
  });
});

test("what the SQL of the start lets clients set they may", async () => {
  const initSql = "SET GLOBAL allowed_configs = ['threads']";
  await withServer({ initSql }, async (client) => {
    await client.update("SET GLOBAL threads = 3");
    const { columns } = await client.query("SELECT current_setting('threads')");
    assert.deepEqual(columns, [[3n]]);
    await client.query("SET TimeZone = 'UTC'; SELECT 1");
  });
});

test("the memory limit is DuckDB's: what needs more fails, and the server goes on", async () => {
  await withServer({ memoryLimit: "50 MB" }, async (client) => {
    const large = "SELECT len(list(i)) FROM range(20000000) t(i)";
    await assert.rejects(
      client.query(large),
      (error) =>
        codeOf(error) === Status.RESOURCE_EXHAUSTED &&
        /Out of Memory/.test(String(error)),
    );
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
  });
});

test("a memory limit that is none keeps the server from starting", async () => {
  for (const [memoryLimit, words] of [
    ["much", /must have a number/],
    ["80%", /Unknown unit for memory: '%'/],
    ["4", /Unknown unit for memory/],
    ["", /must have a number/],
    ["-4GB", /must be positive/],
    ["1KB", /Out of Memory/],
    ["1GB'; DROP TABLE t; --", /Unknown unit for memory/],
  ] as const)
    await assert.rejects(
      withServer({ memoryLimit }, () => Promise.resolve()),
      (error) =>
        error instanceof Failure &&
        error.code === "invalid_config" &&
        words.test(error.message) &&
        error.message.endsWith(`(setting the memory limit to ${memoryLimit})`),
      memoryLimit,
    );
});

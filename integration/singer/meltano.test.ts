import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";

import { missing } from "../cache.js";
import { meltanoPython } from "../peers/pythons.js";
import { Folder, Program } from "../process/programs.js";
import { Server } from "../process/server.js";

/*
 * A Meltano project with both bins as plugins, as their definitions in specs/meltano describe them: settings are
 * checked, streams selected by globs, and runs keep their state in Meltano's database.
 */

const folder = meltanoPython();
const skip = missing(folder, "python3");

const tables = `
CREATE TABLE orders (id BIGINT PRIMARY KEY, note VARCHAR, secret VARCHAR, changed TIMESTAMP NOT NULL);
INSERT INTO orders SELECT i, 'é' || i, 'x', TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND FROM range(100000) t(i);
CREATE TABLE "my people" (name VARCHAR NOT NULL, "birth day" DATE);
INSERT INTO "my people" VALUES ('Ada', '1815-12-10'), ('Bo', NULL);
CREATE TABLE unwanted (id INTEGER);
INSERT INTO unwanted VALUES (1);
`;

/** A plugin of the project: its definition, with the built bin for a program. */
function plugin(name: string, more: object): object {
  const root = new URL(".", import.meta.resolve("flightsync/package.json"));
  const path = (part: string) => fileURLToPath(new URL(part, root));
  const definition = JSON.parse(
    readFileSync(path(`specs/meltano/${name}.json`), "utf8"),
  ) as object;
  return {
    ...definition,
    executable: path(`dist/bin/${name}.js`),
    ...more,
  };
}

describe("a Meltano project", { skip }, () => {
  const files = new Folder();
  const project = files.at("project");
  let source: Server;
  let destination: Server;

  const start = (args: readonly string[]) =>
    new Program(join(folder ?? "", "meltano"), args, {
      cwd: project,
      env: { MELTANO_SEND_ANONYMOUS_USAGE_STATS: "false", NO_COLOR: "1" },
      stdin: "",
    });

  const meltano = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await start(args).ended;
    assert.equal(code, 0, `meltano ${args.join(" ")}: ${stdout}\n${stderr}`);
    return { stdout, stderr };
  };

  const run = () => meltano("run", "tap-flightsql", "target-flightsql");

  const orders = (server: Server, columns = "id, note, changed") =>
    server.rows(
      `SELECT count(*), sum(hash(${columns})), max(changed) FROM orders`,
    );

  before(async () => {
    source = await Server.start(["--init", files.file("init.sql", tables)]);
    destination = await Server.start();
    mkdirSync(project);
    const extractor = plugin("tap-flightsql", {
      config: { url: source.url },
      select: ["main-*.*", "!main-orders.secret", "!main-unwanted.*"],
      metadata: {
        "main-orders": {
          "replication-method": "INCREMENTAL",
          "replication-key": "changed",
        },
      },
    });
    const loader = plugin("target-flightsql", {
      config: { url: destination.url, add_record_metadata: true },
    });
    // JSON is YAML.
    const text = JSON.stringify({
      default_environment: "dev",
      environments: [{ name: "dev" }],
      plugins: { extractors: [extractor], loaders: [loader] },
    });
    files.file("project/meltano.yml", text);
  });

  after(async () => {
    await source[Symbol.asyncDispose]();
    await destination[Symbol.asyncDispose]();
  });

  test("knows the settings, and hides what is secret", async () => {
    const { stdout } = await meltano(
      "config",
      "list",
      "--all",
      "tap-flightsql",
    );
    for (const name of ["url", "token", "oauth", "state_every_rows"])
      assert.match(stdout, new RegExp(`^${name} [([]`, "m"));
    await meltano("config", "set", "tap-flightsql", "token", "s3cret");
    const shown = await meltano("config", "list", "--all", "tap-flightsql");
    assert.doesNotMatch(shown.stdout, /s3cret/);
    await meltano("config", "unset", "tap-flightsql", "token");
    const tested = await meltano("config", "test", "tap-flightsql");
    assert.match(tested.stdout + tested.stderr, /configuration is valid/);
  });

  test("selects by globs", async () => {
    const args = ["select", "tap-flightsql", "--list", "--all"];
    const { stdout } = await meltano(...args);
    assert.match(stdout, /\[excluded *\] main-orders\.secret/);
    assert.match(stdout, /\[automatic *\] main-orders\.id/);
    assert.match(stdout, /\[selected *\] main-my people\.birth day/);
    assert.match(stdout, /\[excluded *\] main-unwanted\.id/);
  });

  test("runs: all rows, then only what is new, and all anew when asked", async () => {
    await run();
    assert.deepEqual(await orders(destination), await orders(source));
    assert.deepEqual(await destination.tables(), ["my people", "orders"]);
    const columns = await destination.rows(
      "SELECT column_name FROM duckdb_columns() WHERE table_name = 'orders' AND column_name NOT LIKE '\\_sdc\\_%' ESCAPE '\\'",
    );
    assert.deepEqual(columns.flat(), ["id", "note", "changed"]);
    const { stdout } = await meltano("state", "list");
    const id = "dev:tap-flightsql-to-target-flightsql";
    assert.ok(stdout.includes(id), stdout);
    const state = await meltano("state", "get", id);
    assert.match(state.stdout, /2024-01-02T03:46:39/);

    await source.update(
      "INSERT INTO orders VALUES (100000, 'new', 'x', TIMESTAMP '2025-01-01')",
    );
    const since = "SELECT max(_sdc_sequence) FROM orders";
    const [newest] = await destination.rows(since);
    await run();
    assert.deepEqual(await orders(destination), await orders(source));
    // The last row of the run before may come again.
    const loaded = await destination.rows(
      `SELECT count(*) FROM orders WHERE _sdc_sequence > ${newest?.[0] ?? ""}`,
    );
    assert.ok(Number(loaded[0]?.[0]) <= 2, JSON.stringify(loaded));

    await destination.update("DROP TABLE orders");
    await meltano("run", "--full-refresh", "tap-flightsql", "target-flightsql");
    assert.deepEqual(await orders(destination), await orders(source));
  });

  test("goes on after it was killed in the middle", async () => {
    await destination.update("DROP TABLE orders");
    await meltano(
      "state",
      "clear",
      "--force",
      "dev:tap-flightsql-to-target-flightsql",
    );
    const killed = start(["run", "tap-flightsql", "target-flightsql"]);
    await destination.until(
      "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'orders'",
      (rows) => rows[0]?.[0] !== "0",
    );
    await killed.stop("SIGKILL");
    // Meltano itself waits for minutes until it takes the run for dead.
    await meltano("run", "--force", "tap-flightsql", "target-flightsql");
    assert.deepEqual(await orders(destination), await orders(source));
  });
});

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { airbyteMessages } from "./messages.js";
import { Folder, run } from "./programs.js";
import { Server } from "./server.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
  await server.update(
    "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR, born DATE)",
    "CREATE VIEW names AS SELECT name FROM people",
    'CREATE SCHEMA "other one"',
    'CREATE TABLE "other one"."people" (x INTEGER)',
  );
  folder.file("config.json", { url: server.url });
});

after(() => server[Symbol.asyncDispose]());

const version = (await run("flightsync", ["--version"])).stdout;

test("every bin tells its version", async () => {
  assert.match(version, /^flightsync v\d+\.\d+\.\d+\n$/);
  for (const bin of [
    "tap-flightsql",
    "target-flightsql",
    "source-flightsql",
    "destination-flightsql",
  ]) {
    const { code, stdout } = await run(bin, ["--version"]);
    assert.equal(code, 0);
    assert.equal(stdout, version.replace("flightsync", bin));
  }
});

test("--about names every setting of its role", async () => {
  for (const [bin, own, other] of [
    ["tap-flightsql", "concurrency", "load_method"],
    ["target-flightsql", "load_method", "concurrency"],
  ] as const)
    for (const args of [["--about"], ["--about", "--format", "json"]]) {
      const { code, stdout } = await run(bin, args);
      assert.equal(code, 0);
      const about = JSON.parse(stdout) as {
        name: string;
        version: string;
        settings: { properties: object };
      };
      assert.equal(about.name, bin);
      assert.equal(`flightsync v${about.version}\n`, version);
      const names = Object.keys(about.settings.properties);
      assert.ok(
        names.includes("url") && names.includes(own) && !names.includes(other),
      );
    }
});

test("spec is one SPEC message per bin, and the umbrella's needs a role", async () => {
  for (const [bin, args, own] of [
    ["source-flightsql", ["spec"], "concurrency"],
    ["destination-flightsql", ["spec"], "load_method"],
    ["flightsync", ["spec", "--role", "destination"], "load_method"],
  ] as const) {
    const { code, stdout, stderr } = await run(bin, args);
    assert.equal(code, 0, stderr);
    const [spec, ...more] = airbyteMessages(stdout);
    assert.deepEqual(more, []);
    const properties = spec?.spec?.connectionSpecification.properties;
    assert.ok(properties !== undefined && own in properties);
    assert.ok(properties["password"]?.["airbyte_secret"]);
  }
});

test("check succeeds for both roles, and so does Singer's --test", async () => {
  const config = folder.at("config.json");
  for (const bin of ["source-flightsql", "destination-flightsql"]) {
    const { code, stdout, stderr } = await run(bin, [
      "check",
      "--config",
      config,
    ]);
    assert.equal(code, 0, stderr);
    const last = airbyteMessages(stdout).at(-1);
    assert.deepEqual(last, {
      type: "CONNECTION_STATUS",
      connectionStatus: { status: "SUCCEEDED" },
    });
  }
  const { code, stderr } = await run("tap-flightsql", [
    "--config",
    config,
    "--test",
  ]);
  assert.equal(code, 0, stderr);
});

test("Singer's catalog: ids, keys, views, and nothing selected", async () => {
  const args = ["--config", folder.at("config.json"), "--discover"];
  const { code, stdout, stderr } = await run("tap-flightsql", args);
  assert.equal(code, 0, stderr);
  const { streams } = JSON.parse(stdout) as {
    streams: {
      tap_stream_id: string;
      key_properties: string[];
      is_view: boolean;
      schema: { properties: Record<string, { type: unknown }> };
      metadata: { breadcrumb: string[]; metadata: Record<string, unknown> }[];
    }[];
  };
  assert.deepEqual(
    streams
      .map((stream) => [
        stream.tap_stream_id,
        stream.key_properties,
        stream.is_view,
        Object.keys(stream.schema.properties),
      ])
      .sort(),
    [
      ["main-names", [], true, ["name"]],
      ["main-people", ["id"], false, ["id", "name", "born"]],
      ["other one-people", [], false, ["x"]],
    ],
  );
  for (const { metadata } of streams)
    for (const { metadata: values } of metadata)
      assert.ok(!("selected" in values));
  // What nobody has selected is not read.
  const catalog = folder.file("catalog.json", stdout);
  const read = await run("tap-flightsql", [
    "--config",
    folder.at("config.json"),
    "--catalog",
    catalog,
  ]);
  assert.equal(read.code, 0, read.stderr);
  assert.ok(!read.stdout.includes("SCHEMA"));
});

test("Airbyte's catalog: namespaces, modes and keys", async () => {
  const { code, stdout } = await run("source-flightsql", [
    "discover",
    "--config",
    folder.at("config.json"),
  ]);
  assert.equal(code, 0);
  const [catalog] = airbyteMessages(stdout).flatMap(
    (message) => message.catalog ?? [],
  );
  const { streams } = catalog as unknown as {
    streams: {
      name: string;
      namespace: string;
      supported_sync_modes: string[];
      source_defined_primary_key: string[][];
    }[];
  };
  assert.deepEqual(
    streams
      .map((stream) => [
        stream.namespace,
        stream.name,
        stream.supported_sync_modes,
        stream.source_defined_primary_key,
      ])
      .sort(),
    [
      ["main", "names", ["full_refresh", "incremental"], []],
      ["main", "people", ["full_refresh", "incremental"], [["id"]]],
      ["other one", "people", ["full_refresh", "incremental"], []],
    ],
  );
});

test("the umbrella bin does all of it with flags", async () => {
  const config = folder.at("config.json");
  const singer = await run("flightsync", [
    "discover",
    "--config",
    config,
    "--protocol",
    "singer",
  ]);
  const tap = await run("tap-flightsql", ["--config", config, "--discover"]);
  assert.equal(singer.code, 0, singer.stderr);
  assert.equal(singer.stdout, tap.stdout);
  const check = await run("flightsync", ["check", "--config", config]);
  assert.equal(airbyteMessages(check.stdout).at(-1)?.type, "CONNECTION_STATUS");
});

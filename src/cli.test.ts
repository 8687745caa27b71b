import assert from "node:assert/strict";
import { test } from "node:test";

import { parseArguments, type Bin } from "./cli.js";

const tap: Bin = {
  bin: "tap-flightsql",
  engine: "flightsql",
  role: "source",
  protocol: "singer",
};
const target: Bin = { ...tap, bin: "target-flightsql", role: "destination" };
const source: Bin = { ...tap, bin: "source-flightsql", protocol: "airbyte" };
const destination: Bin = {
  ...target,
  bin: "destination-flightsql",
  protocol: "airbyte",
};
const umbrella: Bin = { bin: "flightsync" };

/** What the words of a command line ask for, as far as it is not usual. */
async function parsed(bin: Bin, line: string) {
  const argv = line === "" ? [] : line.split(" ");
  const call = await parseArguments(bin, argv);
  if (call === undefined) return undefined;
  const { rest, ...others } = call;
  assert.equal(typeof rest, "object");
  return Object.fromEntries(
    Object.entries(others).filter(
      ([, value]) =>
        value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

const asTap = { protocol: "singer", role: "source", engine: "flightsql" };
const asTarget = { ...asTap, role: "destination" };

test("a tap: classic options, those of the SDK, and their short forms", async () => {
  const config = ["a.json"];
  const files = { config, catalog: "c.json", state: "s.json" };
  for (const [line, wanted] of [
    ["--version", { command: "version" }],
    ["--about", { command: "spec" }],
    ["--about --format json", { command: "spec" }],
    ["--about --format=json", { command: "spec" }],
    ["--config a.json --discover", { command: "discover", config }],
    ["-d -c a.json", { command: "discover", config }],
    ["--config a.json --test", { command: "check", config }],
    [
      "--config a.json --catalog c.json --state s.json",
      { command: "read", ...files },
    ],
    ["-c a.json --properties c.json -s s.json", { command: "read", ...files }],
    ["-c a.json -p c.json -s s.json", { command: "read", ...files }],
  ] as const)
    assert.deepEqual(await parsed(tap, line), { ...asTap, ...wanted }, line);
});

test("a target: several configs, and a file instead of stdin", async () => {
  assert.deepEqual(
    await parsed(target, "--config a.json --config b.json --input x.jsonl"),
    {
      ...asTarget,
      command: "write",
      config: ["a.json", "b.json"],
      input: "x.jsonl",
    },
  );
});

test("Airbyte's bins: each has the commands of its role", async () => {
  const asSource = { ...asTap, protocol: "airbyte" };
  const asDestination = { ...asTarget, protocol: "airbyte" };
  assert.deepEqual(await parsed(source, "spec"), {
    ...asSource,
    command: "spec",
  });
  assert.deepEqual(
    await parsed(source, "read --config a --catalog c --state s"),
    { ...asSource, command: "read", config: ["a"], catalog: "c", state: "s" },
  );
  assert.deepEqual(await parsed(destination, "write --config a --catalog c"), {
    ...asDestination,
    command: "write",
    config: ["a"],
    catalog: "c",
  });
  await assert.rejects(parsed(source, "write --config a"), { code: "usage" });
  await assert.rejects(parsed(destination, "read --config a"), {
    code: "usage",
  });
});

test("the umbrella: what no name says is said by flags", async () => {
  assert.deepEqual(
    await parsed(umbrella, "discover --config a --protocol singer"),
    { protocol: "singer", role: "source", command: "discover", config: ["a"] },
  );
  assert.deepEqual(
    await parsed(umbrella, "spec --role destination --engine flightsql"),
    {
      protocol: "airbyte",
      role: "destination",
      engine: "flightsql",
      command: "spec",
    },
  );
  const serve = await parseArguments(umbrella, ["serve", "--port", "0"]);
  assert.equal(serve?.command, "serve");
  assert.equal(serve.rest["port"], 0);
  assert.equal(serve.rest["host"], "127.0.0.1");
});

test("wrong arguments are named, on one line, with the way to help", async () => {
  for (const [bin, line, words] of [
    [tap, "--no-such", /Unknown argument: no-such/],
    [tap, "--config", /config/],
    [tap, "more --discover", /more/],
    [tap, "--about --format xml", /format.*xml.*json/],
    [source, "reed", /reed/],
    [source, "check more", /more/],
    [umbrella, "", /non-option arguments/],
    [umbrella, "discover --protocol xml", /protocol.*xml.*singer/],
    [umbrella, "serve --username u", /username -> password/],
    [umbrella, "serve --tls-cert c", /tls-cert -> tls-key/],
    [umbrella, "serve --token t --username u --password p", /token.*username/],
  ] as const)
    await assert.rejects(
      parsed(bin, line),
      (error: { code?: unknown; message?: unknown }) => {
        assert.equal(error.code, "usage", line);
        const message = String(error.message);
        assert.match(message, words);
        assert.match(message, new RegExp(`; ${bin.bin} --help`));
        assert.doesNotMatch(message, /\n/);
        return true;
      },
    );
});

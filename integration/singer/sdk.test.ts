import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";

import { missing } from "../cache.js";
import { singerSdkPython } from "../peers/pythons.js";
import { Folder, Program, run } from "../process/programs.js";
import { Server } from "../process/server.js";

/*
 * The standard tests of Meltano's Singer SDK against the built bins. They ask for exit codes at most, so every file
 * that they feed a target is also loaded here, and the rows compared with those of a simple model.
 */

const folder = singerSdkPython();
const skip = missing(folder, "python3");
const python = join(folder ?? "", "python");

/** What the tap's tests read: keys, blanks in names, nested and decimal values, texts and times. */
const tables = `
CREATE TABLE orders (
  id BIGINT PRIMARY KEY, note VARCHAR, price DECIMAL(10, 2), paid BOOLEAN, placed TIMESTAMP, due DATE, weight DOUBLE,
  tags VARCHAR[], place STRUCT(x INTEGER, y VARCHAR)
);
INSERT INTO orders SELECT i, 'é' || i, i * 1.25, i % 2 = 0, TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE,
  DATE '2024-01-01' + i::INTEGER, i / 3, ['a', 'b'], {'x': i, 'y': 'x'} FROM range(1, 120) t(i);
CREATE TABLE "my people" (name VARCHAR NOT NULL, "birth day" DATE, seen TIMESTAMPTZ);
INSERT INTO "my people" VALUES ('Ada', '1815-12-10', '2024-05-05 01:02:03+00'), ('Bo', NULL, NULL);
`;

const bin = (name: string) => [
  process.execPath,
  fileURLToPath(
    new URL(
      `dist/bin/${name}.js`,
      import.meta.resolve("flightsync/package.json"),
    ),
  ),
];

/** Runs tests of the SDK; gives the outcome of each by name. */
async function suite(file: string, env: Readonly<Record<string, string>>) {
  const args = ["-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", file];
  const cwd = join(import.meta.dirname, "sdk");
  const program = new Program(python, args, {
    cwd,
    env: { ...env, PYTHONDONTWRITEBYTECODE: "1" },
    stdin: "",
  });
  const { code, stdout } = await program.ended;
  assert.equal(code, 0, stdout);
  return [...stdout.matchAll(/^(\w+) test_\w+\.py::\w+::test_(\S+)/gm)].map(
    ([, outcome, name]) => `${outcome ?? ""} ${name ?? ""}`,
  );
}

describe("the Singer SDK's standard tests", { skip }, () => {
  test("of a tap", async () => {
    const init = new Folder().file("tables.sql", tables);
    await using server = await Server.start(["--init", init]);
    const outcomes = await suite("test_tap.py", {
      TAP: JSON.stringify(bin("tap-flightsql")),
      TAP_CONFIG: JSON.stringify({ url: server.url }),
    });
    // Four of the tap, six of each stream, and one of each attribute that has a type to be tested.
    assert.deepEqual(
      outcomes.filter((outcome) => !outcome.startsWith("PASSED ")),
      [],
    );
    assert.ok(outcomes.length >= 4 + 2 * 6 + 10, outcomes.join("\n"));
  });

  test("of a target", async () => {
    await using server = await Server.start();
    const outcomes = await suite("test_target.py", {
      TARGET: JSON.stringify(bin("target-flightsql")),
      TARGET_CONFIG: JSON.stringify({ url: server.url }),
    });
    // The sixteen of its suite, its two that are not in there, and three of files that have no test.
    assert.deepEqual(
      outcomes.map((outcome) => outcome.split(" ")[0]),
      Array<string>(21).fill("PASSED"),
    );
  });
});

interface Message {
  readonly type: string;
  readonly stream: string;
  readonly record: object;
  readonly key_properties?: readonly string[];
}

/** The tables that a file has to end in: rows by key, what a later record lacks stays; without a key every row. */
function modelOf(messages: readonly Message[]): Map<string, object[]> {
  interface Stream {
    keys: readonly string[];
    readonly rows: Map<string, object>;
  }
  const streams = new Map<string, Stream>();
  for (const { type, stream, record, key_properties } of messages) {
    const known: Stream = streams.get(stream) ?? {
      keys: [],
      rows: new Map<string, object>(),
    };
    if (type === "SCHEMA") known.keys = key_properties ?? [];
    if (type === "SCHEMA") streams.set(stream, known);
    if (type !== "RECORD") continue;
    const { keys, rows } = known;
    const values = new Map<string, unknown>(Object.entries(record));
    const key = JSON.stringify(
      keys.length > 0 ? keys.map((name) => values.get(name)) : rows.size,
    );
    rows.set(key, { ...rows.get(key), ...record });
  }
  return new Map(
    [...streams].map(([stream, { rows }]) => [stream, [...rows.values()]]),
  );
}

/** Without what a database has and JSON lacks: columns that are NULL; objects in text columns. */
function plain(value: unknown): unknown {
  if (typeof value === "string" && /^[[{]/.test(value))
    return plain(JSON.parse(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, plain(member)]),
  );
}

const sorted = (rows: readonly unknown[]) =>
  rows.map((row) => JSON.stringify(plain(row))).sort();

describe("files of the Singer SDK", { skip }, () => {
  const files = skip === false ? filesOfSdk() : [];
  /** What has to fail, and with what. */
  const refused = new Map([
    ["invalid_schema", /needs an object `properties`/],
    ["record_before_schema", /a SCHEMA of the stream has to come before/],
    ["record_missing_key_property", /column "id" is missing/],
    ["record_missing_required_property", /column "id" is missing/],
  ]);

  test("are all there", () => {
    assert.ok(files.length >= 19);
  });

  for (const { name, text } of files)
    test(`${name} ends in the rows that it says`, async () => {
      await using server = await Server.start();
      const config = new Folder().file("config.json", { url: server.url });
      const args = ["--config", config];
      const { code, stdout, stderr } = await run("target-flightsql", args, {
        stdin: text,
      });
      const reason = refused.get(name);
      if (reason !== undefined) {
        assert.notEqual(code, 0);
        assert.match(stderr, reason);
        assert.equal(stdout, "");
        return;
      }
      assert.equal(code, 0, stderr);
      const messages = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Message);
      const model = modelOf(messages);
      assert.deepEqual(await server.tables(), [...model.keys()].sort());
      for (const [stream, rows] of model) {
        const sql = `SELECT to_json(t)::VARCHAR FROM "${stream}" t`;
        const loaded = (await server.rows(sql)).map(
          ([json]) => JSON.parse(json ?? "") as unknown,
        );
        assert.deepEqual(sorted(loaded), sorted(rows), stream);
      }
    });
});

/** The files that come with the SDK for tests of targets. */
function filesOfSdk(): { readonly name: string; readonly text: string }[] {
  const where =
    "import importlib.resources as r; print(r.files('singer_sdk.testing.target_test_streams'))";
  const path = execFileSync(python, ["-c", where], { encoding: "utf8" }).trim();
  return readdirSync(path)
    .filter((file) => file.endsWith(".singer"))
    .map((file) => ({
      name: file.replace(".singer", ""),
      text: readFileSync(join(path, file), "utf8"),
    }));
}

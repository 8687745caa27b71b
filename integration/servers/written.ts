import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { roundToFloat16 } from "../../src/json/float16.js";
import { plainText, rawAt } from "../conformance/raw-json.js";
import { states } from "../process/messages.js";
import { run, type Folder } from "../process/programs.js";
import { schema, state } from "../process/singer-lines.js";
import type { Product, Running } from "./product.js";

/** What becomes of a column of integration/golden/every-kind.ts that is loaded into a server. */
export type Written =
  /** Arrow type of the column that the target made; it has every value. */
  | string
  /** The target says this and loads nothing. */
  | { readonly refused: RegExp }
  /** The server loses this of the values, or tells them wrong. */
  | { readonly type: string; readonly fault: RegExp };

interface GoldenSchema {
  readonly schema: {
    readonly properties: Readonly<
      Record<string, { readonly "x-arrow-type": string }>
    >;
  };
}

const golden = join(import.meta.dirname, "../golden/every-kind.singer.jsonl");
const [schemaLine = "", ...records] = readFileSync(golden, "utf8")
  .split("\n")
  .filter((line) => /^\{"type":"(SCHEMA|RECORD)"/.test(line));
const { id, ...columns } = (JSON.parse(schemaLine) as GoldenSchema).schema
  .properties;

/** Loads every column of the golden table into a table of its own, and looks at what is there then. */
export async function proveWritten(
  product: Product,
  running: Running,
  folder: Folder,
): Promise<void> {
  const { target, written } = product;
  const { settings } = running;
  assert.deepEqual(Object.keys(written), Object.keys(columns));
  const best = { ...settings, ...target, load_method: "append-only" };
  const config = folder.file("written.json", best);
  for (const [name, expected] of Object.entries(written))
    await proveColumn(product, running, {
      table: `written_${name}`,
      name,
      expected,
      config,
    });
  // Texts in SQL are another matter: quotes, and NUL.
  await proveColumn(product, running, {
    table: "inserted_utf8",
    name: "utf8",
    expected: written["utf8"] ?? "string",
    config: folder.file("inserted.json", {
      ...best,
      load_via: product.inserts,
    }),
  });
}

/** A column to be loaded. */
interface Loaded {
  readonly table: string;
  readonly name: string;
  readonly expected: Written;
  /** Path of the target's config. */
  readonly config: string;
}

async function proveColumn(
  { made }: Product,
  { oracle }: Running,
  { table, name, expected, config }: Loaded,
): Promise<void> {
  const values = records.map((line) => rawAt(line, "record", name) ?? "null");
  const stdin = [
    schema(table, { id, [name]: columns[name] }, ["id"]),
    ...recordLines(table, name, values),
    state({ done: true }),
    "",
  ].join("\n");
  const { code, stdout, stderr } = await run(
    "target-flightsql",
    ["--config", config],
    { stdin },
  );
  if (typeof expected === "object" && "refused" in expected) {
    assert.notEqual(code, 0, name);
    assert.match(stderr, /^CRITICAL \[(unsupported|invalid_data)\] /m);
    assert.match(stderr, expected.refused);
    assert.deepEqual(states(stdout), [], name);
    return;
  }
  assert.equal(code, 0, stderr);
  const { type, fault } =
    typeof expected === "string"
      ? { type: expected, fault: undefined }
      : expected;
  const sql = `SELECT * FROM ${made.replace("{}", table)}`;
  const { [name]: found } = await oracle.types(sql);
  assert.equal(found, type, name);
  const told = values.map((value) => stored(name, value, type));
  const lines = recordLines(table, name, told);
  const differences = await oracle.differences(sql, lines, ["id"]);
  if (fault === undefined) assert.deepEqual(differences, []);
  else assert.match(differences.join("\n"), fault);
}

function recordLines(
  table: string,
  name: string,
  values: readonly string[],
): string[] {
  return values.map(
    (value, index) =>
      `{"type":"RECORD","stream":"${table}","record":{"id":${String(index + 1)},"${name}":${value}}}`,
  );
}

/** A value of JSON as a column of another type must have it: what has no type of its own is stored as its text. */
function stored(name: string, value: string, type: string): string {
  if (value === "null") return value;
  const arrow = columns[name]?.["x-arrow-type"] ?? "";
  if (arrow === "halffloat") return String(roundToFloat16(Number(value)));
  if (arrow === "bool" && type === "int64") return value === "true" ? "1" : "0";
  if (type !== "string") return value;
  const isWall = arrow.includes("timestamp[") && !arrow.includes("tz=");
  // The `Z` of a wall clock is what JSON Schema's date-time asks for; it is no part of the value.
  return JSON.stringify(
    plainText(isWall ? value.replaceAll(/(\d)Z"/g, '$1"') : value),
  );
}

/**
 * Writes what is derived from the code: specs/config/*.json, specs/meltano/*.json, specs/types.json and the tables of README.md.
 * `npm run specs` runs it, and CI fails when that changes a file.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Kind } from "../src/arrow/kind.js";
import {
  binary,
  bool,
  field,
  float64,
  int32,
  int64,
  uint64,
  utf8,
  type DataType,
} from "../src/arrow/schema.js";
import { typeName } from "../src/arrow/type-name.js";
import type { Role } from "../src/engine.js";
import { engines } from "../src/engines/index.js";
import { Failure } from "../src/failure.js";
import { schemaOfRows as airbyteSchema } from "../src/protocols/airbyte/types.js";
import {
  isMap,
  parseJson,
  writeJson,
  type JsonObject,
  type JsonSource,
  type JsonValue,
} from "../src/protocols/json-value.js";
import { schemaOfRows as singerSchema } from "../src/protocols/singer/types.js";
import { ansi } from "../src/sql/ansi.js";
import { typeText, type Dialect } from "../src/sql/dialect.js";
import { duckdb } from "../src/sql/duckdb.js";
import { matrixTable } from "./matrix.js";
import { meltanoPlugin } from "./meltano.js";

const folder = import.meta.dirname;

/** One type to stand for each kind. */
const samples: Readonly<Record<Kind, DataType>> = {
  null: { type: "null" },
  bool,
  int: int64,
  uint64,
  float: float64,
  decimal: { type: "decimal", bits: 128, precision: 38, scale: 9 },
  utf8,
  binary,
  date: { type: "date", unit: "day" },
  time: { type: "time", unit: "us" },
  timestamp: { type: "timestamp", unit: "us", timezone: "UTC" },
  duration: { type: "duration", unit: "us" },
  interval: { type: "interval", unit: "month_day_nano" },
  list: { type: "list", addressing: "offset32", item: field("item", int32) },
  struct: { type: "struct", fields: [field("a", int32), field("b", utf8)] },
  map: {
    type: "map",
    keysSorted: false,
    entries: field(
      "entries",
      {
        type: "struct",
        fields: [field("key", utf8, false), field("value", int32)],
      },
      false,
    ),
  },
  union: {
    type: "union",
    mode: "dense",
    typeIds: [0, 1],
    fields: [field("number", int32), field("text", utf8)],
  },
};

interface TypeRow {
  readonly arrow: string;
  readonly singer: JsonValue;
  readonly airbyte: JsonValue;
  readonly ansi: string | null;
  readonly duckdb: string | null;
}

function typeRow(type: DataType): TypeRow {
  const schema = { fields: [field("v", type)] };
  return {
    arrow: typeName(type),
    singer: columnOf(singerSchema(schema)),
    airbyte: columnOf(airbyteSchema(schema)),
    ansi: ddl(ansi, type),
    duckdb: ddl(duckdb, type),
  };
}

/** Schema of the one column, with the digits of its numbers. */
function columnOf(rows: JsonObject): JsonValue {
  return member(member(parseJson(writeJson(rows)), "properties"), "v");
}

function member(value: JsonValue, key: string): JsonValue {
  const found = isMap(value) ? value.get(key) : undefined;
  if (found === undefined) throw new Error(`there is no ${key}`);
  return found;
}

/** Null where the dialect has no such type. */
function ddl(dialect: Dialect, type: DataType): string | null {
  try {
    return typeText(dialect, type);
  } catch (error) {
    if (Failure.from(error).code === "unsupported") return null;
    throw error;
  }
}

function write(path: string, text: string): void {
  writeFileSync(join(folder, path), `${text}\n`);
}

function settingsTable(schema: object): string {
  const { properties } = schema as {
    properties: Readonly<
      Record<string, { description: string; default?: unknown }>
    >;
  };
  const rows = Object.entries(properties).map(
    ([name, { description, default: value }]) =>
      `| \`${name}\` | ${value === undefined ? "" : `\`${JSON.stringify(value)}\``} | ${description.replaceAll("|", "\\|")} |`,
  );
  return [
    "| Setting | Default | Meaning |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function typesTable(types: Readonly<Record<string, TypeRow>>): string {
  const code = (value: JsonSource) =>
    value === null
      ? "–"
      : `\`${typeof value === "string" ? value : writeJson(value)}\``;
  const plain = (value: JsonValue) => {
    if (!isMap(value)) throw new Error("a column's schema is an object");
    return new Map([...value].filter(([key]) => key !== "x-arrow-type"));
  };
  const rows = Object.entries(types).map(
    ([kind, row]) =>
      `| ${kind} | ${code(row.arrow)} | ${code(plain(row.singer))} | ${code(plain(row.airbyte))} | ${code(row.ansi)} | ${code(row.duckdb)} |`,
  );
  return [
    "| Kind | Arrow, for example | Singer | Airbyte | ANSI SQL | DuckDB |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Replaces what stands between the markers `<!-- name -->` and `<!-- /name -->` of README.md. */
function fillReadme(tables: Readonly<Record<string, string>>): void {
  const path = join(folder, "../README.md");
  let text = readFileSync(path, "utf8");
  for (const [name, table] of Object.entries(tables)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const from = text.indexOf(open) + open.length;
    const to = text.indexOf(close);
    if (to < from) throw new Error(`README.md has no place for ${name}`);
    text = `${text.slice(0, from)}\n\n${table}\n\n${text.slice(to)}`;
  }
  writeFileSync(path, text);
}

const roles: readonly Role[] = ["source", "destination"];
const text = (value: object) => JSON.stringify(value, undefined, 2);
for (const engine of engines)
  for (const role of roles)
    write(
      `config/${engine.name}.${role}.json`,
      text(engine.configSchema(role)),
    );

const types = Object.fromEntries(
  Object.entries(samples).map(([kind, type]) => [kind, typeRow(type)]),
);
write("types.json", writeJson(types as unknown as JsonObject, 2));

const [flightsql] = engines;
if (flightsql === undefined) throw new Error("there is no engine");
for (const role of roles) {
  const plugin = meltanoPlugin(role, flightsql.configSchema(role));
  write(`meltano/${plugin.name}.json`, text(plugin));
}
fillReadme({
  "settings of a source": settingsTable(flightsql.configSchema("source")),
  "settings of a destination": settingsTable(
    flightsql.configSchema("destination"),
  ),
  types: typesTable(types),
  "matrix of servers": matrixTable("server"),
  "matrix of clients": matrixTable("client"),
});

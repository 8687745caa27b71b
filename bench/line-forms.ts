import type { DuckDBType } from "@duckdb/node-api";
import { jsonSchemaOf } from "./json-schema.js";

export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
  readonly nullable: boolean;
}

/** How a set is told in lines. */
export interface LineForm {
  readonly protocol: "singer" | "airbyte";
  /** Text of the configured catalog (Airbyte only). */
  readonly catalog?: (set: string, columns: readonly Column[]) => object;
  /** Messages before the records. */
  readonly head: (set: string, columns: readonly Column[]) => readonly object[];
  /** SQL of a record's line. DuckDB writes the records, so that no figure rests on our own writer. */
  readonly record: (set: string, columns: readonly Column[]) => string;
  /** Messages behind the records. */
  readonly tail: (set: string) => readonly object[];
}

const singer: LineForm = {
  protocol: "singer",
  head: (set, columns) => [
    {
      type: "SCHEMA",
      stream: set,
      schema: rowSchema(columns),
      key_properties: [],
    },
  ],
  record: (set, columns) =>
    `'{"type":"RECORD","stream":"${set}","record":' || ${object(columns)} || '}'`,
  tail: (set) => [{ type: "STATE", value: { bench: set } }],
};

/** With the white space of Python's json.dumps, the columns in the opposite order of the SCHEMA's. Flat sets only. */
const spaced: LineForm = {
  ...singer,
  record: (set, columns) => {
    const members = columns
      .toReversed()
      .map(
        (column) =>
          `'"${column.name}": ' || coalesce(CAST(to_json(${valueOf(column)}) AS VARCHAR), 'null')`,
      );
    return `'{"type": "RECORD", "stream": "${set}", "record": {' || ${members.join(" || ', ' || ")} || '}}'`;
  },
};

const airbyte: LineForm = {
  protocol: "airbyte",
  catalog: (set, columns) => ({
    streams: [
      {
        stream: {
          name: set,
          json_schema: rowSchema(columns),
          supported_sync_modes: ["full_refresh"],
        },
        sync_mode: "full_refresh",
        destination_sync_mode: "append",
      },
    ],
  }),
  head: (set) => [streamStatus(set, "STARTED")],
  record: (set, columns) =>
    `'{"type":"RECORD","record":{"stream":"${set}","data":' || ${object(columns)} || ',"emitted_at":1704067200000}}'`,
  tail: (set) => [streamStatus(set, "COMPLETE")],
};

export const lineForms = { singer, spaced, airbyte } as const;
export type LineFormName = keyof typeof lineForms;

/** SQL of a row's JSON text. */
export function object(columns: readonly Column[]): string {
  const members = columns.map(
    (column) => `"${column.name}": ${valueOf(column)}`,
  );
  return `CAST(to_json({${members.join(", ")}}) AS VARCHAR)`;
}

/** Date-times as RFC 3339 wants them, which to_json does not. */
function valueOf({ name, type }: Column): string {
  return type.toString() === "TIMESTAMP"
    ? `strftime("${name}", '%Y-%m-%dT%H:%M:%S.%fZ')`
    : `"${name}"`;
}

function rowSchema(columns: readonly Column[]): object {
  const properties = Object.fromEntries(
    columns.map(({ name, type, nullable }) => [
      name,
      jsonSchemaOf(type, nullable),
    ]),
  );
  return { type: "object", properties };
}

function streamStatus(set: string, status: string): object {
  const trace = {
    type: "STREAM_STATUS",
    emitted_at: 1_704_067_200_000,
    stream_status: { stream_descriptor: { name: set }, status },
  };
  return { type: "TRACE", trace };
}

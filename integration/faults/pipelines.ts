import type { Server } from "../process/server.js";

/** Tables of the schema `main`, and how they get into a schema that has the pipeline's name. */
export interface Pipeline {
  readonly name: string;
  /** Entries of the catalog. */
  readonly streams: readonly object[];
  readonly tap: object;
  readonly target: object;
  /** Queries without rows when everything has arrived. */
  readonly differences: readonly string[];
  /** A query without rows at any time, if the table is there. */
  readonly never?: { readonly table: string; readonly sql: string };
}

const accounts = "SELECT id, changed, amount FROM";
const people = "SELECT id, generation, name FROM";
const ticks = 'id, "at", note FROM';

/** Rows that are in one of two results only. */
function difference(one: string, other: string): string {
  return `(${one} EXCEPT ALL ${other}) UNION ALL (${other} EXCEPT ALL ${one})`;
}

function entry(table: string, replicationKey?: string): object {
  return {
    tap_stream_id: `main-${table}`,
    replication_key: replicationKey,
    key_properties: ["id"],
    metadata: [],
  };
}

export const pipelines: readonly Pipeline[] = [
  {
    name: "upserted",
    streams: [entry("accounts", "changed"), entry("people")],
    tap: { emit_activate_version_messages: true },
    // Rows that a full table has no more are deleted.
    target: {
      load_method: "upsert",
      add_record_metadata: true,
      hard_delete: true,
    },
    differences: [
      difference(`${accounts} accounts`, `${accounts} upserted.accounts`),
      difference(`${people} people`, `${people} upserted.people`),
    ],
  },
  {
    name: "appended",
    streams: [entry("ticks", "at")],
    tap: {},
    target: { load_method: "append-only" },
    // At least once.
    differences: [
      difference(
        `SELECT ${ticks} ticks`,
        `SELECT DISTINCT ${ticks} appended.ticks`,
      ),
    ],
  },
  {
    name: "overwritten",
    streams: [entry("people")],
    tap: {},
    target: { load_method: "overwrite" },
    differences: [
      difference(`${people} people`, `${people} overwritten.people`),
    ],
    // A reader sees a whole table, of one run or another.
    never: {
      table: "people",
      sql: "SELECT count(*) FROM overwritten.people HAVING count(DISTINCT generation) <> 1 OR count(*) < 15000",
    },
  },
];

/** Rows of what must never be. */
export async function violations(
  server: Server,
  { name, never }: Pipeline,
): Promise<readonly unknown[]> {
  if (never === undefined) return [];
  const found = await server.rows(
    `SELECT 1 FROM duckdb_tables() WHERE schema_name = '${name}' AND table_name = '${never.table}'`,
  );
  return found.length === 0 ? [] : server.rows(never.sql);
}

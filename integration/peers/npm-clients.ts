import { createRequire } from "node:module";
import { join } from "node:path";

import { npmPackages } from "../cache.js";
import type { Address, Client, Said } from "./client.js";

/** Folder with every client for Flight SQL that npm has. */
export function npmClients(): string {
  return npmPackages([
    "@firetiger-oss/flight-sql-client@1.1.1",
    "@gizmodata/gizmosql-client@1.4.3",
    "@lancedb/arrow-flight-sql-client@0.3.0",
  ]);
}

// Each client is tried in a process of its own: google-protobuf keeps the messages of all in one global place.

/** A table of apache-arrow, as far as it is looked at. */
interface Table {
  readonly numRows: number;
  readonly schema: {
    readonly fields: readonly {
      readonly name: string;
      readonly type: object;
    }[];
  };
  toArray(): readonly { toJSON(): Readonly<Record<string, unknown>> }[];
  getChild(name: string): Iterable<bigint> | null;
}

/** What `@gizmodata/gizmosql-client` shares with `@firetiger-oss/flight-sql-client`, which it comes from. */
interface FlightSqlClient {
  connect(): Promise<void>;
  close(): Promise<void>;
  execute(sql: string): Promise<Table>;
  getQuerySchema(sql: string): Promise<Table["schema"]>;
  prepare(sql: string): Promise<{ readonly handle: Uint8Array }>;
  executePrepared(prepared: object): Promise<readonly unknown[]>;
  getSqlInfo?(ids: readonly number[]): Promise<ReadonlyMap<number, unknown>>;
  getCatalogs(): Promise<readonly string[]>;
  getSchemas(): Promise<readonly object[]>;
  getTables(
    catalog: string,
    schema: string,
  ): Promise<
    readonly { readonly tableName: string; readonly tableType: string }[]
  >;
  getTableTypes(): Promise<readonly string[]>;
  getPrimaryKeys(
    catalog: string,
    schema: string,
    table: string,
  ): Promise<readonly { readonly columnName: string }[]>;
}

interface FlightSqlModule {
  readonly FlightSQLClient: new (settings: object) => FlightSqlClient;
}

interface LanceModule {
  readonly Client: {
    connect(settings: object): Promise<{
      query(sql: string): Promise<{
        collectToObjects(): Promise<
          readonly Readonly<Record<string, unknown>>[]
        >;
      }>;
    }>;
  };
}

const everyType = "SELECT * FROM every_type ORDER BY id";
const million = "SELECT * FROM range(1000000) AS r(n)";
const nowhere = "SELECT * FROM nowhere";

/** Functions by feature. */
type Tries = Readonly<Record<string, () => Promise<unknown>>>;

async function tell(tries: Tries): Promise<readonly Said[]> {
  const all: Said[] = [];
  for (const [feature, run] of Object.entries(tries))
    try {
      all.push({ feature, value: plain(await run()) });
    } catch (error) {
      all.push({ feature, error: messageOf(error) });
    }
  return all;
}

/** Values as JSON, with the big integers as text. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === "bigint" ? part.toString() : part,
    ),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function failure(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    const [line = ""] = messageOf(error).split("\n", 1);
    return line.replace(/:\d+/, "");
  }
  return "no error";
}

function sum(values: Iterable<unknown>): bigint {
  let total = 0n;
  for (const value of values) if (typeof value === "bigint") total += value;
  return total;
}

const rowsOf = (table: Table) => table.toArray().map((row) => row.toJSON());

async function flightSql(
  name: string,
  folder: string,
  { port, ...login }: Address,
): Promise<readonly Said[]> {
  const { FlightSQLClient } = createRequire(join(folder, "package.json"))(
    name,
  ) as FlightSqlModule;
  const settings = { host: "127.0.0.1", port, plaintext: true, ...login };
  const client = new FlightSQLClient(settings);
  await client.connect();
  const said = await tell({
    "log in": async () => rowsOf(await client.execute("SELECT 1 AS one")),
    "wrong password": () =>
      failure(() =>
        new FlightSQLClient({
          ...settings,
          password: "n0t-the-p4ssword",
        }).connect(),
      ),
    "every type": async () => rowsOf(await client.execute(everyType)),
    "failing SQL": () => failure(() => client.execute(nowhere)),
    "a million rows": async () => {
      const table = await client.execute(million);
      return [table.numRows, sum(table.getChild("n") ?? [])];
    },
    "catalogs, schemas and tables": async () => [
      await client.getCatalogs(),
      await client.getSchemas(),
      (await client.getTables("memory", "main")).map(
        ({ tableName, tableType }) => [tableName, tableType],
      ),
      await client.getTableTypes(),
    ],
    keys: async () =>
      (await client.getPrimaryKeys("memory", "main", "people")).map(
        ({ columnName }) => columnName,
      ),
    "schema of a query": async () =>
      (await client.getQuerySchema("SELECT id FROM people")).fields.map(
        (field) => field.name,
      ),
    "server information": async () => [
      ...((await client.getSqlInfo?.([0, 504])) ?? []),
    ],
    "prepared statement": async () => {
      const prepared = await client.prepare("SELECT id FROM people");
      return (await client.executePrepared(prepared)).length;
    },
  });
  await client.close();
  return said;
}

async function lance(
  name: string,
  folder: string,
  { port, ...login }: Address,
): Promise<readonly Said[]> {
  const { Client: client } = createRequire(join(folder, "package.json"))(
    name,
  ) as LanceModule;
  const settings = {
    host: `127.0.0.1:${String(port)}`,
    insecure: true,
    ...login,
  };
  const query = async (sql: string, more: object = {}) => {
    const connected = await client.connect({ ...settings, ...more });
    return (await connected.query(sql)).collectToObjects();
  };
  return tell({
    "log in": () => query("SELECT 1 AS one"),
    "wrong password": () =>
      failure(() => query("SELECT 1", { password: "n0t-the-p4ssword" })),
    "every type": () => query(everyType),
    "failing SQL": () => failure(() => query(nowhere)),
    "a million rows": async () => {
      const rows = await query(million);
      return [rows.length, sum(rows.map(({ n }) => n))];
    },
  });
}

const first = {
  id: 1,
  bool: true,
  i8: -128,
  u8: 255,
  i16: -32_768,
  u16: 65_535,
  i32: 2_147_483_647,
  u32: 4_294_967_295,
  i64: "-9223372036854775808",
  u64: "18446744073709551615",
  f32: Math.fround(0.1),
  f64: 5e-324,
  // apache-arrow tells decimals without their scale.
  dec: '"12345678901234567890123456789123456789"',
  text: 'ü "x"',
  bin: { 0: 0, 1: 255 },
  day: -62_135_596_800_000,
  clock: "86399999999",
  // And timestamps in milliseconds.
  wall: 1_709_208_000_123.456,
  instant: 1_709_200_800_123.456,
  list: [1, null],
  struct: { a: 1, b: "x" },
  map: { k: "9007199254740993" },
};
const rows = [
  first,
  {
    ...Object.fromEntries(Object.keys(first).map((name) => [name, null])),
    id: 2,
  },
];

const queries = {
  "log in": [{ one: 1 }],
  "every type": rows,
  "a million rows": [1_000_000, "499999500000"],
} as const;

const metadata = [
  ["memory"],
  [{ catalog: "memory", schema: "main" }],
  [
    ["every_type", "BASE TABLE"],
    ["names", "VIEW"],
    ["people", "BASE TABLE"],
    ["pets", "BASE TABLE"],
  ],
  ["BASE TABLE", "VIEW"],
];

const unwrapped = {
  outcome: "fault",
  why: "its commands are not wrapped in google.protobuf.Any",
  error: /the call holds no command of Flight SQL/,
} as const;

const unprepared = {
  outcome: "fault",
  why: "it sends a FlightDescriptor where DoAction takes an Action",
  error: /Expected argument of type arrow\.flight\.protocol\.Action/,
} as const;

const missingTable = "Catalog Error: Table with name nowhere does not exist!";

export const firetiger: Client = {
  id: "firetiger",
  name: "@firetiger-oss/flight-sql-client",
  version: "1.1.1",
  install: npmClients,
  tries: (folder, address) => flightSql(firetiger.name, folder, address),
  expected: {
    ...queries,
    // The reason is not passed on.
    "wrong password": "Failed to connect to 127.0.0.1",
    "failing SQL": `5 NOT_FOUND: ${missingTable}`,
  },
  exceptions: {
    "catalogs, schemas and tables": unwrapped,
    keys: unwrapped,
    "schema of a query": unwrapped,
    "prepared statement": unprepared,
  },
};

export const gizmosql: Client = {
  id: "gizmosql",
  name: "@gizmodata/gizmosql-client",
  version: "1.4.3",
  install: npmClients,
  tries: (folder, address) => flightSql(gizmosql.name, folder, address),
  expected: {
    ...queries,
    "wrong password":
      "Failed to connect to 127.0.0.1: the user name or the password is wrong",
    "failing SQL": `Failed to execute query: ${missingTable}`,
    "catalogs, schemas and tables": metadata,
    "server information": [
      [0, "flightsync"],
      [504, '"'],
    ],
  },
  exceptions: {
    keys: unwrapped,
    "schema of a query": unwrapped,
    "prepared statement": unprepared,
  },
};

export const lancedb: Client = {
  id: "lancedb",
  name: "@lancedb/arrow-flight-sql-client",
  version: "0.3.0",
  install: npmClients,
  tries: (folder, address) => lance(lancedb.name, folder, address),
  expected: {
    ...queries,
    "wrong password":
      "16 UNAUTHENTICATED: the user name or the password is wrong",
    "failing SQL": `5 NOT_FOUND: ${missingTable}`,
  },
  exceptions: {},
};

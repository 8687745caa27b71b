import { createRequire } from "node:module";
import { join } from "node:path";

import type { Address, Said } from "./client.js";

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

/** The authority that the clients know: grpc-js reads the file when it is loaded, which is when a client is. */
function trust({ tls }: Address): void {
  process.env["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = tls.ca;
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

/** Tries `@firetiger-oss/flight-sql-client` or `@gizmodata/gizmosql-client`. */
export async function flightSql(
  name: string,
  folder: string,
  address: Address,
): Promise<readonly Said[]> {
  trust(address);
  const { port, tls, ...login } = address;
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
    TLS: async () => {
      const { port } = tls;
      const secured = new FlightSQLClient({
        host: "localhost",
        port,
        ...login,
      });
      await secured.connect();
      const rows = rowsOf(await secured.execute("SELECT 1 AS one"));
      await secured.close();
      return rows;
    },
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

/** Tries `@lancedb/arrow-flight-sql-client`. */
export async function lance(
  name: string,
  folder: string,
  address: Address,
): Promise<readonly Said[]> {
  trust(address);
  const { port, tls, ...login } = address;
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
    TLS: () =>
      query("SELECT 1 AS one", {
        host: `localhost:${String(tls.port)}`,
        insecure: false,
      }),
    "every type": () => query(everyType),
    "failing SQL": () => failure(() => query(nowhere)),
    "a million rows": async () => {
      const rows = await query(million);
      return [rows.length, sum(rows.map(({ n }) => n))];
    },
  });
}

// A query's rows as apache-arrow's record batches, by a Flight SQL client of npm that is installed outside of the project.
import { createRequire } from "node:module";
import { join } from "node:path";
import { argument, timed } from "../timed.js";

/** What the clients give out, as far as it is looked at. */
interface Counted {
  readonly numRows: number;
}

interface FlightSqlModule {
  readonly FlightSQLClient: new (settings: object) => {
    connect(): Promise<void>;
    execute(sql: string): Promise<Counted>;
    close(): Promise<void>;
  };
}

interface LanceModule {
  readonly Client: {
    connect(settings: object): Promise<{
      query(sql: string): Promise<{
        collectToArrow(): Promise<readonly Counted[]>;
      }>;
    }>;
  };
}

const { address, table, folder, name } = argument() as {
  /** `host:port` */
  readonly address: string;
  readonly table: string;
  readonly folder: string;
  /** Of the package. */
  readonly name: string;
};
const sql = `SELECT * FROM "${table}"`;
const module_ = createRequire(join(folder, "package.json"))(name) as
  FlightSqlModule | LanceModule;
// Each of them wants to log in, and the server lets anyone.
const login = { username: "bench", password: "bench" };

if ("FlightSQLClient" in module_) {
  const [host, port] = address.split(":");
  const settings = { host, port: Number(port), plaintext: true, ...login };
  const client = new module_.FlightSQLClient(settings);
  await client.connect();
  await timed(name, async () => ({
    rows: (await client.execute(sql)).numRows,
  }));
  await client.close();
} else {
  const settings = { host: address, insecure: true, ...login };
  const client = await module_.Client.connect(settings);
  await timed(name, async () => {
    const batches = await (await client.query(sql)).collectToArrow();
    return { rows: batches.reduce((sum, { numRows }) => sum + numRows, 0) };
  });
  // It has no way to close its connection.
  process.exit();
}

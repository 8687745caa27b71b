import { toApacheSchema } from "../arrow/to-record-batch.js";
import type { Schema as ApacheSchema } from "apache-arrow";
import { FlightClient } from "../drivers/flight/client.js";
import type { ForeignKeyColumn } from "../drivers/flight/keys.js";
import type { TableFilter } from "../drivers/flight/metadata.js";
import type { FlightOptions } from "../drivers/flight/options.js";
import type {
  SessionOption,
  SessionOptions,
} from "../drivers/flight/sessions.js";
import type { SqlInfoValue } from "../drivers/flight/sql-info-value.js";
import type { Statement } from "../drivers/flight/statement.js";
import type { XdbcTypeInfo } from "../drivers/flight/xdbc-type-info.js";
import { Failure } from "../failure.js";
import type { LogLevel } from "../message.js";
import { Statements } from "./statements.js";
import { tableName } from "./tables.js";
import type { TableInfo, TableRef } from "./tables.js";
import { Transaction } from "./transaction.js";

/** Settings of a connection; all are optional. */
export interface ConnectOptions extends Omit<FlightOptions, "url"> {
  /** Ends the connection and everything on it. */
  readonly signal?: AbortSignal | undefined;
  /** What the driver has to say. @default warnings by `process.emitWarning` */
  readonly log?: ((level: LogLevel, message: string) => void) | undefined;
}

/**
 * Connects to a Flight SQL server and logs in.
 *
 * ```ts
 * await using db = await connect("flightsql://localhost:31337?transport=tcp");
 * for await (const batch of await db.query("SELECT * FROM trips")) console.log(batch.numRows);
 * ```
 * @param url `flightsql://[user[:password]@]host[:port][?transport=tls|tcp]`; TLS is the default.
 * @throws Failure(invalid_config | unavailable | timeout | unauthenticated | …)
 */
export async function connect(
  url: string,
  {
    signal = new AbortController().signal,
    log = warn,
    ...options
  }: ConnectOptions = {},
): Promise<Database> {
  const client = await FlightClient.connect(
    { ...options, url: textOf(url) },
    { signal, log },
  );
  return new Database(client);
}

/** Callers without types may give anything, such as options alone. */
function textOf(url: unknown): string {
  if (typeof url === "string") return url;
  throw new Failure(
    "invalid_config",
    "connect takes the URL first, as text, and options behind it: connect('flightsql://host:port', { username, password })",
  );
}

function warn(level: LogLevel, message: string): void {
  if (level === "warn" || level === "error")
    process.emitWarning(message, "FlightsyncWarning");
}

/**
 * A connection to a Flight SQL server. Calls may run side by side, and each takes an AbortSignal. Close it by
 * `close` or an `await using` block.
 */
export class Database extends Statements implements AsyncDisposable {
  protected override get transactionId(): undefined {
    return undefined;
  }

  /** @throws Failure(unsupported) by servers without transactions. */
  begin(): Promise<Transaction> {
    return Transaction.begin(this.client);
  }

  /** Runs `body` in a transaction: commits when it returns, and rolls back when it throws. */
  async transaction<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx = await this.begin();
    let value: T;
    try {
      value = await body(tx);
    } catch (error) {
      // The first error is the one to tell; a rollback that fails too leaves the server to its own timeout.
      await tx[Symbol.asyncDispose]().catch(() => undefined);
      throw error;
    }
    if (!tx.hasEnded) await tx.commit();
    return value;
  }

  /** The schema that a query's result has, without running it. Few servers tell it. */
  async executeSchema(statement: Statement): Promise<ApacheSchema> {
    return toApacheSchema(await this.client.executeSchema(statement));
  }

  /** Facts about the server by their ids (`SqlInfo`); all that it tells when none are given. */
  sqlInfo(
    ids: readonly number[] = [],
  ): Promise<ReadonlyMap<number, SqlInfoValue>> {
    return this.client.sqlInfo(ids);
  }

  catalogs(): Promise<string[]> {
    return this.client.catalogs();
  }

  /** Names of database schemas; `catalog` is exact, `pattern` a LIKE pattern. */
  dbSchemas(
    filter: { catalog?: string; pattern?: string } = {},
  ): Promise<string[]> {
    return this.client.dbSchemas(filter);
  }

  /** Tables and views, with their columns when `includeSchema` is set and the server tells them. */
  async tables({
    includeSchema = false,
    ...filter
  }: TableFilter & { readonly includeSchema?: boolean } = {}): Promise<
    TableInfo[]
  > {
    const tables: TableInfo[] = [];
    for await (const found of this.client.tables(filter, includeSchema)) {
      const { catalog, dbSchema, name: table, type } = found;
      const schema = found.schema && toApacheSchema(found.schema);
      tables.push({ catalog, dbSchema, table, type, schema });
    }
    return tables;
  }

  /** The server's words for kinds of tables. */
  tableTypes(): Promise<string[]> {
    return this.client.tableTypes();
  }

  /** Column names in key order; empty when there is no key, or the server does not tell keys. */
  primaryKeys(table: TableRef): Promise<readonly string[]> {
    return this.client.primaryKeys(tableName(table));
  }

  /** Foreign keys that `table` has. */
  importedKeys(table: TableRef): Promise<ForeignKeyColumn[]> {
    return this.client.importedKeys(tableName(table));
  }

  /** Foreign keys of other tables that refer to `table`. */
  exportedKeys(table: TableRef): Promise<ForeignKeyColumn[]> {
    return this.client.exportedKeys(tableName(table));
  }

  /** Foreign keys of `fk` that refer to `pk`. */
  crossReference(pk: TableRef, fk: TableRef): Promise<ForeignKeyColumn[]> {
    return this.client.crossReference(tableName(pk), tableName(fk));
  }

  /** Data types of the server; only those of one XdbcDataType when it is given. */
  xdbcTypeInfo(dataType?: number): Promise<XdbcTypeInfo[]> {
    return this.client.xdbcTypeInfo(dataType);
  }

  /**
   * Sets options of the server's session; undefined unsets one.
   * @throws Failure(invalid_config) with every option that the server refused.
   */
  setSessionOptions(options: SessionOptions): Promise<void> {
    return this.client.setSessionOptions(options);
  }

  getSessionOptions(): Promise<ReadonlyMap<string, SessionOption>> {
    return this.client.getSessionOptions();
  }

  /** Ends the session if the server has one, cancels what is running and disconnects. */
  async close(): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

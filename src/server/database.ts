import type {
  Database as Handle,
  PreparedStatement,
} from "@duckdb/node-bindings";
import { Failure } from "../failure.js";
import { loadDuckDB } from "./duckdb/binding.js";
import type { DuckDB } from "./duckdb/binding.js";
import { DuckConnection } from "./duckdb/connection.js";
import { admitNoFiles, lockFiles } from "./local-files.js";
import { admitSettings, lockSettings } from "./settings.js";
import type { ReachableFiles } from "./attach.js";

/**
 * What DuckDB computes ahead of a reader. It counts 16 bytes for a text, however long that is, so that its
 * default of 976 KiB held 40 MiB of texts of 1 KiB for a client that had stalled.
 */
const streamingBuffer = "32KiB";

/**
 * The DuckDB database that is served. Every call has a connection of its own (one takes about 0.1 ms), so that
 * calls run side by side and no setting, temporary table or transaction of one client reaches another.
 */
export class Database {
  readonly duckdb: DuckDB;
  /** For every client. */
  readonly readOnly: boolean;
  readonly #handle: Handle;
  #hasFiles = true;

  private constructor(duckdb: DuckDB, handle: Handle, readOnly: boolean) {
    this.duckdb = duckdb;
    this.#handle = handle;
    this.readOnly = readOnly;
  }

  /**
   * @param path a file, or ":memory:". A file that is to be only read is opened so.
   * @throws Failure(unsupported) without DuckDB, Failure(invalid_config) with DuckDB's reason.
   */
  static async open(path: string, readOnly: boolean): Promise<Database> {
    const duckdb = await loadDuckDB();
    const config = duckdb.create_config();
    if (readOnly && path !== ":memory:")
      duckdb.set_config(config, "access_mode", "READ_ONLY");
    try {
      return new Database(duckdb, await duckdb.open(path, config), readOnly);
    } catch (error) {
      const reason = Failure.from(error).message;
      throw new Failure(
        "invalid_config",
        `${reason} (opening the database ${path})`,
        { cause: error },
      );
    }
  }

  /** A connection outside of any transaction. */
  async connect(readOnly = false): Promise<DuckConnection> {
    const { duckdb } = this;
    const open = await DuckConnection.open(duckdb, this.#handle, readOnly);
    await open.run(`SET streaming_buffer_size = '${streamingBuffer}'`);
    return open;
  }

  /** A connection for a client's statements. */
  async connectClient(readOnly: boolean): Promise<DuckConnection> {
    const connection = await this.connect(readOnly);
    // Whatever a statement's type says, DuckDB itself then refuses what writes.
    if (readOnly) await connection.run("BEGIN TRANSACTION READ ONLY");
    return connection;
  }

  /** Runs statements on a connection of their own. @returns rows that the last one changed */
  async run(sql: string): Promise<number> {
    const connection = await this.connect();
    try {
      return await connection.run(sql);
    } finally {
      connection.close();
    }
  }

  /** From now on no client reaches a file, but for these. */
  async lockFiles(files: ReachableFiles): Promise<void> {
    const connection = await this.connect();
    try {
      await lockFiles(connection, files);
      this.#hasFiles = false;
    } finally {
      connection.close();
    }
  }

  /**
   * Limits what DuckDB allocates for all connections together, as its setting memory_limit takes it: "4GB".
   * @throws Failure(invalid_config) with DuckDB's reason, also where a small table has no room.
   */
  async limitMemory(limit: string): Promise<void> {
    try {
      // DuckDB takes a negative one for none at all.
      if (limit.trim().startsWith("-"))
        throw new Error("a limit must be positive");
      await this.run(
        `SET GLOBAL memory_limit = '${limit.replaceAll("'", "''")}'`,
      );
      await this.run("CREATE TEMP TABLE small AS FROM range(10000)");
    } catch (error) {
      const reason = Failure.from(error).message;
      throw new Failure(
        "invalid_config",
        `${reason} (setting the memory limit to ${limit})`,
        { cause: error },
      );
    }
  }

  /** From now on no client changes a setting that is the server's. */
  async lockSettings(): Promise<void> {
    const connection = await this.connect();
    try {
      await lockSettings(connection);
    } finally {
      connection.close();
    }
  }

  /**
   * Refuses statements that a client may not send.
   * @throws Failure(unauthorized) for one that could write when only reading is allowed, Failure(invalid_input)
   * for BEGIN, COMMIT and ROLLBACK, which would be lost with the call's connection.
   */
  admit(
    { readOnly }: DuckConnection,
    statement: PreparedStatement,
    sql: string,
  ): void {
    const { StatementType } = this.duckdb;
    const type = this.duckdb.prepared_statement_type(statement);
    if (type === StatementType.TRANSACTION)
      throw new Failure(
        "invalid_input",
        "transactions are begun and ended with the actions BeginTransaction and EndTransaction, not with SQL",
      );
    admitSettings(this.duckdb, type, sql);
    if (!this.#hasFiles) admitNoFiles(this.duckdb, type, sql);
    if (!readOnly || type === StatementType.SELECT) return;
    // EXPLAIN ANALYZE runs what it explains.
    if (type === StatementType.EXPLAIN && !/analy[sz]e/i.test(sql)) return;
    throw new Failure(
      "unauthorized",
      `${StatementType[type]} statements are refused: access is read only`,
    );
  }

  /** Whether a statement is of a kind that changes something, such as INSERT and CREATE. */
  changes(statement: PreparedStatement): boolean {
    const { SELECT, EXPLAIN, CALL, PRAGMA, EXECUTE } =
      this.duckdb.StatementType;
    const type = this.duckdb.prepared_statement_type(statement);
    return ![SELECT, EXPLAIN, CALL, PRAGMA, EXECUTE].includes(type);
  }

  /** Whether a statement does nothing but give rows. */
  isQuery(statement: PreparedStatement): boolean {
    const { SELECT } = this.duckdb.StatementType;
    return this.duckdb.prepared_statement_type(statement) === SELECT;
  }

  /** All connections must be closed. Writes the last changes into the file. */
  close(): void {
    this.duckdb.close_sync(this.#handle);
  }
}

import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import type { Stream, TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { Context, Partition } from "../../engine.js";
import type { Dialect } from "../../sql/dialect.js";
import type {
  LoadOptions,
  SqlSession,
  Swap,
  Transaction,
} from "../../sql/session.js";
import { Mutex } from "../../util/mutex.js";
import type { FlightCapabilities } from "./capabilities.js";
import { EndpointPartition } from "./endpoint-partition.js";
import type { LoadVia } from "./load-ways.js";
import { Reflection } from "./reflection.js";
import { StatementRunner, type StatementVia } from "./statement-runner.js";
import type { TableSelection } from "./table-selection.js";
import { WriteLadder } from "./write-ladder.js";

export interface FlightSessionOptions {
  readonly dialect: Dialect;
  readonly capabilities: FlightCapabilities;
  readonly context: Context;
  /** What discovery shows. */
  readonly selection: TableSelection;
  /** Undefined takes the best way that the server has. */
  readonly loadVia: LoadVia | undefined;
  readonly statementBytesMax: number;
  readonly stagingFolder: string | undefined;
  /** Calls that load one staging table side by side. */
  readonly maxParallelism: number;
}

/** What every engine on Flight SQL shares: a `FlightClient` as a SQL session. */
export class FlightSession implements SqlSession {
  readonly swap: Swap;
  readonly readOnly: boolean;
  readonly #client: FlightClient;
  readonly #options: FlightSessionOptions;
  readonly #reflection: Reflection;
  readonly #statements: StatementRunner;
  readonly #ladder: WriteLadder;
  readonly #writes: Mutex | undefined;

  constructor(client: FlightClient, options: FlightSessionOptions) {
    const { dialect, capabilities, context, loadVia } = options;
    this.#client = client;
    this.#options = options;
    this.#writes = dialect.singleWriter ? new Mutex() : undefined;
    this.#reflection = new Reflection(client, dialect, context);
    this.#statements = new StatementRunner(
      client,
      loadVia === "insert_query" ? "query" : undefined,
    );
    this.#ladder = new WriteLadder({
      ...options,
      client,
      session: this,
      via: loadVia,
    });
    this.readOnly = capabilities.readOnly;
    this.swap =
      capabilities.transactions && capabilities.ddlInTransactions
        ? "transaction"
        : dialect.swapWithoutTransaction;
  }

  reflect(only?: readonly TableName[]): AsyncIterable<Stream> {
    return only === undefined
      ? this.#reflection.all(this.#options.selection)
      : this.#reflection.named(only);
  }

  tablesStartingWith(
    table: TableName,
    prefix: string,
  ): Promise<readonly TableName[]> {
    return this.#reflection.startingWith(table, prefix);
  }

  async query(sql: string): Promise<{
    readonly schema: Schema | undefined;
    readonly partitions: readonly Partition[];
  }> {
    const info = await this.#client.query(sql, { replay: "safe" });
    const { schema, endpoints } = info;
    const count = String(endpoints.length);
    const partitions = endpoints.map((endpoint, index) => {
      const label = `endpoint ${String(index + 1)} of ${count}`;
      return new EndpointPartition(label, this.#client, endpoint);
    });
    return { schema, partitions };
  }

  open(partition: Partition): Promise<Schema | undefined> {
    return EndpointPartition.of(partition).open();
  }

  read(partition: Partition, signal: AbortSignal): AsyncIterable<Batch> {
    return EndpointPartition.of(partition).read(signal);
  }

  /** A statement of a transaction has the turn of that transaction. */
  update(sql: string, transaction?: Transaction): Promise<bigint> {
    const run = () => this.#statements.run(sql, transaction);
    return transaction === undefined
      ? this.inTurn(() => this.#client.despiteConflicts("a statement", run))
      : run();
  }

  load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
    options: LoadOptions,
  ): Promise<bigint> {
    return this.#ladder.load(table, schema, batches, options);
  }

  transaction<T>(
    body: (transaction: Transaction | undefined) => Promise<T>,
  ): Promise<T> {
    return this.#options.capabilities.transactions
      ? this.inTurn(() =>
          this.#client.despiteConflicts("a transaction", () =>
            this.#transaction(body),
          ),
        )
      : body(undefined);
  }

  /** How tables are listed; undefined before they were. */
  get listedBy(): string | undefined {
    return this.#reflection.listedBy;
  }

  /** How rows were loaded so far, in words. */
  get loadedBy(): readonly string[] {
    return this.#ladder.used;
  }

  /** How statements travel; undefined until one has run. */
  get statementVia(): StatementVia | undefined {
    return this.#statements.via;
  }

  /** Runs what writes when its turn comes, on engines that take one writer at a time. */
  inTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.#writes === undefined ? run() : this.#writes.run(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #transaction<T>(
    body: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const transaction = await this.#client.beginTransaction();
    let result: T;
    try {
      result = await body(transaction);
    } catch (error) {
      // The first error is the one to tell; a rollback that fails too leaves the server to its own timeout.
      await this.#client
        .endTransaction(transaction, "rollback")
        .catch(() => undefined);
      throw error;
    }
    await this.#client.endTransaction(transaction, "commit");
    return result;
  }
}

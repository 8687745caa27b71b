import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import { displayName, type TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import type { Dialect } from "../../sql/dialect.js";
import { insertStatements, type StatementLimits } from "../../sql/insert.js";
import type { FlightCapabilities } from "./capabilities.js";
import { loadWays, type LoadVia } from "./load-ways.js";
import type { StatementVia } from "./statement-runner.js";

/** One way to bring rows into a table that exists. */
interface Rung {
  readonly description: string;
  /** Asked before the first row is sent, and cheap when asked again. */
  canLoad(table: TableName, schema: Schema): boolean | Promise<boolean>;
  /** @returns rows that the server says it took, or -1n. */
  load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint>;
}

export interface WriteLadderOptions {
  readonly client: FlightClient;
  readonly statements: {
    /** @returns rows that changed, or -1n. */
    readonly run: (sql: string) => Promise<bigint>;
    readonly via: () => StatementVia | undefined;
  };
  readonly dialect: Dialect;
  readonly capabilities: Pick<FlightCapabilities, "ingest" | "statementBytes">;
  readonly context: Context;
  /** Undefined takes the best that the server has. */
  readonly via: LoadVia | undefined;
  /** Bounds one INSERT statement, next to what the server says itself. */
  readonly statementBytesMax: number;
}

/** Rows of one INSERT: parsers of VALUES lists take more than linear time beyond (Sail 0.7.2, measured). */
const statementRowsMax = 1_000;

const commands: Readonly<Record<StatementVia, string>> = {
  update: "CommandStatementUpdate",
  query: "CommandStatementQuery",
};

/** The ways into a server's tables, best first; each load takes the first that the server has. */
export class WriteLadder {
  readonly #options: WriteLadderOptions;
  readonly #rungs: Readonly<Record<LoadVia, Rung>>;
  readonly #told = new Set<LoadVia>();

  constructor(options: WriteLadderOptions) {
    this.#options = options;
    const { client, capabilities, statements } = options;
    this.#rungs = {
      ingest: new IngestRung(client, capabilities.ingest, options.context),
      insert: new InsertRung(options, () => statements.via() !== "query"),
      insert_query: new InsertRung(
        options,
        () => statements.via() !== "update",
      ),
    };
  }

  /** The rung for a table. */
  async rung(table: TableName, schema: Schema): Promise<LoadVia> {
    const { via } = this.#options;
    for (const name of via === undefined ? loadWays : [via])
      if (await this.#rungs[name].canLoad(table, schema)) return name;
    throw new Failure(
      "unsupported",
      via === undefined
        ? `the server has no way to load ${displayName(table)}`
        : `the server cannot load ${displayName(table)} by ${this.#rungs[via].description}, which load_via asks for; leave load_via out`,
    );
  }

  describe(name: LoadVia): string {
    return this.#rungs[name].description;
  }

  async load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint> {
    const name = await this.rung(table, schema);
    if (!this.#told.has(name))
      this.#options.context.log(
        "info",
        `rows are loaded by ${this.describe(name)}`,
      );
    this.#told.add(name);
    return this.#rungs[name].load(table, schema, batches);
  }
}

async function* nothing(): AsyncGenerator<Batch> {}

/** CommandStatementIngest: the server takes Arrow as it is. */
class IngestRung implements Rung {
  readonly description = "bulk ingestion";
  readonly #client: FlightClient;
  readonly #context: Context;
  /** Undefined until the server said, or was asked. */
  #works: boolean | undefined;

  constructor(
    client: FlightClient,
    told: boolean | undefined,
    context: Context,
  ) {
    this.#client = client;
    this.#works = told;
    this.#context = context;
  }

  async canLoad(table: TableName, schema: Schema): Promise<boolean> {
    this.#works ??= await this.#tryWithoutRows(table, schema);
    return this.#works;
  }

  load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint> {
    const target = {
      catalog: table.catalog,
      dbSchema: table.namespace,
      table: table.name,
      mode: "append",
    } as const;
    return this.#client.ingest(target, schema, batches);
  }

  async #tryWithoutRows(table: TableName, schema: Schema): Promise<boolean> {
    try {
      await this.load(table, schema, nothing());
      return true;
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.kind === "transient_error") throw failure;
      this.#context.log("debug", `no bulk ingestion: ${failure.message}`);
      return false;
    }
  }
}

/** Multi-row INSERT statements, each committed by itself. */
class InsertRung implements Rung {
  readonly #options: WriteLadderOptions;
  readonly #limits: StatementLimits;
  readonly #works: () => boolean;

  constructor(options: WriteLadderOptions, works: () => boolean) {
    this.#options = options;
    this.#works = works;
    const told = options.capabilities.statementBytes;
    const bytes = options.statementBytesMax;
    this.#limits = {
      bytes: told > 0 ? Math.min(told, bytes) : bytes,
      rows: statementRowsMax,
    };
  }

  get description(): string {
    const via = this.#options.statements.via();
    const sent = via === undefined ? "" : `, sent as ${commands[via]}`;
    return `INSERT statements of up to ${String(statementRowsMax)} rows${sent}`;
  }

  canLoad(): boolean {
    return this.#works();
  }

  async load(
    table: TableName,
    _schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint> {
    const { dialect, statements } = this.#options;
    const loaded = new LoadedRows(table);
    for await (const batch of batches)
      for (const { sql, rows } of insertStatements(
        dialect,
        table,
        batch,
        this.#limits,
      ))
        await loaded.add(rows, () => statements.run(sql));
    return loaded.count;
  }
}

/** Counts rows that are committed piece by piece, so that a failure can tell what is there already. */
class LoadedRows {
  readonly #table: TableName;
  #count = 0n;

  constructor(table: TableName) {
    this.#table = table;
  }

  get count(): bigint {
    return this.#count;
  }

  /** @param run loads `rows` rows. @returns what the server says, or -1n. */
  async add(rows: number, run: () => Promise<bigint>): Promise<void> {
    let counted: bigint;
    try {
      counted = await run();
    } catch (error) {
      const failure = Failure.from(error);
      if (this.#count === 0n) throw failure;
      throw new Failure(
        failure.code,
        `${failure.message}; ${String(this.#count)} rows of this load are in ${displayName(this.#table)} already`,
        { cause: error },
      );
    }
    if (counted >= 0n && counted !== BigInt(rows))
      throw new Failure(
        "invalid_data",
        `the server took ${String(counted)} of ${String(rows)} rows of a statement for ${displayName(this.#table)}, and ${String(this.#count)} before it; check the table before loading again`,
      );
    this.#count += BigInt(rows);
  }
}

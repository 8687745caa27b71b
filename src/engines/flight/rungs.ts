import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import { sliceBatch } from "../../arrow/slice.js";
import type { TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { PreparedStatement } from "../../drivers/flight/prepared.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import type { Dialect } from "../../sql/dialect.js";
import {
  insertParameters,
  insertStatements,
  type StatementLimits,
} from "../../sql/insert.js";
import { boundBatch, boundSchema, pieces } from "../../sql/parameters.js";
import type { SqlSession, Transaction } from "../../sql/session.js";
import type { FlightCapabilities } from "./capabilities.js";
import { LoadedRows } from "./loaded-rows.js";
import type { StatementVia } from "./statement-runner.js";

/** One way to bring rows into a table that exists. */
export interface Rung {
  readonly description: string;
  /**
   * Asked before any row is sent.
   * @param first rows of the load.
   */
  canLoad(table: TableName, first: Batch): Promise<boolean>;
  /** @returns rows that the server says it took, or -1n. */
  load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint>;
}

/** What the rungs work with. */
export interface RungOptions {
  readonly client: FlightClient;
  readonly session: Pick<SqlSession, "update" | "transaction"> & {
    readonly statementVia: StatementVia | undefined;
    /** Runs what writes when its turn comes. */
    inTurn<T>(run: () => Promise<T>): Promise<T>;
  };
  readonly dialect: Dialect;
  readonly capabilities: Pick<
    FlightCapabilities,
    "ingest" | "statementBytes" | "transactions"
  >;
  readonly context: Context;
  /** Bounds one INSERT statement or one set of parameters, next to what the server says itself. */
  readonly statementBytesMax: number;
}

async function* nothing(): AsyncGenerator<Batch> {}

/** CommandStatementIngest: the server takes Arrow as it is. */
export class IngestRung implements Rung {
  readonly description = "bulk ingestion";
  readonly #options: RungOptions;
  /** Undefined until the server said, or was asked. */
  #works: boolean | undefined;

  constructor(options: RungOptions) {
    this.#options = options;
    this.#works = options.capabilities.ingest;
  }

  async canLoad(table: TableName, { schema }: Batch): Promise<boolean> {
    this.#works ??= await works(this.#options.context, "bulk ingestion", () =>
      this.load(table, schema, nothing()),
    );
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
    return this.#options.client.ingest(target, schema, batches);
  }
}

/**
 * One INSERT with placeholders, run for whole batches of parameters. Few servers do so: InfluxDB and Doris take
 * one row, DataFusion runs nothing, GizmoSQL makes text of all; so it is tried first, and taken back.
 */
export class PreparedRung implements Rung {
  readonly description = "a prepared INSERT with batches of parameters";
  readonly #options: RungOptions;
  readonly #forced: boolean;
  #works: boolean | undefined;

  /** @param forced it is not tried first: what is counted must do. */
  constructor(options: RungOptions, forced: boolean) {
    this.#options = options;
    this.#forced = forced;
  }

  async canLoad(table: TableName, first: Batch): Promise<boolean> {
    const { dialect, capabilities, context } = this.#options;
    if (boundSchema(dialect, first.schema) === undefined) return false;
    if (this.#forced) return true;
    // One row does not show whether the second would be taken.
    if (!capabilities.transactions || first.length < 2)
      return this.#works ?? false;
    this.#works ??= await works(context, this.description, () =>
      this.#tryTwoRows(table, first),
    );
    return this.#works;
  }

  async load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint> {
    const { session, statementBytesMax } = this.#options;
    const loaded = new LoadedRows(table);
    await using statement = await this.#prepare(table, schema, undefined);
    for await (const batch of batches)
      for (const piece of pieces(batch, statementBytesMax))
        await loaded.add(piece.length, () =>
          session.inTurn(() => this.#run(statement, table, piece)),
        );
    return loaded.count;
  }

  #prepare(
    table: TableName,
    schema: Schema,
    transaction: Transaction | undefined,
  ): Promise<PreparedStatement> {
    const sql = insertParameters(this.#options.dialect, table, { schema });
    return this.#options.client.prepare(sql, { transaction });
  }

  #run(
    statement: PreparedStatement,
    table: TableName,
    batch: Batch,
  ): Promise<bigint> {
    const { dialect } = this.#options;
    const schema = boundSchema(dialect, batch.schema) as Schema;
    const bound = boundBatch(dialect, table, batch, schema);
    return statement.update({ parameters: { schema, batches: only(bound) } });
  }

  /** Two rows in a transaction that is rolled back. */
  async #tryTwoRows(table: TableName, first: Batch): Promise<void> {
    const rows = sliceBatch(first, 0, 2);
    const outcome: { count?: bigint } = {};
    await this.#options.session
      .transaction(async (transaction) => {
        await using statement = await this.#prepare(
          table,
          rows.schema,
          transaction,
        );
        outcome.count = await this.#run(statement, table, rows);
        throw new TakenBack();
      })
      .catch((error: unknown) => {
        if (!(error instanceof TakenBack)) throw error;
      });
    if (outcome.count !== 2n)
      throw new Failure(
        "unsupported",
        `the server counted ${String(outcome.count)} of two rows of parameters`,
      );
  }
}

/** Ends a transaction whose rows were only tried. */
class TakenBack extends Error {}

/** Rows of one INSERT: parsers of VALUES lists take more than linear time beyond (Sail 0.7.2, measured). */
const statementRowsMax = 1_000;

const commands: Readonly<Record<StatementVia, string>> = {
  update: "CommandStatementUpdate",
  query: "CommandStatementQuery",
};

/** Multi-row INSERT statements, each committed by itself. */
export class InsertRung implements Rung {
  readonly #options: RungOptions;
  readonly #via: StatementVia;
  readonly #limits: StatementLimits;

  constructor(options: RungOptions, via: StatementVia) {
    this.#options = options;
    this.#via = via;
    const told = options.capabilities.statementBytes;
    const bytes = options.statementBytesMax;
    this.#limits = {
      bytes: told > 0 ? Math.min(told, bytes) : bytes,
      rows: statementRowsMax,
    };
  }

  get description(): string {
    const via = this.#options.session.statementVia;
    const sent = via === undefined ? "" : `, sent as ${commands[via]}`;
    return `INSERT statements of up to ${String(statementRowsMax)} rows${sent}`;
  }

  canLoad(): Promise<boolean> {
    const via = this.#options.session.statementVia ?? this.#via;
    return Promise.resolve(via === this.#via);
  }

  async load(
    table: TableName,
    _schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint> {
    const { dialect, session } = this.#options;
    const loaded = new LoadedRows(table);
    for await (const batch of batches)
      for (const { sql, rows } of insertStatements(
        dialect,
        table,
        batch,
        this.#limits,
      ))
        await loaded.add(rows, () => session.update(sql));
    return loaded.count;
  }
}

async function* only(batch: Batch): AsyncGenerator<Batch> {
  yield await Promise.resolve(batch);
}

/** Whether a trial goes well; what is only a matter of the moment is thrown. */
async function works(
  context: Context,
  what: string,
  trial: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await trial();
    return true;
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.kind === "transient_error") throw failure;
    context.log("debug", `no ${what}: ${failure.message}`);
    return false;
  }
}

import { randomUUID } from "node:crypto";
import type { Appender, LogicalType } from "@duckdb/node-bindings";
import type { Batch } from "../../../arrow/batch.js";
import { canonicalType } from "../../../arrow/canonical.js";
import type { DataType, Schema } from "../../../arrow/schema.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import {
  describeType,
  quoteIdentifier,
  sameType,
  typeText,
} from "../column-type.js";
import type { ColumnType } from "../column-type.js";
import type { DuckConnection } from "../connection.js";
import { columnLabel } from "../read/batch-reader.js";
import { BatchAppender } from "./batch-appender.js";
import type { AppendedColumn, TablePath } from "./batch-appender.js";
import { columnWriter, decimalTextWriter } from "./column-writer.js";
import { decimalColumn } from "./decimal.js";
import type { ColumnWriter } from "./rows.js";

/** What to do about the table before rows come: CommandStatementIngest's table_definition_options. */
export interface TableDefinition {
  readonly ifMissing: "create" | "fail";
  readonly ifExists: "fail" | "append" | "replace";
  readonly temporary: boolean;
}

/** A stage is emptied into its table when it holds about so much. */
const stageBytes = 64 << 20;

/**
 * Loads batches of one schema into a table, in the transaction that is open on the connection. Columns are
 * matched by name. When the table has just these columns with just their types, chunks go into it straight;
 * else they go into a temporary table from which DuckDB inserts, casting, filling in defaults and refusing as
 * its INSERT … BY NAME does.
 */
export class TableIngest {
  readonly #connection: DuckConnection;
  readonly #target: TablePath;
  readonly #schema: Schema;
  readonly #signal: AbortSignal | undefined;
  #appender: BatchAppender | undefined;
  /** The temporary table, undefined when rows go into the target straight. */
  #stage: TablePath | undefined;
  #staged = 0;
  #rows = 0;

  private constructor(
    connection: DuckConnection,
    target: TablePath,
    schema: Schema,
    signal: AbortSignal | undefined,
  ) {
    this.#connection = connection;
    this.#target = target;
    this.#schema = schema;
    this.#signal = signal;
  }

  /**
   * Creates, replaces or finds the table.
   * @throws Failure(unsupported) for a type that DuckDB has no column for; DuckDB's Catalog Error when the
   * table is there and must not be, or the other way round.
   */
  static async open(
    connection: DuckConnection,
    target: TablePath,
    definition: TableDefinition,
    schema: Schema,
    signal?: AbortSignal,
  ): Promise<TableIngest> {
    const ingest = new TableIngest(connection, target, schema, signal);
    await ingest.#define(definition);
    await ingest.#openAppender();
    return ingest;
  }

  /** Rows taken so far. */
  get rows(): number {
    return this.#rows;
  }

  /** @throws Failure(invalid_data) for values that do not fit; DuckDB's own errors as they come. */
  async append(batch: Batch): Promise<void> {
    this.#appender?.append(batch);
    this.#rows += batch.length;
    if (this.#stage === undefined) return;
    this.#staged += batch.byteLength;
    if (this.#staged < stageBytes) return;
    await this.#emptyStage(this.#stage);
    await this.#openStage();
  }

  /** Every row is in the table when it resolves, for the transaction to commit. */
  async finish(): Promise<void> {
    if (this.#stage !== undefined) await this.#emptyStage(this.#stage);
    else this.#closeAppender();
  }

  /** Forgets rows that DuckDB has not seen; the transaction must then be rolled back. */
  abort(): void {
    this.#appender?.abort();
    this.#appender = undefined;
  }

  async #define(definition: TableDefinition): Promise<void> {
    const name = pathText(this.#target);
    const kind = definition.temporary ? "TEMPORARY TABLE" : "TABLE";
    if (definition.ifMissing === "fail")
      await this.#run(`FROM ${name} LIMIT 0`);
    const columns = this.#columnsText(columnWriter);
    switch (definition.ifExists) {
      case "fail":
        return this.#run(`CREATE ${kind} ${name} (${columns})`);
      case "replace":
        return this.#run(`CREATE OR REPLACE ${kind} ${name} (${columns})`);
      case "append":
        if (definition.ifMissing === "fail") return;
        return this.#run(`CREATE ${kind} IF NOT EXISTS ${name} (${columns})`);
    }
  }

  async #openAppender(): Promise<void> {
    const names = await this.#columnNames();
    const appender = this.#createAppender(this.#target);
    const columns = this.#directColumns(names, appender);
    if (columns !== undefined)
      this.#appender = new BatchAppender(
        this.#connection.duckdb,
        appender,
        columns,
      );
    else {
      this.#connection.duckdb.appender_close_sync(appender);
      await this.#openStage();
    }
  }

  #createAppender({ catalog, schema, table }: TablePath): Appender {
    const { duckdb, handle } = this.#connection;
    return duckdb.appender_create_ext(
      handle,
      catalog ?? null,
      schema ?? null,
      table,
    );
  }

  /** Names of the columns that a SELECT of the table has. */
  async #columnNames(): Promise<string[]> {
    const { duckdb, handle } = this.#connection;
    const text = `FROM ${pathText(this.#target)}`;
    const statement = await duckdb.prepare(handle, text);
    const count = duckdb.prepared_statement_column_count(statement);
    const names = Array.from({ length: count }, (_, i) =>
      duckdb.prepared_statement_column_name(statement, i),
    );
    duckdb.destroy_prepare_sync(statement);
    return names;
  }

  /**
   * The table's columns, each with the batch's vector for it; undefined unless they are the batch's own. An
   * appender lacks the generated columns that a SELECT has.
   */
  #directColumns(
    names: readonly string[],
    appender: Appender,
  ): AppendedColumn[] | undefined {
    const { duckdb } = this.#connection;
    const { fields } = this.#schema;
    const count = duckdb.appender_column_count(appender);
    if (names.length !== count || fields.length !== count) return undefined;
    const places = new Map(
      fields.map(({ name }, i) => [name.toLowerCase(), i]),
    );
    const writers = this.#writers(columnWriter);
    const columns: AppendedColumn[] = [];
    for (const [i, name] of names.entries()) {
      const source = places.get(name.toLowerCase());
      const writer = source === undefined ? undefined : writers[source];
      if (source === undefined || writer === undefined) return undefined;
      const type = duckdb.appender_column_type(appender, i);
      if (!isType(duckdb, type, writer.type)) return undefined;
      columns.push({ source, writer });
    }
    return columns;
  }

  #writers(writerOf: WriterOf): ColumnWriter[] {
    return this.#schema.fields.map(({ name, type }) =>
      writerOf(this.#connection.duckdb, type, columnLabel(name)),
    );
  }

  #columnsText(writerOf: WriterOf): string {
    const writers = this.#writers(writerOf);
    return this.#schema.fields
      .map(({ name, nullable }, i) => {
        const type = (writers[i] as ColumnWriter).type;
        const constraint = nullable ? "" : " NOT NULL";
        return `${quoteIdentifier(name)} ${typeText(type)}${constraint}`;
      })
      .join(", ");
  }

  async #openStage(): Promise<void> {
    const path = {
      catalog: "temp",
      schema: "main",
      table: `flightsync_stage_${randomUUID()}`,
    };
    await this.#run(
      `CREATE TEMPORARY TABLE ${pathText(path)} (${this.#columnsText(stageWriter)})`,
    );
    this.#stage = path;
    this.#staged = 0;
    this.#appender = new BatchAppender(
      this.#connection.duckdb,
      this.#createAppender(path),
      this.#writers(stageWriter).map((writer, source) => ({ source, writer })),
    );
  }

  async #emptyStage(stage: TablePath): Promise<void> {
    this.#closeAppender();
    const from = pathText(stage);
    await this.#run(
      `INSERT INTO ${pathText(this.#target)} BY NAME FROM ${from}`,
    );
    await this.#run(`DROP TABLE ${from}`);
  }

  #closeAppender(): void {
    const appender = this.#appender;
    this.#appender = undefined;
    appender?.close();
  }

  async #run(sql: string): Promise<void> {
    await this.#connection.run(sql, this.#signal);
  }
}

type WriterOf = (duckdb: DuckDB, type: DataType, where: string) => ColumnWriter;

/** In a stage long decimals are text: the table's column may be UHUGEINT, which a HUGEINT would not reach. */
const stageWriter: WriterOf = (duckdb, type, where) => {
  const canonical = canonicalType(type);
  const isHuge =
    canonical.type === "decimal" && decimalColumn(canonical).id === "HUGEINT";
  return isHuge
    ? decimalTextWriter(duckdb, canonical, where)
    : columnWriter(duckdb, type, where);
};

function isType(duckdb: DuckDB, handle: LogicalType, type: ColumnType) {
  try {
    return sameType(describeType(duckdb, handle, ""), type);
  } catch (error) {
    // A type that Arrow has no form for is not the batch's.
    if (error instanceof Failure && error.code === "unsupported") return false;
    throw error;
  }
}

function pathText({ catalog, schema, table }: TablePath): string {
  // "a"."b" could be catalog and table as well as schema and table.
  const middle = schema ?? (catalog === undefined ? undefined : "main");
  return [catalog, middle, table]
    .filter((part) => part !== undefined)
    .map(quoteIdentifier)
    .join(".");
}

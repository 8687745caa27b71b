import type { Batch } from "../arrow/batch.js";
import { canonicalSchema } from "../arrow/canonical.js";
import type { Schema } from "../arrow/schema.js";
import {
  displayName,
  type SelectedStream,
  type Stream,
  type TableName,
  type TargetStream,
  type WriteMode,
} from "../catalog.js";
import type {
  Connection,
  Context,
  CursorOptions,
  Partition,
  Plan,
  TableWriter,
} from "../engine.js";
import { Failure } from "../failure.js";
import { textAt } from "../json/text-at.js";
import type { StreamState } from "../state.js";
import {
  cursorQuery,
  type CursorBounds,
  type NullCursor,
} from "./cursor-query.js";
import type { Dialect } from "./dialect.js";
import type { SqlSession } from "./session.js";
import { cursorBounds, select } from "./statements.js";
import { openTableWriter } from "./table-writer.js";

export interface SqlConnectionOptions {
  readonly dialect: Dialect;
  readonly context: Context;
  readonly nullCursor: NullCursor;
}

/** A whole engine's connection over any driver that speaks SQL. */
export class SqlConnection implements Connection {
  readonly #session: SqlSession;
  readonly #options: SqlConnectionOptions;
  readonly #targets = new Map<string, string>();

  constructor(session: SqlSession, options: SqlConnectionOptions) {
    this.#session = session;
    this.#options = options;
  }

  streams(only?: readonly TableName[]): AsyncIterable<Stream> {
    return this.#session.reflect(only);
  }

  async plan(
    stream: SelectedStream,
    reflected: Stream,
    since: StreamState | undefined,
    options: CursorOptions,
  ): Promise<Plan> {
    const schema = selectedSchema(stream, reflected);
    if (stream.syncMode === "full_table")
      return this.#query(schema, reflected, undefined);
    const { dialect, nullCursor } = this.#options;
    const column = cursorColumn(stream, reflected);
    const bounds = (value: string | undefined) =>
      this.#bounds(reflected, column.name, value);
    const source = { dialect, column, nullCursor, options, bounds };
    const query = await cursorQuery(source, since);
    const { where, position, orderBy } = query;
    return where === undefined
      ? { schema: canonicalSchema(schema), partitions: [], ...position }
      : this.#query(schema, reflected, where, position, orderBy);
  }

  read(partition: Partition, signal: AbortSignal): AsyncIterable<Batch> {
    return this.#session.read(partition, signal);
  }

  write(stream: TargetStream, mode: WriteMode): Promise<TableWriter> {
    return openTableWriter(
      { session: this.#session, ...this.#options, targets: this.#targets },
      stream,
      mode,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  async #query(
    schema: Schema,
    table: TableName,
    where: string | undefined,
    position: Omit<Plan, "schema" | "partitions"> = { state: undefined },
    orderBy?: string,
  ): Promise<Plan> {
    const columns = schema.fields.map((column) => column.name);
    const sql = select(this.#options.dialect, table, columns, where, orderBy);
    const { partitions, schema: told } = await this.#session.query(sql);
    const sent = (await this.#sentSchema(partitions, schema, table)) ?? told;
    return {
      schema: canonicalSchema(
        sent === undefined || sent.fields.length !== columns.length
          ? schema
          : withNotNull(sent, schema),
      ),
      partitions,
      // Parts of a result are read side by side.
      ordered: orderBy !== undefined && partitions.length === 1,
      ...position,
    };
  }

  /**
   * What the rows are, as only they tell for certain: what a server says of a result before it is read may be
   * missing, or of other types. Undefined when there are no rows to tell it.
   */
  async #sentSchema(
    partitions: readonly Partition[],
    asked: Schema,
    table: TableName,
  ): Promise<Schema | undefined> {
    for (const partition of partitions) {
      const sent = await this.#session.open(partition);
      // An empty result has no columns at all on some servers (ROAPI 0.12.7).
      if (sent === undefined || sent.fields.length === 0) continue;
      if (sent.fields.length === asked.fields.length) return sent;
      const names = ({ fields }: Schema) =>
        fields.map((column) => column.name).join(", ");
      throw new Failure(
        "invalid_data",
        `the server sends the columns (${names(sent)}) of ${displayName(table)} when it is asked for (${names(asked)}); the table may have changed, run discover again`,
      );
    }
    return undefined;
  }

  /** The largest cursor value as exact text, and what else the one row of `cursorBounds` says. */
  async #bounds(
    table: TableName,
    column: string,
    since: string | undefined,
  ): Promise<CursorBounds> {
    const { dialect, context } = this.#options;
    const sql = cursorBounds(dialect, table, column, since);
    const { partitions } = await this.#session.query(sql);
    for (const partition of partitions)
      for await (const batch of this.#session.read(partition, context.signal))
        if (batch.length > 0)
          return {
            upper: cell(batch, 0),
            behind: isTrue(cell(batch, 1)),
            nulls: cell(batch, 2) ?? "0",
          };
    throw new Failure(
      "internal",
      `the server gave no row for the bounds of ${displayName(table)}`,
    );
  }
}

/** A query's schema seldom says what cannot be NULL; the table's does. */
function withNotNull(told: Schema, table: Schema): Schema {
  const fields = told.fields.map((column, index) =>
    table.fields[index]?.nullable === false
      ? { ...column, nullable: false }
      : column,
  );
  return { ...told, fields };
}

/** Exact text of a value in the first row; undefined when it is NULL. */
function cell(batch: Batch, column: number): string | undefined {
  const vector = batch.vectors[column];
  if (vector?.layout !== "union" || vector.type.type !== "union")
    return vector && textAt(vector, 0);
  // SQLite's expressions have no type, and may come as a union of what they can be.
  const index = vector.type.typeIds.indexOf(vector.typeIds[0] as number);
  const child = vector.children[index];
  return child && textAt(child, vector.offsets[0] as number);
}

/** Engines without booleans have 1. */
function isTrue(text: string | undefined): boolean {
  return text === "true" || text === "1";
}

function selectedSchema(stream: SelectedStream, reflected: Stream): Schema {
  if (stream.columns === undefined) return reflected.schema;
  const fields = stream.columns.map((name) => {
    const found = reflected.schema.fields.find(
      (column) => column.name === name,
    );
    if (found === undefined) throw missingColumn(stream, reflected, name);
    return found;
  });
  if (fields.length === 0)
    throw new Failure(
      "invalid_config",
      `no column of ${stream.id} is selected; select one or deselect the stream`,
      { stream: stream.id },
    );
  return { fields };
}

function cursorColumn(stream: SelectedStream, reflected: Stream) {
  if (stream.cursorField === undefined)
    throw new Failure(
      "invalid_config",
      `${stream.id} is incremental and has no replication key; set one in the catalog`,
      { stream: stream.id },
    );
  const found = reflected.schema.fields.find(
    (column) => column.name === stream.cursorField,
  );
  if (found === undefined)
    throw missingColumn(stream, reflected, stream.cursorField);
  return found;
}

function missingColumn(
  stream: SelectedStream,
  reflected: Stream,
  name: string,
): Failure {
  const columns = reflected.schema.fields.map((column) => column.name);
  return new Failure(
    "not_found",
    `the catalog names column ${name}, and ${displayName(reflected)} has only ${columns.join(", ")}; run discover again`,
    { stream: stream.id },
  );
}

/*
 * Test support, imported by tests only: a second engine, whole but small, so that the commands can be shown to
 * know nothing of Flight SQL.
 */
import type { Batch } from "../arrow/batch.js";
import {
  batchOfValues,
  valuesOfBatch,
  type Value,
} from "../arrow/plain-values.js";
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
  Capabilities,
  Config,
  Connection,
  Engine,
  Partition,
  Plan,
  Role,
  OlderRows,
  TableWriter,
} from "../engine.js";
import { Failure } from "../failure.js";
import type { StreamState } from "../state.js";
import { commandSettings } from "./settings.js";

type Row = readonly Value[];

/** A table: its rows are in the order of arrival. */
export interface MemoryTable {
  readonly schema: Schema;
  readonly primaryKey: readonly string[];
  readonly rows: readonly Row[];
}

/** By name as people write it. */
export type MemoryTables = Map<string, MemoryTable>;

/** Rows of a partition. */
const partitionRows = 2;

/** An engine over tables of this process. Cursors are integers. */
export class InMemoryEngine implements Engine {
  readonly name = "in-memory";
  readonly schemes = ["memory"];
  readonly capabilities: Capabilities = {
    writeModes: ["append", "upsert", "overwrite"],
    atomicWrites: true,
  };
  readonly tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.tables = tables;
  }

  configSchema(role: Role): object {
    return {
      type: "object",
      additionalProperties: false,
      required: ["url"],
      properties: {
        url: { type: "string", pattern: "^memory:" },
        ...commandSettings[role],
      },
    };
  }

  connect(config: Config): Promise<Connection> {
    const url = String(config["url"]);
    return url === "memory:"
      ? Promise.resolve(new MemoryConnection(this.tables))
      : Promise.reject(
          new Failure("unavailable", `${url} is not memory: of this process`),
        );
  }
}

class RowsPartition implements Partition {
  readonly label: string;
  readonly batch: Batch;

  constructor(label: string, batch: Batch) {
    this.label = label;
    this.batch = batch;
  }
}

class MemoryConnection implements Connection {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async *streams(only?: readonly TableName[]): AsyncGenerator<Stream> {
    const wanted = only?.map(displayName);
    for (const [name, { schema, primaryKey }] of this.#tables)
      if (wanted?.includes(name) ?? true)
        yield await Promise.resolve({
          name,
          schema,
          primaryKey,
          isView: false,
        });
  }

  plan(
    stream: SelectedStream,
    reflected: Stream,
    since: StreamState | undefined,
  ): Promise<Plan> {
    const { schema, rows } = this.#table(reflected);
    const at = (name: string) => {
      const index = schema.fields.findIndex((column) => column.name === name);
      if (index >= 0) return index;
      throw new Failure("not_found", `there is no column ${name}`);
    };
    const names = stream.columns ?? schema.fields.map((column) => column.name);
    const columns = names.map(at);
    const { cursorField } = stream;
    const cursors =
      cursorField === undefined
        ? undefined
        : rows.map((row) => row[at(cursorField)] as bigint);
    const last = BigInt(since?.cursor ?? 0n);
    const chosen = rows
      .filter((_, index) => (cursors?.[index] ?? last) >= last)
      .map((row) => columns.map((column) => row[column] ?? null));
    const fields = columns.flatMap((column) => schema.fields[column] ?? []);
    const upper = cursors?.reduce((a, b) => (a > b ? a : b), last);
    return Promise.resolve({
      schema: { fields },
      partitions: partitionsOf({ fields }, chosen),
      state:
        cursorField === undefined
          ? undefined
          : { cursorField, cursor: String(upper) },
      since,
    });
  }

  async *read(partition: Partition): AsyncGenerator<Batch> {
    if (!(partition instanceof RowsPartition))
      throw new Failure("internal", `${partition.label} is not ours`);
    yield await Promise.resolve(partition.batch);
  }

  write(stream: TargetStream, mode: WriteMode): Promise<TableWriter> {
    return Promise.resolve(new MemoryWriter(this.#tables, stream, mode));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #table(name: TableName): MemoryTable {
    const table = this.#tables.get(displayName(name));
    if (table !== undefined) return table;
    throw new Failure("not_found", `there is no table ${displayName(name)}`);
  }
}

function partitionsOf(
  schema: Schema,
  rows: readonly Row[],
): readonly Partition[] {
  const partitions: Partition[] = [];
  for (let from = 0; from < rows.length; from += partitionRows) {
    const part = rows.slice(from, from + partitionRows);
    const columns = schema.fields.map((_, column) =>
      part.map((row) => row[column] ?? null),
    );
    const label = `rows from ${String(from)}`;
    partitions.push(new RowsPartition(label, batchOfValues(schema, columns)));
  }
  return partitions;
}

/** Rows wait here until a flush puts them into the table, or for overwrite the commit. */
class MemoryWriter implements TableWriter {
  readonly #tables: MemoryTables;
  readonly #name: string;
  readonly #mode: WriteMode;
  #stream: TargetStream;
  #waiting: Row[] = [];

  constructor(tables: MemoryTables, stream: TargetStream, mode: WriteMode) {
    this.#tables = tables;
    this.#name = stream.name;
    this.#stream = stream;
    this.#mode = mode;
  }

  async append(batch: Batch): Promise<void> {
    await Promise.resolve();
    this.#checkTypes(batch.schema);
    const columns = valuesOfBatch(batch);
    for (let row = 0; row < batch.length; row++)
      this.#waiting.push(columns.map((values) => values[row] ?? null));
  }

  async alter(stream: TargetStream): Promise<void> {
    await this.flush();
    this.#stream = stream;
  }

  flush(): Promise<void> {
    if (this.#mode !== "overwrite") this.#store();
    return Promise.resolve();
  }

  retire({ versionColumn, version, action }: OlderRows): Promise<void> {
    this.#store();
    const { schema, primaryKey } = this.#stream;
    const place = (name: string) =>
      schema.fields.findIndex((column) => column.name === name);
    const isOlder = (row: Row) => {
      const value = row[place(versionColumn)];
      return typeof value === "bigint" && value < version;
    };
    const before = this.#tables.get(this.#name)?.rows ?? [];
    const rows =
      action.type === "delete"
        ? before.filter((row) => !isOlder(row))
        : before.map((row) =>
            isOlder(row)
              ? row.map((value, column) =>
                  column === place(action.column)
                    ? (value ?? BigInt(action.at) * 1000n)
                    : value,
                )
              : row,
          );
    this.#tables.set(this.#name, { schema, primaryKey, rows });
    return Promise.resolve();
  }

  commit(): Promise<void> {
    this.#store();
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.#waiting = [];
    return Promise.resolve();
  }

  /** Rows of other types than the table has are refused. */
  #checkTypes({ fields }: Schema): void {
    const table = this.#tables.get(this.#name);
    for (const { name, type } of fields) {
      const known = table?.schema.fields.find((column) => column.name === name);
      if (known !== undefined && known.type.type !== type.type)
        throw new Failure(
          "invalid_data",
          `column ${name} of ${this.#name} is ${known.type.type}, not ${type.type}`,
        );
    }
  }

  #store(): void {
    const { schema, primaryKey } = this.#stream;
    const before =
      this.#mode === "overwrite" ? [] : this.#tables.get(this.#name)?.rows;
    const rows = [...(before ?? []), ...this.#waiting];
    this.#waiting = [];
    this.#tables.set(this.#name, {
      schema,
      primaryKey,
      rows: this.#mode === "upsert" ? lastOfKeys(this.#stream, rows) : rows,
    });
  }
}

function lastOfKeys(
  stream: TargetStream,
  rows: readonly Row[],
): readonly Row[] {
  const columns = stream.primaryKey.map((name) =>
    stream.schema.fields.findIndex((column) => column.name === name),
  );
  const last = new Map(
    rows.map((row) => {
      const key = columns.map((column) => String(row[column] as bigint));
      return [JSON.stringify(key), row];
    }),
  );
  return [...last.values()];
}

import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import { displayName, type Stream, type TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import {
  column,
  findColumn,
  integerAt,
  requiredTextAt,
  textAt,
} from "../../drivers/flight/columns.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import { identifier, type Dialect } from "../../sql/dialect.js";
import { emptySelect } from "../../sql/statements.js";
import { inOrder } from "../../util/in-order.js";
import {
  namePattern,
  type TablePatterns,
  type TableSelection,
} from "./table-selection.js";

/** Tables whose columns and keys are asked for side by side. */
const width = 16;

/** A table as a listing tells it. */
interface Listed extends TableName {
  readonly type: string;
  readonly schema: Schema | undefined;
}

type Patterns = TablePatterns & { readonly catalog?: string | undefined };

/** One way to list tables, tried when those before it fail. */
interface Listing {
  readonly name: string;
  readonly list: (patterns: Patterns) => AsyncIterable<Listed>;
}

/**
 * Tables and views of a server. Listed by GetTables, else by the engine's own catalog; columns come with the
 * listing, else from an empty query; keys by one query where the dialect knows it, else by GetPrimaryKeys.
 */
export class Reflection {
  readonly #client: FlightClient;
  readonly #dialect: Dialect;
  readonly #context: Context;
  readonly #listings: readonly Listing[];
  /** The first that worked: once found, the others are not tried again. */
  #listing: Listing | undefined;

  constructor(client: FlightClient, dialect: Dialect, context: Context) {
    this.#client = client;
    this.#dialect = dialect;
    this.#context = context;
    this.#listings = [
      {
        name: "GetTables with columns",
        list: (patterns) => this.#getTables(patterns, true),
      },
      {
        name: "GetTables",
        list: (patterns) => this.#getTables(patterns, false),
      },
      {
        name: `the catalog tables of ${dialect.name}`,
        list: () => this.#catalogTables(),
      },
    ];
  }

  /** How tables are listed; undefined before the first call. */
  get listedBy(): string | undefined {
    return this.#listing?.name;
  }

  /** Every table of the selection, each once. */
  async *all(selection: TableSelection): AsyncGenerator<Stream> {
    const seen = new Set<string>();
    const listed = this.#listAll(selection.patterns(), (table) => {
      const key = JSON.stringify([table.catalog, table.namespace, table.name]);
      if (
        seen.has(key) ||
        !selection.includes(table) ||
        this.#dialect.reflection.reserved?.test(table.name) === true
      )
        return false;
      seen.add(key);
      return true;
    });
    yield* this.#complete(listed, await this.#allKeys());
  }

  /** The tables of these names that exist; a namespace that is undefined stands for any. */
  async *named(tables: readonly TableName[]): AsyncGenerator<Stream> {
    for (const table of tables) {
      const patterns = {
        catalog: table.catalog,
        dbSchemaPattern: namePattern(table.namespace),
        tablePattern: namePattern(table.name),
      };
      const listed = this.#listAll([patterns], (found) =>
        isNamed(found, table),
      );
      yield* this.#complete(listed, undefined);
    }
  }

  async startingWith(
    table: TableName,
    prefix: string,
  ): Promise<readonly TableName[]> {
    const patterns = {
      catalog: table.catalog,
      dbSchemaPattern: namePattern(table.namespace),
      tablePattern: `${namePattern(prefix) ?? ""}%`,
    };
    const names: TableName[] = [];
    const wanted = (found: TableName) =>
      found.name.startsWith(prefix) &&
      isNamed({ ...found, name: table.name }, table);
    for await (const { catalog, namespace, name } of this.#listAll(
      [patterns],
      wanted,
    ))
      names.push({ catalog, namespace, name });
    return names;
  }

  async *#listAll(
    calls: readonly Patterns[],
    wanted: (table: Listed) => boolean,
  ): AsyncGenerator<Listed> {
    for (const patterns of calls)
      for await (const table of this.#list(patterns))
        if (wanted(table)) yield table;
  }

  /** The first listing that works, and from then on only that one. */
  async *#list(patterns: Patterns): AsyncGenerator<Listed> {
    if (this.#listing !== undefined) {
      yield* this.#listing.list(patterns);
      return;
    }
    let first: Failure | undefined;
    for (const listing of this.#listings) {
      const tables: Listed[] = [];
      try {
        for await (const table of listing.list(patterns)) tables.push(table);
      } catch (error) {
        const failure = Failure.from(error);
        if (!mayHaveAnotherWay(failure)) throw failure;
        first ??= failure;
        this.#context.log(
          "debug",
          `tables cannot be listed by ${listing.name}: ${failure.message}`,
        );
        continue;
      }
      this.#listing = listing;
      yield* tables;
      return;
    }
    throw first ?? new Failure("internal", "there is no way to list tables");
  }

  async *#getTables(
    { catalog, dbSchemaPattern, tablePattern }: Patterns,
    includeSchema: boolean,
  ): AsyncGenerator<Listed> {
    const filter = { catalog, dbSchemaPattern, tablePattern };
    for await (const found of this.#client.tables(filter, includeSchema))
      yield {
        catalog: some(found.catalog),
        namespace: some(found.dbSchema),
        name: found.name,
        type: found.type,
        schema: found.schema,
      };
  }

  async *#catalogTables(): AsyncGenerator<Listed> {
    const { tables, schemas, tablesIn } = this.#dialect.reflection;
    if (schemas === undefined || tablesIn === undefined) {
      if (tables !== undefined) yield* this.#tablesOf(tables);
      return;
    }
    const names: string[] = [];
    for await (const batch of this.#batches(schemas))
      for (let row = 0; row < batch.length; row++) {
        const name = word(batch, row, ["namespace", "databaseName", "name"]);
        if (name !== undefined) names.push(name);
      }
    for (const name of names)
      yield* this.#tablesOf(tablesIn(identifier(this.#dialect, name)));
  }

  async *#tablesOf(sql: string): AsyncGenerator<Listed> {
    for await (const batch of this.#batches(sql))
      for (let row = 0; row < batch.length; row++) {
        const name = word(batch, row, ["table_name", "tableName", "viewName"]);
        const namespace = word(batch, row, [
          "db_schema_name",
          "namespace",
          "database",
        ]);
        if (name === undefined || namespace === "information_schema") continue;
        yield {
          catalog: word(batch, row, ["catalog_name"]),
          namespace,
          name,
          type: word(batch, row, ["table_type"]) ?? "TABLE",
          schema: undefined,
        };
      }
  }

  #complete(
    listed: AsyncIterable<Listed>,
    keys: Keys | undefined,
  ): AsyncIterable<Stream> {
    return inOrder(listed, width, async (table) => {
      const { catalog, namespace, name } = table;
      const isView = /view/i.test(table.type);
      const [schema, primaryKey] = await Promise.all([
        table.schema ?? this.#columns(table),
        isView ? [] : (keys?.of(table) ?? this.#client.primaryKeys(table)),
      ]);
      return { catalog, namespace, name, schema, primaryKey, isView };
    });
  }

  /** Columns of a query that gives no row. */
  async #columns(table: TableName): Promise<Schema> {
    const { schema } = await this.#client.rows(
      emptySelect(this.#dialect, table),
    );
    if (schema !== undefined && schema.fields.length > 0) return schema;
    throw new Failure(
      "unsupported",
      `the server tells no columns of ${displayName(table)}; leave it out with exclude`,
    );
  }

  /** The keys of all tables in one query; undefined where there is none, or it does not work. */
  async #allKeys(): Promise<Keys | undefined> {
    const { primaryKeys } = this.#dialect.reflection;
    if (primaryKeys === undefined) return undefined;
    try {
      const keys = new Keys();
      for await (const batch of this.#batches(primaryKeys)) keys.add(batch);
      return keys;
    } catch (error) {
      const failure = Failure.from(error);
      if (!mayHaveAnotherWay(failure)) throw failure;
      this.#context.log(
        "debug",
        `keys are asked for table by table: ${failure.message}`,
      );
      return undefined;
    }
  }

  async *#batches(sql: string): AsyncGenerator<Batch> {
    yield* (await this.#client.rows(sql)).batches;
  }
}

interface KeyColumn {
  readonly catalog: string | undefined;
  readonly column: string;
  readonly sequence: number;
}

/** Primary keys of many tables. */
class Keys {
  readonly #columns = new Map<string, KeyColumn[]>();

  add(batch: Batch): void {
    const sequences = column(batch, "key_sequence");
    for (let row = 0; row < batch.length; row++) {
      const id = Keys.#id({
        namespace: word(batch, row, ["db_schema_name"]),
        name: requiredTextAt(batch, "table_name", row),
      });
      const columns = this.#columns.get(id) ?? [];
      columns.push({
        catalog: word(batch, row, ["catalog_name"]),
        column: requiredTextAt(batch, "column_name", row),
        sequence: Number(integerAt(sequences, row) ?? 0),
      });
      this.#columns.set(id, columns);
    }
  }

  of(table: TableName): readonly string[] {
    return (this.#columns.get(Keys.#id(table)) ?? [])
      .filter(
        ({ catalog }) =>
          catalog === undefined || catalog === (table.catalog ?? catalog),
      )
      .sort((a, b) => a.sequence - b.sequence)
      .map((one) => one.column);
  }

  static #id({ namespace, name }: TableName): string {
    return JSON.stringify([namespace, name]);
  }
}

/** Whether a failure says only that this is not the way. */
function mayHaveAnotherWay({ code }: Failure): boolean {
  switch (code) {
    case "unavailable":
    case "timeout":
    case "cancelled":
    case "unauthenticated":
    case "unauthorized":
    case "exhausted":
      return false;
    default:
      return true;
  }
}

function isNamed(found: TableName, wanted: TableName): boolean {
  return (
    found.name === wanted.name &&
    (some(wanted.namespace) ?? found.namespace) === found.namespace
  );
}

/** Servers without catalogs or schemas say "", or nothing. */
function some(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** Text of the first of these columns that is there. */
function word(
  batch: Batch,
  row: number,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const found = findColumn(batch, name);
    if (found !== undefined) return some(textAt(found, row));
  }
  return undefined;
}

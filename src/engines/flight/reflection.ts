import type { Batch } from "../../arrow/batch.js";
import type { Stream, TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import type { Dialect } from "../../sql/dialect.js";
import { inOrder } from "../../util/in-order.js";
import { PrimaryKeys, readKeyColumn, type KeyQuery } from "./primary-keys.js";
import { mayHaveAnotherWay, some, word } from "./reflected-rows.js";
import { TableColumns } from "./table-columns.js";
import { TableFacts } from "./table-facts.js";
import { TableListing, type Listed, type Patterns } from "./table-listing.js";
import { namePattern, type TableSelection } from "./table-selection.js";

/** Tables whose columns and keys are asked for side by side. */
const width = 16;

/** How what a listing lacks is found. */
interface Lookup {
  readonly keyOf: (table: TableName) => Promise<readonly string[]>;
  readonly comments: TableFacts<string | undefined> | undefined;
}

/**
 * Tables and views of a server. Columns come with the listing, else by GetSchema or an empty query; keys by one query
 * where the dialect knows it, else by GetPrimaryKeys; comments with the columns or by one query.
 */
export class Reflection {
  readonly #client: FlightClient;
  readonly #dialect: Dialect;
  readonly #context: Context;
  readonly #listing: TableListing;
  readonly #columns: TableColumns;
  readonly #keys: PrimaryKeys;

  constructor(client: FlightClient, dialect: Dialect, context: Context) {
    this.#client = client;
    this.#dialect = dialect;
    this.#context = context;
    this.#listing = new TableListing(client, dialect, context);
    this.#columns = new TableColumns(client, dialect, context);
    this.#keys = new PrimaryKeys(client, this.#keyQuery());
  }

  /** How tables are listed; undefined before the first call. */
  get listedBy(): string | undefined {
    return this.#listing.name;
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
    const [keyOf, comments] = await Promise.all([
      this.#keys.ofAll(),
      this.#told(this.#dialect.reflection.comments, "comments", readComment),
    ]);
    yield* this.#complete(listed, { keyOf, comments });
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
      yield* this.#complete(listed, {
        keyOf: (found) => this.#keys.of(found),
        comments: undefined,
      });
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
      for await (const table of this.#listing.list(patterns))
        if (wanted(table)) yield table;
  }

  #complete(
    listed: AsyncIterable<Listed>,
    { keyOf, comments }: Lookup,
  ): AsyncIterable<Stream> {
    return inOrder(listed, width, async (table) => {
      const { catalog, namespace, name } = table;
      const isView = /view/i.test(table.type);
      const [schema, primaryKey] = await Promise.all([
        table.schema ?? this.#columns.of(table),
        isView ? [] : keyOf(table),
      ]);
      const comment =
        some(schema.metadata?.get(remarksKey)) ??
        comments?.of(table).find((one) => one !== undefined);
      return {
        catalog,
        namespace,
        name,
        schema,
        primaryKey,
        isView,
        ...(comment !== undefined && { comment }),
      };
    });
  }

  #keyQuery(): KeyQuery | undefined {
    const { primaryKeys, visiblePrimaryKeys } = this.#dialect.reflection;
    const sql = primaryKeys ?? visiblePrimaryKeys;
    if (sql === undefined) return undefined;
    return {
      isComplete: primaryKeys !== undefined,
      run: () => this.#told(sql, "keys", readKeyColumn),
    };
  }

  /** What one query tells of all tables; undefined where the dialect has none, or it does not work. */
  async #told<T>(
    sql: string | undefined,
    what: string,
    read: (batch: Batch, row: number) => T,
  ): Promise<TableFacts<T> | undefined> {
    if (sql === undefined) return undefined;
    try {
      const facts = new TableFacts(read);
      const { batches } = await this.#client.rows(sql);
      for (const batch of batches) facts.add(batch);
      return facts;
    } catch (error) {
      const failure = Failure.from(error);
      if (!mayHaveAnotherWay(failure)) throw failure;
      this.#context.log(
        "debug",
        `${what} are not told for all tables at once: ${failure.message}`,
      );
      return undefined;
    }
  }
}

/** Flight SQL's key of a comment (FlightSql.rst, "ARROW:FLIGHT:SQL:REMARKS"), here of the whole table. */
const remarksKey = "ARROW:FLIGHT:SQL:REMARKS";

function readComment(batch: Batch, row: number): string | undefined {
  return word(batch, row, ["comment"]);
}

function isNamed(found: TableName, wanted: TableName): boolean {
  return (
    found.name === wanted.name &&
    (some(wanted.namespace) ?? found.namespace) === found.namespace
  );
}

import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import type { TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import { identifier, type Dialect } from "../../sql/dialect.js";
import { mayHaveAnotherWay, some, word } from "./reflected-rows.js";
import type { TablePatterns } from "./table-selection.js";

/** A table as a listing tells it. */
export interface Listed extends TableName {
  readonly type: string;
  readonly schema: Schema | undefined;
}

export type Patterns = TablePatterns & {
  readonly catalog?: string | undefined;
};

/** One way to list tables, tried when those before it fail. */
interface Listing {
  readonly name: string;
  readonly list: (patterns: Patterns) => AsyncIterable<Listed>;
}

/** Lists tables and views by GetTables, with or without their columns, else by the engine's own catalog. */
export class TableListing {
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

  /** Undefined before the first call. */
  get name(): string | undefined {
    return this.#listing?.name;
  }

  /** The first listing that works, and from then on only that one. */
  async *list(patterns: Patterns): AsyncGenerator<Listed> {
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

  async *#batches(sql: string): AsyncGenerator<Batch> {
    yield* (await this.#client.rows(sql)).batches;
  }
}

import type { TableName } from "../../catalog.js";
import { Failure } from "../../failure.js";
import type { FlightCalls } from "./calls.js";
import { readRows } from "./column-table.js";
import { requiredTextAt } from "./columns.js";
import { foreignKeyColumns } from "./keys.js";
import type { ForeignKeyColumn } from "./keys.js";
import { PrimaryKey, readTables } from "./metadata.js";
import type { FoundTable, TableFilter } from "./metadata.js";
import { readSqlInfo } from "./sql-info-value.js";
import type { SqlInfoValue } from "./sql-info-value.js";
import { packAny } from "./sql-messages.js";
import { xdbcTypeInfoColumns } from "./xdbc-type-info.js";
import type { XdbcTypeInfo } from "./xdbc-type-info.js";

/** The metadata commands of a Flight SQL client. Those a server lacks are Failure(unsupported), but for one that says so. */
export abstract class MetadataClient {
  protected readonly calls: FlightCalls;

  protected constructor(calls: FlightCalls) {
    this.calls = calls;
  }

  /**
   * Facts about the server by their ids (`SqlInfo`); all that it tells when none are given. Ids that the server
   * does not know are left out.
   */
  async sqlInfo(
    ids: readonly number[] = [],
  ): Promise<ReadonlyMap<number, SqlInfoValue>> {
    const values = new Map<number, SqlInfoValue>();
    try {
      const command = packAny("CommandGetSqlInfo", { info: ids });
      for await (const batch of this.calls.ask(command))
        readSqlInfo(batch, values);
      return values;
    } catch (error) {
      // arrow-go's servers answer NOT_FOUND when they do not know one of the ids.
      if (ids.length === 0 || Failure.from(error).code !== "not_found")
        throw error;
    }
    const all = await this.sqlInfo();
    return new Map([...all].filter(([id]) => ids.includes(id)));
  }

  async catalogs(): Promise<string[]> {
    return this.#texts(packAny("CommandGetCatalogs", {}), "catalog_name");
  }

  /** Names of database schemas; `catalog` is exact, `pattern` a LIKE pattern. */
  async dbSchemas(
    filter: { catalog?: string; pattern?: string } = {},
  ): Promise<string[]> {
    const { catalog, pattern: dbSchemaFilterPattern } = filter;
    const command = packAny("CommandGetDbSchemas", {
      catalog,
      dbSchemaFilterPattern,
    });
    return this.#texts(command, "db_schema_name");
  }

  /** Tables and views, with their columns when `includeSchema` is set and the server tells them. */
  async *tables(
    filter: TableFilter,
    includeSchema: boolean,
  ): AsyncGenerator<FoundTable, void, undefined> {
    const command = packAny("CommandGetTables", {
      catalog: filter.catalog,
      dbSchemaFilterPattern: filter.dbSchemaPattern,
      tableNameFilterPattern: filter.tablePattern,
      tableTypes: filter.tableTypes,
      includeSchema,
    });
    for await (const batch of this.calls.ask(command)) yield* readTables(batch);
  }

  /** The server's words for kinds of tables: "BASE TABLE", "VIEW", … */
  async tableTypes(): Promise<string[]> {
    return this.#texts(packAny("CommandGetTableTypes", {}), "table_type");
  }

  /** Column names in key order; empty when there is no key, or the server does not tell keys. */
  async primaryKeys(table: TableName): Promise<readonly string[]> {
    return (await this.primaryKeysIfTold(table)) ?? [];
  }

  /** As `primaryKeys`; undefined when the server tells no keys of any table. */
  async primaryKeysIfTold(
    table: TableName,
  ): Promise<readonly string[] | undefined> {
    const key = new PrimaryKey(table);
    try {
      const command = packAny("CommandGetPrimaryKeys", keysOf(table));
      for await (const batch of this.calls.ask(command)) key.add(batch);
    } catch (error) {
      if (Failure.from(error).code === "unsupported") return undefined;
      throw error;
    }
    return key.columns();
  }

  /** Foreign keys that `table` has. */
  importedKeys(table: TableName): Promise<ForeignKeyColumn[]> {
    return this.#foreignKeys(packAny("CommandGetImportedKeys", keysOf(table)));
  }

  /** Foreign keys of other tables that refer to `table`. */
  exportedKeys(table: TableName): Promise<ForeignKeyColumn[]> {
    return this.#foreignKeys(packAny("CommandGetExportedKeys", keysOf(table)));
  }

  /** Foreign keys of `fk` that refer to `pk`. */
  crossReference(pk: TableName, fk: TableName): Promise<ForeignKeyColumn[]> {
    const command = packAny("CommandGetCrossReference", {
      pkCatalog: pk.catalog,
      pkDbSchema: pk.namespace,
      pkTable: pk.name,
      fkCatalog: fk.catalog,
      fkDbSchema: fk.namespace,
      fkTable: fk.name,
    });
    return this.#foreignKeys(command);
  }

  /** Data types of the server; only those of one XdbcDataType when it is given. */
  async xdbcTypeInfo(dataType?: number): Promise<XdbcTypeInfo[]> {
    const types: XdbcTypeInfo[] = [];
    const command = packAny("CommandGetXdbcTypeInfo", { dataType });
    for await (const batch of this.calls.ask(command))
      types.push(...readRows(batch, xdbcTypeInfoColumns));
    return types;
  }

  async #foreignKeys(command: Uint8Array): Promise<ForeignKeyColumn[]> {
    const keys: ForeignKeyColumn[] = [];
    for await (const batch of this.calls.ask(command))
      keys.push(...readRows(batch, foreignKeyColumns));
    return keys;
  }

  async #texts(command: Uint8Array, name: string): Promise<string[]> {
    const texts: string[] = [];
    for await (const batch of this.calls.ask(command))
      for (let row = 0; row < batch.length; row++)
        texts.push(requiredTextAt(batch, name, row));
    return texts;
  }
}

function keysOf({ catalog, namespace: dbSchema, name: table }: TableName) {
  return { catalog, dbSchema, table };
}

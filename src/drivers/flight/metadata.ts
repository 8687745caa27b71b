import type { Batch } from "../../arrow/batch.js";
import { decodeSchema } from "../../arrow/ipc-schema.js";
import type { Schema } from "../../arrow/schema.js";
import type { TableName } from "../../catalog.js";
import { displayName } from "../../catalog.js";
import {
  bytesAt,
  findColumn,
  integerAt,
  invalid,
  requiredTextAt,
  textAt,
  column,
} from "./columns.js";

/** Which tables to list; what is left out matches all. */
export interface TableFilter {
  /** Exact; "" is objects without a catalog. */
  readonly catalog?: string | undefined;
  /** LIKE pattern. */
  readonly dbSchemaPattern?: string | undefined;
  /** LIKE pattern. */
  readonly tablePattern?: string | undefined;
  readonly tableTypes?: readonly string[] | undefined;
}

/** A row of CommandGetTables' answer. */
export interface FoundTable {
  readonly catalog?: string | undefined;
  readonly dbSchema?: string | undefined;
  readonly name: string;
  /** The server's word: "TABLE", "BASE TABLE", "VIEW", … */
  readonly type: string;
  /** Undefined when it was not asked for, or the server did not tell. */
  readonly schema?: Schema | undefined;
}

/** Some servers send bytes that are no schema (XTDB's issue 5551): the table is there all the same. */
function schemaIn(bytes: Uint8Array | undefined): Schema | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    return decodeSchema(bytes);
  } catch {
    return undefined;
  }
}

/** Rows of CommandGetTables' answer. @throws Failure(invalid_data) */
export function* readTables(
  batch: Batch,
): Generator<FoundTable, void, undefined> {
  const catalogs = findColumn(batch, "catalog_name");
  const dbSchemas = findColumn(batch, "db_schema_name");
  const schemas = findColumn(batch, "table_schema");
  for (let row = 0; row < batch.length; row++) {
    const schema = schemas && bytesAt(schemas, row);
    yield {
      catalog: catalogs && textAt(catalogs, row),
      dbSchema: dbSchemas && textAt(dbSchemas, row),
      name: requiredTextAt(batch, "table_name", row),
      type: requiredTextAt(batch, "table_type", row),
      schema: schemaIn(schema),
    };
  }
}

interface KeyColumn {
  readonly table: string;
  readonly column: string;
  readonly sequence: number;
}

/** Collects CommandGetPrimaryKeys' answer for one table. */
export class PrimaryKey {
  readonly #table: TableName;
  readonly #columns: KeyColumn[] = [];

  constructor(table: TableName) {
    this.#table = table;
  }

  /** @throws Failure(invalid_data) */
  add(batch: Batch): void {
    const catalogs = findColumn(batch, "catalog_name");
    const dbSchemas = findColumn(batch, "db_schema_name");
    for (let row = 0; row < batch.length; row++) {
      const sequence = integerAt(column(batch, "key_sequence"), row);
      if (sequence === undefined) throw invalid("key_sequence is NULL");
      this.#columns.push({
        table: displayName({
          catalog: catalogs && textAt(catalogs, row),
          namespace: dbSchemas && textAt(dbSchemas, row),
          name: requiredTextAt(batch, "table_name", row),
        }),
        column: requiredTextAt(batch, "column_name", row),
        sequence: Number(sequence),
      });
    }
  }

  /**
   * Column names in key order; empty when there is no key.
   * @throws Failure(invalid_data) when several tables have the name, so that their keys cannot be told apart.
   */
  columns(): readonly string[] {
    const tables = new Set(this.#columns.map(({ table }) => table));
    if (tables.size > 1)
      throw invalid(
        `primary keys of ${displayName(this.#table)} are of several tables: ${[...tables].join(", ")}`,
      );
    return this.#columns
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ column: name }) => name);
  }
}

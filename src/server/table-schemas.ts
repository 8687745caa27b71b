import { batchOf } from "../arrow/batch.js";
import type { Batch } from "../arrow/batch.js";
import { encapsulate, encodeSchema } from "../arrow/ipc-schema.js";
import { binary, utf8 } from "../arrow/schema.js";
import type { DataType, Field, Schema } from "../arrow/schema.js";
import type { BytesVector, Vector } from "../arrow/vector.js";
import { Failure } from "../failure.js";
import { arrowType } from "./duckdb/arrow-type.js";
import { sqlMetadata, typeFacts } from "./duckdb/column-metadata.js";
import type { ColumnFacts } from "./duckdb/column-metadata.js";
import { describeType, quoteIdentifier } from "./duckdb/column-type.js";
import type { ColumnType } from "./duckdb/column-type.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { metadataSchemas } from "./metadata-schemas.js";
import { textAt, textRows } from "./text-rows.js";

/** As information_schema.tables spells them. */
export const tableTypes = { table: "BASE TABLE", view: "VIEW" } as const;

/** What the catalog knows of a table's columns beyond their types. */
interface Catalog {
  /** By path and name. */
  readonly columns: ReadonlyMap<string, CatalogColumn>;
  /** Of tables and views that have one, by path. */
  readonly comments: ReadonlyMap<string, string>;
}

interface CatalogColumn {
  readonly nullable: boolean;
  readonly facts: ColumnFacts;
}

/** A row of GetTables. */
interface Table {
  readonly path: readonly string[];
  readonly type: string;
}

/**
 * CommandGetTables' answer with `table_schema`: batches of tables, each with its columns added. Beyond the Arrow
 * type a field tells DuckDB's in its metadata, and NOT NULL; comments are REMARKS, of a column in its field and of
 * a table in the schema. A column whose type has no Arrow form is told as utf8, which is what it can be cast to.
 * A view that does not bind any more has no columns.
 */
export async function* tableBatches(
  connection: DuckConnection,
  tables: AsyncIterable<Batch>,
  warn: (text: string) => void,
): AsyncGenerator<Batch, void, undefined> {
  const found: Batch[] = [];
  for await (const batch of tables) found.push(batch);
  const catalog = {
    columns: await catalogColumns(connection),
    comments: await tableComments(connection),
  };
  for (const batch of found) {
    const columns = batch.vectors as readonly BytesVector[];
    const encoded: Uint8Array[] = [];
    for (let row = 0; row < batch.length; row++) {
      const words = columns.map((texts) => textAt(texts, row) ?? "");
      const table = { path: words.slice(0, 3), type: words[3] ?? "" };
      const schema = await tableSchema(connection, table, catalog, warn);
      encoded.push(encapsulate(encodeSchema(schema)));
    }
    const vectors: Vector[] = [...batch.vectors, binaryVector(encoded)];
    yield batchOf(metadataSchemas.tablesWithSchema, vectors, batch.length);
  }
}

async function tableSchema(
  { duckdb, handle, readOnly }: DuckConnection,
  { path, type: tableType }: Table,
  { columns, comments }: Catalog,
  warn: (text: string) => void,
): Promise<Schema> {
  const name = path.map(quoteIdentifier).join(".");
  let statement;
  try {
    statement = await duckdb.prepare(handle, `FROM ${name}`);
  } catch (error) {
    warn(`${Failure.from(error).message} (reading the columns of ${name})`);
    return { fields: [] };
  }
  // Whether a table's column is one that is computed, and so cannot be written, DuckDB does not tell.
  const isReadOnly = readOnly || tableType === tableTypes.view;
  const fields: Field[] = [];
  const count = duckdb.prepared_statement_column_count(statement);
  for (let i = 0; i < count; i++) {
    const column = duckdb.prepared_statement_column_name(statement, i);
    const type = duckdb.prepared_statement_column_logical_type(statement, i);
    const known = columns.get(keyOf([...path, column]));
    const described = arrowForm(() => describeType(duckdb, type, column));
    fields.push({
      name: column,
      type: described.type,
      nullable: known?.nullable ?? true,
      metadata: sqlMetadata({
        ...known?.facts,
        ...described.facts,
        ...(isReadOnly && { IS_READ_ONLY: "1" }),
      }),
    });
  }
  duckdb.destroy_prepare_sync(statement);
  const comment = comments.get(keyOf(path));
  return { fields, metadata: sqlMetadata(remarks(comment)) };
}

function arrowForm(describe: () => ColumnType): {
  readonly type: DataType;
  readonly facts?: ColumnFacts;
} {
  try {
    const described = describe();
    return { type: arrowType(described), facts: typeFacts(described) };
  } catch (error) {
    if (error instanceof Failure && error.code === "unsupported")
      return { type: utf8 };
    throw error;
  }
}

async function catalogColumns(
  connection: DuckConnection,
): Promise<Catalog["columns"]> {
  const columns = new Map<string, CatalogColumn>();
  const rows = textRows(
    connection,
    "SELECT database_name, schema_name, table_name, column_name, data_type, is_nullable::VARCHAR, comment, column_default FROM duckdb_columns() WHERE NOT internal",
  );
  for await (const row of rows) {
    const [catalog = "", schema = "", table = "", column = ""] = row;
    const [typeName = "", nullable, comment, byDefault = ""] = row.slice(4);
    columns.set(keyOf([catalog, schema, table, column]), {
      nullable: nullable === "true",
      facts: {
        CATALOG_NAME: catalog,
        // The text of the protocol has the second name, its implementations write the first.
        SCHEMA_NAME: schema,
        DB_SCHEMA_NAME: schema,
        TABLE_NAME: table,
        TYPE_NAME: typeName,
        IS_AUTO_INCREMENT: byDefault.startsWith("nextval(") ? "1" : "0",
        ...remarks(comment),
      },
    });
  }
  return columns;
}

async function tableComments(
  connection: DuckConnection,
): Promise<Catalog["comments"]> {
  const comments = new Map<string, string>();
  const rows = textRows(
    connection,
    `SELECT database_name, schema_name, table_name, comment FROM duckdb_tables() WHERE comment IS NOT NULL
    UNION ALL
    SELECT database_name, schema_name, view_name, comment FROM duckdb_views() WHERE comment IS NOT NULL`,
  );
  for await (const row of rows)
    comments.set(keyOf(row.slice(0, 3)), row[3] ?? "");
  return comments;
}

/** An empty comment is none. */
function remarks(comment: string | undefined): ColumnFacts {
  return comment === undefined || comment === "" ? {} : { REMARKS: comment };
}

function keyOf(path: readonly (string | undefined)[]): string {
  return JSON.stringify(path);
}

function binaryVector(values: readonly Uint8Array[]): BytesVector {
  const offsets = new Int32Array(values.length + 1);
  let total = 0;
  values.forEach((value, i) => {
    total += value.byteLength;
    offsets[i + 1] = total;
  });
  return {
    layout: "bytes",
    type: binary,
    length: values.length,
    validity: undefined,
    offsets,
    data: new Uint8Array(Buffer.concat(values)),
  };
}

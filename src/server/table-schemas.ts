import { batchOf } from "../arrow/batch.js";
import type { Batch } from "../arrow/batch.js";
import { encapsulate, encodeSchema } from "../arrow/ipc-schema.js";
import { binary, utf8 } from "../arrow/schema.js";
import type { Field, Schema } from "../arrow/schema.js";
import type { BytesVector, Vector } from "../arrow/vector.js";
import { Failure } from "../failure.js";
import { arrowType } from "./duckdb/arrow-type.js";
import { describeType, quoteIdentifier } from "./duckdb/column-type.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { metadataSchemas } from "./metadata-schemas.js";
import { textAt, textRows } from "./text-rows.js";

/** What the catalog knows of a column beyond its type. */
interface ColumnFacts {
  readonly typeName: string;
  readonly nullable: boolean;
  readonly comment: string | undefined;
  /** Whether its default comes from a sequence. */
  readonly isAutoIncrement: boolean;
}

/**
 * CommandGetTables' answer with `table_schema`: batches of tables, each with its columns added. Beyond the Arrow
 * type a field tells DuckDB's in its metadata, and NOT NULL. A column whose type has no Arrow form is told as
 * utf8, which is what it can be cast to. A view that does not bind any more has no columns.
 */
export async function* tableBatches(
  connection: DuckConnection,
  tables: AsyncIterable<Batch>,
  warn: (text: string) => void,
): AsyncGenerator<Batch, void, undefined> {
  const found: Batch[] = [];
  for await (const batch of tables) found.push(batch);
  const facts = await columnFacts(connection);
  for (const batch of found) {
    const columns = batch.vectors.slice(0, 3) as readonly BytesVector[];
    const encoded: Uint8Array[] = [];
    for (let row = 0; row < batch.length; row++) {
      const path = columns.map((texts) => textAt(texts, row) ?? "");
      const schema = await tableSchema(connection, path, facts, warn);
      encoded.push(encapsulate(encodeSchema(schema)));
    }
    const vectors: Vector[] = [...batch.vectors, binaryVector(encoded)];
    yield batchOf(metadataSchemas.tablesWithSchema, vectors, batch.length);
  }
}

async function tableSchema(
  { duckdb, handle }: DuckConnection,
  path: readonly string[],
  facts: ReadonlyMap<string, ColumnFacts>,
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
  const fields: Field[] = [];
  const count = duckdb.prepared_statement_column_count(statement);
  for (let i = 0; i < count; i++) {
    const column = duckdb.prepared_statement_column_name(statement, i);
    const known = facts.get(keyOf([...path, column]));
    const type = duckdb.prepared_statement_column_logical_type(statement, i);
    fields.push({
      name: column,
      type: formOf(() => arrowType(describeType(duckdb, type, column))),
      nullable: known?.nullable ?? true,
      ...(known === undefined ? {} : { metadata: metadataOf(path, known) }),
    });
  }
  duckdb.destroy_prepare_sync(statement);
  return { fields };
}

function formOf(type: () => Field["type"]): Field["type"] {
  try {
    return type();
  } catch (error) {
    if (error instanceof Failure && error.code === "unsupported") return utf8;
    throw error;
  }
}

/** Keys of apache/arrow's cpp/src/arrow/flight/sql/column_metadata.cc. */
function metadataOf(
  [catalog, schema, table]: readonly string[],
  { typeName, comment, isAutoIncrement }: ColumnFacts,
) {
  const metadata = new Map<string, string>();
  const tell = (key: string, value: string | undefined) => {
    if (value !== undefined) metadata.set(`ARROW:FLIGHT:SQL:${key}`, value);
  };
  const [, precision, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(typeName) ?? [];
  tell("CATALOG_NAME", catalog);
  // The text of the protocol has the second name, its implementations write the first.
  tell("SCHEMA_NAME", schema);
  tell("DB_SCHEMA_NAME", schema);
  tell("TABLE_NAME", table);
  tell("TYPE_NAME", typeName);
  tell("PRECISION", precision);
  tell("SCALE", scale);
  tell("IS_AUTO_INCREMENT", isAutoIncrement ? "1" : "0");
  tell("REMARKS", comment);
  return metadata;
}

async function columnFacts(
  connection: DuckConnection,
): Promise<ReadonlyMap<string, ColumnFacts>> {
  const facts = new Map<string, ColumnFacts>();
  const rows = textRows(
    connection,
    "SELECT database_name, schema_name, table_name, column_name, data_type, is_nullable::VARCHAR, comment, column_default FROM duckdb_columns() WHERE NOT internal",
  );
  for await (const row of rows) {
    const [typeName = "", nullable, comment, byDefault = ""] = row.slice(4);
    facts.set(keyOf(row.slice(0, 4)), {
      typeName,
      nullable: nullable === "true",
      comment: comment === "" ? undefined : comment,
      isAutoIncrement: byDefault.startsWith("nextval("),
    });
  }
  return facts;
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

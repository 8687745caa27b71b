import type { Result } from "@duckdb/node-bindings";
import { batchOf } from "../arrow/batch.js";
import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import type { SqlMessage } from "../drivers/flight/sql-messages.js";
import type { Caller } from "./caller.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { readBatches } from "./duckdb/read/batch-reader.js";
import { metadataSchemas } from "./metadata-schemas.js";
import type { QueryTimeout } from "./query-timeout.js";
import { sqlInfoBatch } from "./sql-info.js";
import { tableBatches, tableTypes } from "./table-schemas.js";
import { xdbcTypesSql } from "./xdbc-types.js";

/** Texts for `$1`, `$2`, …; undefined is NULL. */
type Parameters = readonly (string | undefined)[];

interface Query {
  readonly sql: string;
  readonly parameters: Parameters;
}

/** What a metadata command answers with. */
export interface Catalogue {
  readonly schema: Schema;
  batches(connection: DuckConnection, caller: Caller): AsyncIterable<Batch>;
}

export interface CatalogueParts {
  readonly timeout: QueryTimeout;
  readonly warn: (text: string) => void;
}

/** Databases that hold users' tables; DuckDB's own ("system", "temp") hold none that another call could see. */
const userDatabases =
  "(SELECT database_name FROM duckdb_databases() WHERE NOT internal)";

/**
 * The answer to a metadata command of Flight SQL, undefined when the message is none. A filter that is not
 * given matches all, a catalog is exact, patterns are LIKE with `\` as the escape.
 */
export function catalogue(
  message: SqlMessage,
  { warn, timeout }: CatalogueParts,
): Catalogue | undefined {
  switch (message.name) {
    case "CommandGetSqlInfo":
      return {
        schema: metadataSchemas.sqlInfo,
        batches: async function* (connection) {
          yield await sqlInfoBatch(
            message.value.info,
            connection,
            timeout.seconds,
          );
        },
      };
    case "CommandGetXdbcTypeInfo":
      return answer(metadataSchemas.xdbcTypes, {
        sql: xdbcTypesSql,
        parameters: [message.value.dataType?.toString()],
      });
    case "CommandGetCatalogs":
      return answer(metadataSchemas.catalogs, {
        sql: `FROM ${userDatabases} ORDER BY 1`,
        parameters: [],
      });
    case "CommandGetDbSchemas": {
      const { catalog, dbSchemaFilterPattern } = message.value;
      return answer(metadataSchemas.dbSchemas, {
        sql: `SELECT database_name, schema_name FROM duckdb_schemas()
          WHERE database_name IN ${userDatabases} AND ${exact("database_name", 1)} AND ${like("schema_name", 2)}
          ORDER BY ALL`,
        parameters: [catalog, dbSchemaFilterPattern],
      });
    }
    case "CommandGetTables": {
      const query = tablesQuery(message.value);
      if (!message.value.includeSchema)
        return answer(metadataSchemas.tables, query);
      return {
        schema: metadataSchemas.tablesWithSchema,
        batches: (connection, { signal }) =>
          tableBatches(connection, select(connection, query, signal), warn),
      };
    }
    case "CommandGetTableTypes":
      return answer(metadataSchemas.tableTypes, {
        sql: `SELECT unnest(['${tableTypes.table}', '${tableTypes.view}'])`,
        parameters: [],
      });
    case "CommandGetPrimaryKeys":
      return answer(metadataSchemas.primaryKeys, {
        sql: primaryKeysSql,
        parameters: pathOf(message.value),
      });
    case "CommandGetExportedKeys":
      return foreignKeys([...pathOf(message.value), ...anyTable]);
    case "CommandGetImportedKeys":
      return foreignKeys([...anyTable, ...pathOf(message.value)]);
    case "CommandGetCrossReference": {
      const { value: keys } = message;
      return foreignKeys([
        ...[keys.pkCatalog, keys.pkDbSchema, keys.pkTable],
        ...[keys.fkCatalog, keys.fkDbSchema, keys.fkTable],
      ]);
    }
    default:
      return undefined;
  }
}

interface TablePath {
  readonly catalog: string | undefined;
  readonly dbSchema: string | undefined;
  readonly table: string;
}

function pathOf({ catalog, dbSchema, table }: TablePath): Parameters {
  return [catalog, dbSchema, table];
}

const anyTable: Parameters = [undefined, undefined, undefined];

function exact(column: string, parameter: number): string {
  const value = `$${String(parameter)}::VARCHAR`;
  return `(${value} IS NULL OR ${column} = ${value})`;
}

function like(column: string, parameter: number): string {
  const value = `$${String(parameter)}::VARCHAR`;
  return `(${value} IS NULL OR ${column} LIKE ${value} ESCAPE '\\')`;
}

function tablesQuery(
  filter: Extract<SqlMessage, { name: "CommandGetTables" }>["value"],
): Query {
  const types = filter.tableTypes;
  const isWanted =
    types.length === 0
      ? "true"
      : `table_type IN (${types.map((_, i) => `$${String(i + 4)}`).join(", ")})`;
  return {
    sql: `SELECT * FROM (
        SELECT database_name, schema_name, table_name, '${tableTypes.table}' AS table_type
        FROM duckdb_tables() WHERE NOT internal
        UNION ALL
        SELECT database_name, schema_name, view_name, '${tableTypes.view}'
        FROM duckdb_views() WHERE NOT internal)
      WHERE database_name IN ${userDatabases} AND ${exact("database_name", 1)}
        AND ${like("schema_name", 2)} AND ${like("table_name", 3)} AND ${isWanted}
      ORDER BY ALL`,
    parameters: [
      filter.catalog,
      filter.dbSchemaFilterPattern,
      filter.tableNameFilterPattern,
      ...types,
    ],
  };
}

const primaryKeysSql = `
  SELECT database_name, schema_name, table_name, unnest(constraint_column_names),
    unnest(range(1, len(constraint_column_names) + 1))::INTEGER, constraint_name
  FROM duckdb_constraints()
  WHERE constraint_type = 'PRIMARY KEY' AND database_name IN ${userDatabases}
    AND ${exact("database_name", 1)} AND ${exact("schema_name", 2)} AND ${exact("table_name", 3)}
  ORDER BY 1, 2, 3, 5`;

/** A DuckDB foreign key stays within its schema and always restricts (3 is NO ACTION, which DuckDB calls it). */
const foreignKeysSql = `
  SELECT f.database_name, f.schema_name, f.referenced_table, unnest(f.referenced_column_names),
    f.database_name, f.schema_name, f.table_name, unnest(f.constraint_column_names),
    unnest(range(1, len(f.constraint_column_names) + 1))::INTEGER, f.constraint_name, p.constraint_name,
    3::UTINYINT, 3::UTINYINT
  FROM duckdb_constraints() f
  LEFT JOIN duckdb_constraints() p ON p.database_name = f.database_name AND p.schema_name = f.schema_name
    AND p.table_name = f.referenced_table AND p.constraint_type IN ('PRIMARY KEY', 'UNIQUE')
    AND p.constraint_column_names = f.referenced_column_names
  WHERE f.constraint_type = 'FOREIGN KEY' AND f.database_name IN ${userDatabases}
    AND ${exact("f.database_name", 1)} AND ${exact("f.schema_name", 2)} AND ${exact("f.referenced_table", 3)}
    AND ${exact("f.database_name", 4)} AND ${exact("f.schema_name", 5)} AND ${exact("f.table_name", 6)}
  ORDER BY 1, 2, 3, 7, 10, 9`;

function foreignKeys(parameters: Parameters): Catalogue {
  return answer(metadataSchemas.foreignKeys, {
    sql: foreignKeysSql,
    parameters,
  });
}

function answer(schema: Schema, query: Query): Catalogue {
  return {
    schema,
    batches: async function* (connection, { signal }) {
      // The values are DuckDB's, the names and what may be NULL are Flight SQL's.
      for await (const { vectors, length } of select(connection, query, signal))
        yield batchOf(schema, vectors, length);
    },
  };
}

async function* select(
  connection: DuckConnection,
  { sql, parameters }: Query,
  signal: AbortSignal,
): AsyncGenerator<Batch, void, undefined> {
  const result: Result = await connection.select(sql, parameters, signal);
  yield* readBatches(connection.duckdb, result);
}

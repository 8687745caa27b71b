import { batchOf } from "../arrow/batch.js";
import type { Batch } from "../arrow/batch.js";
import { uint32 } from "../arrow/schema.js";
import {
  SqlInfo,
  SqlNullOrdering,
  SqlOuterJoinsSupportLevel,
  SqlSupportedCaseSensitivity,
  SqlSupportedElementActions,
  SqlSupportedGroupBy,
  SqlSupportedResultSetConcurrency,
  SqlSupportedResultSetType,
  SqlSupportedSubqueries,
  SqlSupportedTransaction,
  SqlSupportedUnions,
  SqlTransactionIsolationLevel,
  SupportedAnsi92SqlGrammarLevel,
  SupportedSqlGrammar,
} from "../drivers/flight/sql-info.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { metadataSchemas } from "./metadata-schemas.js";
import { supportedConversions } from "./sql-conversions.js";
import { factsVector, numberVector } from "./sql-info-vector.js";
import type { Fact } from "./sql-info-vector.js";
import { textRows } from "./text-rows.js";

type Facts = readonly (readonly [number, Fact])[];

/** A set of an enumeration's values as the bits of their numbers. */
function bits(...values: readonly number[]): number {
  return values.reduce((mask, value) => mask | (1 << value), 0);
}

/**
 * What the server tells of itself. The type of each fact is that of the comments in format/FlightSql.proto of
 * apache/arrow. Left out is what has no answer: versions of Substrait, which is not spoken.
 */
function serverFacts(
  { duckdb, readOnly }: DuckConnection,
  timeoutSeconds: number,
): Facts {
  return [
    [SqlInfo.FLIGHT_SQL_SERVER_NAME, "flightsync"],
    [SqlInfo.FLIGHT_SQL_SERVER_VERSION, `DuckDB ${duckdb.library_version()}`],
    // Of the columnar format that is spoken; no Arrow library is behind it.
    [SqlInfo.FLIGHT_SQL_SERVER_ARROW_VERSION, "1.5"],
    [SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY, readOnly],
    [SqlInfo.FLIGHT_SQL_SERVER_SQL, true],
    [SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT, false],
    [
      SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION,
      SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_TRANSACTION,
    ],
    [SqlInfo.FLIGHT_SQL_SERVER_CANCEL, true],
    [SqlInfo.FLIGHT_SQL_SERVER_BULK_INGESTION, !readOnly],
    [SqlInfo.FLIGHT_SQL_SERVER_INGEST_TRANSACTIONS_SUPPORTED, !readOnly],
    // Milliseconds; 0 is no timeout. A transaction ends by itself only when it is idle.
    [SqlInfo.FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT, timeoutSeconds * 1000],
    [SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT, 0],
    [SqlInfo.SQL_DDL_CATALOG, !readOnly],
    [SqlInfo.SQL_DDL_SCHEMA, !readOnly],
    [SqlInfo.SQL_DDL_TABLE, !readOnly],
  ];
}

/** DuckDB's SQL: https://duckdb.org/docs/stable/sql/introduction */
const languageFacts: Facts = [
  [
    SqlInfo.SQL_IDENTIFIER_CASE,
    SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE,
  ],
  [SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR, '"'],
  [
    SqlInfo.SQL_QUOTED_IDENTIFIER_CASE,
    SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_CASE_INSENSITIVE,
  ],
  [SqlInfo.SQL_ALL_TABLES_ARE_SELECTABLE, true],
  [SqlInfo.SQL_NULL_ORDERING, SqlNullOrdering.SQL_NULLS_SORTED_AT_END],
  [SqlInfo.SQL_SEARCH_STRING_ESCAPE, "\\"],
  [SqlInfo.SQL_EXTRA_NAME_CHARACTERS, "$"],
  [SqlInfo.SQL_SUPPORTS_COLUMN_ALIASING, true],
  [SqlInfo.SQL_NULL_PLUS_NULL_IS_NULL, true],
  [SqlInfo.SQL_SUPPORTS_CONVERT, supportedConversions],
  [SqlInfo.SQL_SUPPORTS_TABLE_CORRELATION_NAMES, true],
  [SqlInfo.SQL_SUPPORTS_DIFFERENT_TABLE_CORRELATION_NAMES, false],
  [SqlInfo.SQL_SUPPORTS_EXPRESSIONS_IN_ORDER_BY, true],
  [SqlInfo.SQL_SUPPORTS_ORDER_BY_UNRELATED, true],
  [
    SqlInfo.SQL_SUPPORTED_GROUP_BY,
    bits(
      SqlSupportedGroupBy.SQL_GROUP_BY_UNRELATED,
      SqlSupportedGroupBy.SQL_GROUP_BY_BEYOND_SELECT,
    ),
  ],
  [SqlInfo.SQL_SUPPORTS_LIKE_ESCAPE_CLAUSE, true],
  [SqlInfo.SQL_SUPPORTS_NON_NULLABLE_COLUMNS, true],
  [
    SqlInfo.SQL_SUPPORTED_GRAMMAR,
    bits(
      SupportedSqlGrammar.SQL_MINIMUM_GRAMMAR,
      SupportedSqlGrammar.SQL_CORE_GRAMMAR,
    ),
  ],
  [
    SqlInfo.SQL_ANSI92_SUPPORTED_LEVEL,
    bits(SupportedAnsi92SqlGrammarLevel.ANSI92_ENTRY_SQL),
  ],
  [SqlInfo.SQL_SUPPORTS_INTEGRITY_ENHANCEMENT_FACILITY, true],
  [
    SqlInfo.SQL_OUTER_JOINS_SUPPORT_LEVEL,
    bits(
      SqlOuterJoinsSupportLevel.SQL_LIMITED_OUTER_JOINS,
      SqlOuterJoinsSupportLevel.SQL_FULL_OUTER_JOINS,
    ),
  ],
  [SqlInfo.SQL_SCHEMA_TERM, "schema"],
  [SqlInfo.SQL_PROCEDURE_TERM, ""],
  [SqlInfo.SQL_CATALOG_TERM, "database"],
  [SqlInfo.SQL_CATALOG_AT_START, true],
  [SqlInfo.SQL_SCHEMAS_SUPPORTED_ACTIONS, inIndexes()],
  [SqlInfo.SQL_CATALOGS_SUPPORTED_ACTIONS, inIndexes()],
  [SqlInfo.SQL_SUPPORTED_POSITIONED_COMMANDS, 0],
  [SqlInfo.SQL_SELECT_FOR_UPDATE_SUPPORTED, false],
  [SqlInfo.SQL_STORED_PROCEDURES_SUPPORTED, false],
  [
    SqlInfo.SQL_SUPPORTED_SUBQUERIES,
    bits(...Object.values(SqlSupportedSubqueries)),
  ],
  [SqlInfo.SQL_CORRELATED_SUBQUERIES_SUPPORTED, true],
  [SqlInfo.SQL_SUPPORTED_UNIONS, bits(...Object.values(SqlSupportedUnions))],
];

function inIndexes(): number {
  return bits(SqlSupportedElementActions.SQL_ELEMENT_IN_INDEX_DEFINITIONS);
}

/** 0 is no limit, or one that is not known: DuckDB has none but memory. */
const limits: Facts = [
  SqlInfo.SQL_MAX_BINARY_LITERAL_LENGTH,
  SqlInfo.SQL_MAX_CHAR_LITERAL_LENGTH,
  SqlInfo.SQL_MAX_COLUMN_NAME_LENGTH,
  SqlInfo.SQL_MAX_COLUMNS_IN_GROUP_BY,
  SqlInfo.SQL_MAX_COLUMNS_IN_INDEX,
  SqlInfo.SQL_MAX_COLUMNS_IN_ORDER_BY,
  SqlInfo.SQL_MAX_COLUMNS_IN_SELECT,
  SqlInfo.SQL_MAX_COLUMNS_IN_TABLE,
  SqlInfo.SQL_MAX_CONNECTIONS,
  SqlInfo.SQL_MAX_CURSOR_NAME_LENGTH,
  SqlInfo.SQL_MAX_INDEX_LENGTH,
  SqlInfo.SQL_DB_SCHEMA_NAME_LENGTH,
  SqlInfo.SQL_MAX_PROCEDURE_NAME_LENGTH,
  SqlInfo.SQL_MAX_CATALOG_NAME_LENGTH,
  SqlInfo.SQL_MAX_ROW_SIZE,
  SqlInfo.SQL_MAX_STATEMENT_LENGTH,
  SqlInfo.SQL_MAX_STATEMENTS,
  SqlInfo.SQL_MAX_TABLE_NAME_LENGTH,
  SqlInfo.SQL_MAX_TABLES_IN_SELECT,
  SqlInfo.SQL_MAX_USERNAME_LENGTH,
].map((id) => [id, 0n] as const);

/** Results are streams that are read once and cannot be changed. */
const resultFacts: Facts = [
  [
    SqlInfo.SQL_SUPPORTED_RESULT_SET_TYPES,
    bits(SqlSupportedResultSetType.SQL_RESULT_SET_TYPE_FORWARD_ONLY),
  ],
  [SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_UNSPECIFIED, 0],
  [
    SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_FORWARD_ONLY,
    bits(SqlSupportedResultSetConcurrency.SQL_RESULT_SET_CONCURRENCY_READ_ONLY),
  ],
  [SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_SENSITIVE, 0],
  [SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_INSENSITIVE, 0],
];

/** DuckDB gives each transaction a snapshot: https://duckdb.org/docs/stable/sql/statements/transactions */
const transactionFacts: Facts = [
  [SqlInfo.SQL_MAX_ROW_SIZE_INCLUDES_BLOBS, true],
  [
    SqlInfo.SQL_DEFAULT_TRANSACTION_ISOLATION,
    SqlTransactionIsolationLevel.SQL_TRANSACTION_REPEATABLE_READ,
  ],
  [SqlInfo.SQL_TRANSACTIONS_SUPPORTED, true],
  [
    SqlInfo.SQL_SUPPORTED_TRANSACTIONS_ISOLATION_LEVELS,
    bits(SqlTransactionIsolationLevel.SQL_TRANSACTION_REPEATABLE_READ),
  ],
  [SqlInfo.SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT, false],
  [SqlInfo.SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED, false],
  [SqlInfo.SQL_BATCH_UPDATES_SUPPORTED, true],
  [SqlInfo.SQL_SAVEPOINTS_SUPPORTED, false],
  [SqlInfo.SQL_NAMED_PARAMETERS_SUPPORTED, true],
  [SqlInfo.SQL_LOCATORS_UPDATE_COPY, false],
  [SqlInfo.SQL_STORED_FUNCTIONS_USING_CALL_SYNTAX_SUPPORTED, false],
];

/**
 * Functions by the types of their parameters, or of their result when they have none: those of numbers and of
 * texts by the first, those of dates and times by any, as DuckDB takes a part's name first.
 */
function functionsSql(types: string): string {
  return `SELECT DISTINCT function_name FROM duckdb_functions()
    WHERE function_type = 'scalar' AND regexp_full_match(function_name, '[a-z][a-z0-9_]*')
      AND regexp_full_match(coalesce(nullif(array_to_string(parameter_types, ','), ''), return_type), '${types}') ORDER BY 1`;
}

const numbers =
  "(U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)(,.*)?";

/** What DuckDB lists itself. */
const lists: ReadonlyMap<number, string> = new Map([
  [
    SqlInfo.SQL_KEYWORDS,
    "SELECT DISTINCT upper(keyword_name) FROM duckdb_keywords() ORDER BY 1",
  ],
  [SqlInfo.SQL_NUMERIC_FUNCTIONS, functionsSql(numbers)],
  [SqlInfo.SQL_STRING_FUNCTIONS, functionsSql("VARCHAR(,.*)?")],
  [
    SqlInfo.SQL_SYSTEM_FUNCTIONS,
    `SELECT DISTINCT function_name FROM duckdb_functions()
      WHERE function_type = 'scalar' AND len(parameters) = 0
        AND regexp_full_match(function_name, 'current_.*|version|user|session_user|txid_current|in_search_path') ORDER BY 1`,
  ],
  [
    SqlInfo.SQL_DATETIME_FUNCTIONS,
    functionsSql("(.*,)?(DATE|TIME|INTERVAL).*"),
  ],
]);

/**
 * The lists of this DuckDB, as it was when they were asked for first: they take a tenth of a second, which every
 * client would wait for when it connects, and change only when somebody loads an extension.
 */
const listed = new Map<number, readonly string[]>();

async function listOf(
  id: number,
  sql: string,
  connection: DuckConnection,
): Promise<readonly string[]> {
  const texts = listed.get(id) ?? (await textColumn(connection, sql));
  listed.set(id, texts);
  return texts;
}

/**
 * CommandGetSqlInfo's answer, in the order of the ids.
 * @param wanted all when empty. Ids that the server has nothing to say about have no row.
 */
export async function sqlInfoBatch(
  wanted: readonly number[],
  connection: DuckConnection,
  timeoutSeconds: number,
): Promise<Batch> {
  const facts = new Map<number, Fact>([
    ...serverFacts(connection, timeoutSeconds),
    ...languageFacts,
    ...limits,
    ...resultFacts,
    ...transactionFacts,
  ]);
  const isWanted = (id: number) => wanted.length === 0 || wanted.includes(id);
  for (const [id, sql] of lists)
    if (isWanted(id)) facts.set(id, await listOf(id, sql, connection));
  const rows = [...facts]
    .filter(([id]) => isWanted(id))
    .toSorted(([a], [b]) => a - b);
  const ids = Uint32Array.from(rows, ([id]) => id);
  return batchOf(
    metadataSchemas.sqlInfo,
    [numberVector(uint32, ids), factsVector(rows.map(([, fact]) => fact))],
    rows.length,
  );
}

async function textColumn(
  connection: DuckConnection,
  sql: string,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const [text = ""] of textRows(connection, sql)) texts.push(text);
  return texts;
}

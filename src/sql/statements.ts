import type { DataType, Field, Schema } from "../arrow/schema.js";
import type { TableName } from "../catalog.js";
import type { OlderRows } from "../engine.js";
import {
  identifier,
  tableIdentifier,
  typeText,
  type Dialect,
} from "./dialect.js";
import { cursorLiteral } from "./literal.js";

const instant: DataType = { type: "timestamp", unit: "us", timezone: "UTC" };

/**
 * Column of every staging table of an upsert: arrival order within the load, BIGINT. The last row of a key wins.
 */
export const sequenceColumn = "_fs_seq";
/**
 * Column of every staging table of an upsert: which columns the row did not mention, as one character per
 * column in table order, `1` = absent. NULL when the row has them all.
 */
export const absentColumn = "_fs_absent";

function columnList(
  dialect: Dialect,
  names: readonly string[],
  prefix = "",
): string {
  return names.map((name) => prefix + identifier(dialect, name)).join(", ");
}

function columnDefinition(
  dialect: Dialect,
  column: Field,
  notNull: boolean,
): string {
  return `${identifier(dialect, column.name)} ${typeText(dialect, column.type)}${notNull ? " NOT NULL" : ""}`;
}

export function select(
  dialect: Dialect,
  table: TableName,
  columns: readonly string[],
  where: string | undefined,
  orderBy?: string,
): string {
  const filter = where === undefined ? "" : ` WHERE ${where}`;
  const order = orderBy === undefined ? "" : ` ORDER BY ${orderBy}`;
  return `SELECT ${columnList(dialect, columns)} FROM ${tableIdentifier(dialect, table)}${filter}${order}`;
}

/** The columns of a table and no row. */
export function emptySelect(dialect: Dialect, table: TableName): string {
  return `SELECT * FROM ${tableIdentifier(dialect, table)} WHERE 1 = 0`;
}

/**
 * One row: `upper` (the largest cursor value), `behind` (whether it lies before `since`, so that the state
 * cannot be of this table) and `nulls` (rows without a cursor value).
 */
export function cursorBounds(
  dialect: Dialect,
  table: TableName,
  column: string,
  since: string | undefined,
): string {
  const name = identifier(dialect, column);
  const behind = since === undefined ? "FALSE" : `MAX(${name}) < ${since}`;
  return `SELECT MAX(${name}) AS ${identifier(dialect, "upper")}, ${behind} AS ${identifier(dialect, "behind")}, COUNT(*) - COUNT(${name}) AS ${identifier(dialect, "nulls")} FROM ${tableIdentifier(dialect, table)}`;
}

export function createSchema(dialect: Dialect, namespace: string): string {
  return `CREATE SCHEMA IF NOT EXISTS ${identifier(dialect, namespace)}`;
}

/** `required` columns get NOT NULL; no key constraint, so that a table may be merged into in one transaction. */
export function createTable(
  dialect: Dialect,
  table: TableName,
  schema: Schema,
  required: readonly string[] = [],
): string {
  const columns = schema.fields.map((column) =>
    columnDefinition(dialect, column, required.includes(column.name)),
  );
  return `CREATE TABLE ${tableIdentifier(dialect, table)} (${columns.join(", ")})`;
}

export function addColumn(
  dialect: Dialect,
  table: TableName,
  column: Field,
): string {
  return `ALTER TABLE ${tableIdentifier(dialect, table)} ADD COLUMN ${columnDefinition(dialect, column, false)}`;
}

export function dropTable(dialect: Dialect, table: TableName): string {
  return `DROP TABLE IF EXISTS ${tableIdentifier(dialect, table)}`;
}

/** The new name stays in the schema of the table. */
export function renameTable(
  dialect: Dialect,
  table: TableName,
  name: string,
): string {
  return `ALTER TABLE ${tableIdentifier(dialect, table)} RENAME TO ${identifier(dialect, name)}`;
}

export function deleteRows(dialect: Dialect, table: TableName): string {
  return `DELETE FROM ${tableIdentifier(dialect, table)}`;
}

/** Rows of smaller versions are deleted, or get a time where they have none. */
export function retire(
  dialect: Dialect,
  table: TableName,
  { versionColumn, version, action }: OlderRows,
): string {
  const older = `${identifier(dialect, versionColumn)} < ${String(version)}`;
  if (action.type === "delete")
    return `${deleteRows(dialect, table)} WHERE ${older}`;
  const column = identifier(dialect, action.column);
  const time = new Date(action.at).toISOString();
  const literal = cursorLiteral(dialect, instant, time) ?? "NULL";
  return `UPDATE ${tableIdentifier(dialect, table)} SET ${column} = ${literal} WHERE ${older} AND ${column} IS NULL`;
}

export function insertSelect(
  dialect: Dialect,
  table: TableName,
  source: TableName,
  columns: readonly string[],
): string {
  return insertFrom(dialect, table, tableIdentifier(dialect, source), columns);
}

/** @param source what stands behind FROM. */
export function insertFrom(
  dialect: Dialect,
  table: TableName,
  source: string,
  columns: readonly string[],
): string {
  const list = columnList(dialect, columns);
  return `INSERT INTO ${tableIdentifier(dialect, table)} (${list}) SELECT ${list} FROM ${source}`;
}

/** Columns in the order of the table: `INSERT OVERWRITE` goes by place in some versions of Spark. */
export function insertOverwrite(
  dialect: Dialect,
  table: TableName,
  source: TableName,
  columns: readonly string[],
): string {
  const list = columnList(dialect, columns);
  return `INSERT OVERWRITE TABLE ${tableIdentifier(dialect, table)} SELECT ${list} FROM ${tableIdentifier(dialect, source)}`;
}

export function createOrReplace(
  dialect: Dialect,
  table: TableName,
  source: TableName,
  columns: readonly string[],
): string {
  const list = columnList(dialect, columns);
  return `CREATE OR REPLACE TABLE ${tableIdentifier(dialect, table)} AS SELECT ${list} FROM ${tableIdentifier(dialect, source)}`;
}

/**
 * Statements that bring staged rows into a table by key, to be run in one transaction. The row with the
 * largest `_fs_seq` of a key wins.
 *
 * @param partial some staged rows lack columns: each column then comes from the last row of the key that
 * has it, and a column that none has keeps its stored value (NULL in a new row).
 */
export function merge(
  dialect: Dialect,
  table: TableName,
  staging: TableName,
  columns: readonly string[],
  key: readonly string[],
  partial: boolean,
): readonly string[] {
  const source = partial
    ? lastPresent(dialect, staging, columns, key)
    : lastRow(dialect, staging, columns, key);
  const on = key
    .map(
      (name) =>
        `t.${identifier(dialect, name)} = s.${identifier(dialect, name)}`,
    )
    .join(" AND ");
  const rest = columns.filter((name) => !key.includes(name));
  const assignments = rest.map((name) => {
    const quoted = identifier(dialect, name);
    const value = partial
      ? `CASE WHEN s.${identifier(dialect, absentColumn + name)} THEN t.${quoted} ELSE s.${quoted} END`
      : `s.${quoted}`;
    return `${quoted} = ${value}`;
  });
  const into = tableIdentifier(dialect, table);
  const insert = `(${columnList(dialect, columns)})`;
  const values = columnList(dialect, columns, "s.");
  if (dialect.mergeInto) {
    const update =
      rest.length === 0
        ? ""
        : ` WHEN MATCHED THEN UPDATE SET ${assignments.join(", ")}`;
    return [
      `MERGE INTO ${into} AS t USING (${source}) AS s ON (${on})${update} WHEN NOT MATCHED THEN INSERT ${insert} VALUES (${values})`,
    ];
  }
  const matches = `SELECT 1 FROM ${into} AS t WHERE ${on}`;
  return [
    ...(rest.length === 0
      ? []
      : [
          `UPDATE ${into} AS t SET ${assignments.join(", ")} FROM (${source}) AS s WHERE ${on}`,
        ]),
    `INSERT INTO ${into} ${insert} SELECT ${values} FROM (${source}) AS s WHERE NOT EXISTS (${matches})`,
  ];
}

function lastRow(
  dialect: Dialect,
  staging: TableName,
  columns: readonly string[],
  key: readonly string[],
): string {
  const rank = identifier(dialect, "_fs_rank");
  const ranked = `SELECT *, ROW_NUMBER() OVER (PARTITION BY ${columnList(dialect, key)} ORDER BY ${identifier(dialect, sequenceColumn)} DESC) AS ${rank} FROM ${tableIdentifier(dialect, staging)}`;
  return `SELECT ${columnList(dialect, columns)} FROM (${ranked}) AS r WHERE ${rank} = 1`;
}

/**
 * One row per key whose columns are each taken from the last row that has them. `_fs_absent` + name says
 * whether none had it.
 */
function lastPresent(
  dialect: Dialect,
  staging: TableName,
  columns: readonly string[],
  key: readonly string[],
): string {
  const seq = identifier(dialect, sequenceColumn);
  const marks = identifier(dialect, absentColumn);
  const partition = `PARTITION BY ${columnList(dialect, key)}`;
  const inner: string[] = [];
  const outer: string[] = [];
  columns.forEach((name, index) => {
    const quoted = identifier(dialect, name);
    if (key.includes(name)) {
      outer.push(`MAX(${quoted}) AS ${quoted}`);
      return;
    }
    const here = identifier(dialect, `_fs_last${String(index)}`);
    const absent = `SUBSTRING(${marks}, ${String(index + 1)}, 1) = '1'`;
    inner.push(
      `MAX(CASE WHEN ${absent} THEN NULL ELSE ${seq} END) OVER (${partition}) AS ${here}`,
    );
    outer.push(
      `MAX(CASE WHEN ${seq} = ${here} THEN ${quoted} END) AS ${quoted}`,
      `MAX(${here}) IS NULL AS ${identifier(dialect, absentColumn + name)}`,
    );
  });
  const marked = `SELECT *${inner.map((text) => `, ${text}`).join("")} FROM ${tableIdentifier(dialect, staging)}`;
  return `SELECT ${outer.join(", ")} FROM (${marked}) AS m GROUP BY ${columnList(dialect, key)}`;
}

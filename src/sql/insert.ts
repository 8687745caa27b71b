import type { Batch } from "../arrow/batch.js";
import { displayName, type TableName } from "../catalog.js";
import { Failure } from "../failure.js";
import { identifier, tableIdentifier, type Dialect } from "./dialect.js";
import { valueText } from "./values.js";

/** Bounds of one statement. */
export interface StatementLimits {
  /** UTF-8 bytes. */
  readonly bytes: number;
  readonly rows: number;
}

/** A multi-row INSERT. */
export interface InsertStatement {
  readonly sql: string;
  readonly rows: number;
}

/** `INSERT INTO t (a, b) VALUES (…), (…)` for the rows of a batch, in their order, as many statements as it takes. */
export function* insertStatements(
  dialect: Dialect,
  table: TableName,
  batch: Batch,
  limits: StatementLimits,
): Generator<InsertStatement, void, undefined> {
  const head = `${insertInto(dialect, table, batch)} VALUES `;
  const headBytes = Buffer.byteLength(head);
  let rows: string[] = [];
  let bytes = headBytes;
  for (let row = 0; row < batch.length; row++) {
    const text = rowText(dialect, table, batch, row);
    const size = Buffer.byteLength(text) + 2;
    if (headBytes + size > limits.bytes)
      throw new Failure(
        "exhausted",
        `row ${String(row)} of a batch for ${displayName(table)} makes a statement of ${String(headBytes + size)} bytes, more than the ${String(limits.bytes)} that one may have`,
      );
    if (
      rows.length > 0 &&
      (bytes + size > limits.bytes || rows.length >= limits.rows)
    ) {
      yield { sql: head + rows.join(", "), rows: rows.length };
      rows = [];
      bytes = headBytes;
    }
    rows.push(text);
    bytes += size;
  }
  if (rows.length > 0) yield { sql: head + rows.join(", "), rows: rows.length };
}

/** `INSERT INTO t (a, b) VALUES (?, ?)` */
export function insertParameters(
  dialect: Dialect,
  table: TableName,
  batch: Pick<Batch, "schema">,
): string {
  const places = batch.schema.fields.map(() => "?").join(", ");
  return `${insertInto(dialect, table, batch)} VALUES (${places})`;
}

function insertInto(
  dialect: Dialect,
  table: TableName,
  { schema }: Pick<Batch, "schema">,
): string {
  const columns = schema.fields.map((column) =>
    identifier(dialect, column.name),
  );
  return `INSERT INTO ${tableIdentifier(dialect, table)} (${columns.join(", ")})`;
}

/** @throws Failure naming the column whose value has no text. */
function rowText(
  dialect: Dialect,
  table: TableName,
  batch: Batch,
  row: number,
): string {
  const values = batch.vectors.map((vector, column) => {
    try {
      return valueText(dialect, vector, row);
    } catch (error) {
      const failure = Failure.from(error);
      throw new Failure(
        failure.code,
        `${failure.message} (column ${batch.schema.fields[column]?.name ?? ""} of ${displayName(table)}, row ${String(row)} of a batch)`,
        { cause: error },
      );
    }
  });
  return `(${values.join(", ")})`;
}

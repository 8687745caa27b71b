/**
 * `INSERT INTO t VALUES (?, ?)` or `INSERT INTO t (a, b) VALUES (?, ?)`: nothing but parameters, one row of
 * them, nothing behind. A name may have quotes and dots.
 */
const oneRow =
  /^(\s*insert\s+into\s+(?:"(?:[^"]|"")*"|[\w$.])+\s*(?:\((?:"(?:[^"]|"")*"|[\w$,\s])+\))?\s*values\s*)\(((?:\s*\?\s*,)*\s*\?\s*)\)\s*;?\s*$/i;

/**
 * The text of a statement that inserts `rows` rows of parameters at once, which DuckDB does much faster than one
 * after another: running a statement costs far more than a row. Undefined unless the statement inserts one row of
 * parameters and does nothing else, so that the outcome is the same.
 */
export function insertOfRows(sql: string, rows: number): string | undefined {
  const [, head, row] = oneRow.exec(sql) ?? [];
  if (head === undefined || row === undefined) return undefined;
  return head + Array.from({ length: rows }, () => `(${row})`).join(", ");
}

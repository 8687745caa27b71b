import type { CursorFact } from "../quirks/quirks.js";
import type { Subject } from "./subject.js";

/** Name of the column that tells the rows of the suite's tables apart. */
export const rowId = "row_id";

/** Table `every_type` on the source: all values of all types, NULLs, and a row of nothing but NULLs. */
export async function createEveryType(subject: Subject): Promise<string> {
  const { quirks, source } = subject;
  const name = "every_type";
  const columns = [
    `"${rowId}" ${quirks.bigint}`,
    ...quirks.columns.map((column) => `"${column.name}" ${column.type}`),
  ];
  await source.run(
    `CREATE TABLE ${subject.table(name)} (${columns.join(", ")})`,
  );
  const rows = everyTypeRows(subject).map((_, row) => {
    const values = quirks.columns.map((column) => column.values[row]?.[0]);
    const list = values.map((value) => value ?? "NULL").join(", ");
    return `(${String(row)}, ${list})`;
  });
  await source.run(
    `INSERT INTO ${subject.table(name)} VALUES ${rows.join(", ")}`,
  );
  return name;
}

/** The JSON texts that the records of `every_type` must have, per row by column. */
export function everyTypeRows({
  quirks,
  format,
}: Subject): readonly ReadonlyMap<string, string>[] {
  const most = Math.max(...quirks.columns.map(({ values }) => values.length));
  return Array.from({ length: most + 1 }, (_, row) => {
    const texts = quirks.columns.map(({ name, values, missing }) => {
      const json = values[row]?.[1] ?? missing?.json ?? "null";
      return [name, json.replaceAll("{naive}", format.naiveSuffix)] as const;
    });
    return new Map([[rowId, String(row)], ...texts]);
  });
}

/** A table of computed rows on the source. */
export async function createGenerated(
  subject: Subject,
  name: string,
  rows: number,
  generated = subject.quirks.generated,
): Promise<void> {
  const { quirks, source } = subject;
  const columns = generated.map(
    (column) => `${column.value} AS "${column.name}"`,
  );
  await source.run(
    `CREATE TABLE ${subject.table(name)} AS SELECT n AS "${rowId}", ${columns.join(", ")} FROM ${quirks.series(rows)}`,
  );
}

/** What the source's server says that the values of each row of a computed table are, one text per row, in order. */
export async function generatedRows(
  subject: Subject,
  name: string,
): Promise<readonly string[]> {
  const { quirks, source, format } = subject;
  const texts = [
    quirks.text(rowId),
    ...quirks.generated.map(({ json }) => `COALESCE(${json}, 'null')`),
  ];
  const rows = await source.query(
    `SELECT ${texts.join(" || ',' || ")} FROM ${subject.table(name)} ORDER BY ${rowId}`,
  );
  return rows.map(([text = ""]) =>
    text.replaceAll("{naive}", format.naiveSuffix),
  );
}

/** Adds rows to the table of a cursor type: numbers and cursor values from `n`, an expression; made when it is missing. */
export async function addCursorRows(
  subject: Subject,
  { name, type, value }: CursorFact,
  rows: { readonly count: number; readonly id: string; readonly n: string },
): Promise<void> {
  const { quirks, source } = subject;
  const target = subject.table(cursorTable(name));
  await source.run(
    `CREATE TABLE IF NOT EXISTS ${target} (${rowId} ${quirks.bigint}, cursor_value ${type})`,
  );
  await source.run(
    `INSERT INTO ${target} SELECT ${rows.id}, ${value(rows.n)} FROM ${quirks.series(rows.count)}`,
  );
}

export function cursorTable(name: string): string {
  return `cursor_${name}`;
}

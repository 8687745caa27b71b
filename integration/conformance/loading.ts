import type { Settings, TextRow } from "../quirks/quirks.js";
import type { LoadLines, LoadPlan } from "./formats/format.js";
import type { Finished, Program } from "./program.js";
import type { Subject } from "./subject.js";

/** A load that the suite feeds by hand. */
export interface Loading {
  readonly program: Program;
  readonly lines: LoadLines;
}

type Plan = Omit<LoadPlan, "namespace">;

export type Row = Readonly<Record<string, unknown>>;

/** Starts a destination and opens its one stream. */
export async function startLoad(
  subject: Subject,
  plan: Plan,
  settings: Settings = {},
): Promise<Loading> {
  const { format, namespace } = subject;
  const lines = format.load({ ...plan, namespace });
  const program = await subject.writing(
    { ...lines.settings, ...settings },
    lines.catalog,
  );
  await program.write(lines.open);
  return { program, lines };
}

/** A whole load. */
export async function load(
  subject: Subject,
  plan: Plan,
  rows: readonly Row[],
): Promise<Finished> {
  const { program, lines } = await startLoad(subject, plan);
  await program.write(rows.map((row) => lines.record(row)));
  await program.write(lines.complete(rows.length));
  return await program.finish();
}

export async function tablesOf({
  destination,
  quirks,
  namespace,
}: Subject): Promise<readonly string[]> {
  const rows = await destination.query(quirks.tableNames(namespace));
  return rows.map(([name = ""]) => name);
}

/** Rows of a table of the destination, in order of the columns; none when there is no such table. */
export async function loadedRows(
  subject: Subject,
  name: string,
  columns: readonly string[],
): Promise<readonly TextRow[]> {
  if (!(await tablesOf(subject)).includes(name)) return [];
  const texts = columns.map((column) => subject.quirks.text(column));
  return await subject.destination.query(
    `SELECT ${texts.join(", ")} FROM ${subject.table(name)} ORDER BY ${columns.join(", ")}`,
  );
}

import type { Finished } from "./program.js";
import type { Format } from "./formats/format.js";

export type RecordValues = ReadonlyMap<string, string>;

/** Records by table, in the order of their lines. */
export function recordsOf(
  format: Format,
  { lines }: Finished,
): ReadonlyMap<string, readonly RecordValues[]> {
  const records = new Map<string, RecordValues[]>();
  for (const line of lines) {
    const said = format.said(line);
    if (said.type !== "record") continue;
    const rows = records.get(said.table) ?? [];
    rows.push(said.values);
    records.set(said.table, rows);
  }
  return records;
}

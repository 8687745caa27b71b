import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { chart } from "./chart.js";
import { legend, quickNote } from "./legend.js";
import type { Report } from "./report.js";
import { table } from "./table.js";

const file = (name: string) => join(import.meta.dirname, name);

/** The report for people. */
export function markdown(report: Report): string {
  const { machine, versions, commit, date, quick } = report;
  const about = `${machine}; ${versions}; commit ${commit}, ${date}`;
  const notes = quick ? [quickNote, legend] : [legend];
  return [about, table(report), ...notes].join("\n\n") + "\n";
}

/** The report for programs, a row on each line. */
export function jsonText({ rows, ...rest }: Report): string {
  const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
  const head = JSON.stringify(rest).slice(0, -1);
  return `${head},"rows":[\n${lines}\n]}\n`;
}

/** Replaces bench/RESULTS.md and bench/results.json. */
export async function writeResults(report: Report): Promise<void> {
  const command = "npm run bench -- --peers --results";
  const text = `# Results\n\nWritten by \`${command}\`.\n\n${markdown(report)}`;
  writeFileSync(file("RESULTS.md"), await format(text, { parser: "markdown" }));
  writeFileSync(file("results.json"), jsonText(report));
}

/** Replaces bench/results.svg by what bench/results.json says. @throws Error when `--results` was never given. */
export function writeChart(): void {
  const report = JSON.parse(
    readFileSync(file("results.json"), "utf8"),
  ) as Report;
  writeFileSync(file("results.svg"), chart(report));
}

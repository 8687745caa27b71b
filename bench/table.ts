import type { Bar } from "./measurement.js";
import type { Figures, Report, ReportRow } from "./report.js";

const head = [
  "path",
  "set",
  "ours M rows/s",
  "M rows/CPU s",
  "MB/s",
  "s",
  "peak MB",
  "yardstick",
  "M rows/s",
  "M rows/CPU s",
  "MB/s",
  "s",
  "peak MB",
  "ratio, median (min – max)",
  "CPU ratio",
  "bar",
  "",
];

/** The report's rows as one Markdown table. */
export function table({ rows }: Report): string {
  const lines = [head, head.map(() => "---"), ...rows.map(cells)];
  return lines.map((line) => `| ${line.map(escaped).join(" | ")} |\n`).join("");
}

function cells(row: ReportRow): readonly string[] {
  return [
    row.path,
    row.set,
    ...figures(row.ours),
    row.yardstick.label,
    ...figures(row.yardstick),
    row.ratio === undefined
      ? ""
      : `${short(row.ratio.median)} (${short(row.ratio.min)} – ${short(row.ratio.max)})`,
    short(row.cpu_ratio),
    bar(row.bar),
    row.verdict,
  ];
}

function figures(of: Figures): readonly string[] {
  return [
    short(millions(of.rows_per_second)),
    short(millions(of.rows_per_cpu_second)),
    short(of.mb_per_second),
    short(of.seconds),
    of.rss_mb?.toFixed(0) ?? "",
  ];
}

function millions(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1e6;
}

function bar(of: Bar | undefined): string {
  switch (of?.kind) {
    case undefined:
      return "";
    case "speed":
      return `≥ ${String(of.atLeast)}${of.by === "wall" ? " wall" : ""}`;
    case "time":
      return `≤ ${String(of.atMost)}`;
    case "memory":
      return `≤ ${String(of.growthAtMost)}, ≤ ${String(of.atMost)} MB`;
  }
}

/** Three significant digits, never in exponential form. */
export function short(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Text as a cell of a Markdown table. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

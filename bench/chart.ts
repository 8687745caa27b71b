import type { Figures, Report, ReportRow } from "./report.js";
import { short } from "./table.js";

/** The rows that the chart shows, in its order, each with what its reader is told. */
const lines: readonly (readonly [row: string, title: string])[] = [
  ["lines-out-taxi", "Arrow → JSON lines"],
  ["lines-in-taxi", "JSON lines → Arrow"],
  ["line-flights", "tap | target, server to server"],
  ["tap-sdk-taxi", "tap"],
  ["target-sdk-taxi", "target"],
  ["library-adbc-8k-taxi", "library: query → record batches"],
];

const width = 720;
/** Where the bars begin, and how far the longest one reaches: its figure stands behind it. */
const left = 210;
const longest = 300;
const barHeight = 14;
const lineHeight = 2 * barHeight + 16;

/** Million rows per second of ours and of each yardstick, side by side. @throws Error when no row is there. */
export function chart({ rows }: Report): string {
  const shown = lines.flatMap(([name, title]) => {
    const row = rows.find((candidate) => candidate.name === name);
    return row === undefined ? [] : [{ title, row }];
  });
  if (shown.length === 0)
    throw new Error("the results have no row that the chart shows");
  const figures = shown.flatMap(({ row }) => [row.ours, row.yardstick]);
  const scale = longest / Math.max(...figures.map(speed));
  const height = shown.length * lineHeight + 8;
  const body = shown
    .map(({ title, row }, index) => line(title, row, index * lineHeight, scale))
    .join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #24292f } .ours { fill: #0969da } .theirs { fill: #afb8c1 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #4493f8 } .theirs { fill: #57606a } }
</style>
${body}
</svg>
`;
}

function line(
  title: string,
  { ours, yardstick }: ReportRow,
  top: number,
  scale: number,
): string {
  const middle = top + 8 + barHeight + 4;
  return [
    `<text x="${String(left - 10)}" y="${String(middle)}" text-anchor="end">${escaped(title)}</text>`,
    bar("ours", `${figure(ours)} flightsync`, speed(ours), top + 8, scale),
    bar(
      "theirs",
      `${figure(yardstick)} ${yardstick.label}`,
      speed(yardstick),
      top + 8 + barHeight,
      scale,
    ),
  ].join("\n");
}

function bar(
  kind: string,
  label: string,
  value: number,
  top: number,
  scale: number,
): string {
  const size = Math.max(1, value * scale).toFixed(1);
  const end = (left + Number(size) + 6).toFixed(1);
  return `<rect class="${kind}" x="${String(left)}" y="${String(top)}" width="${size}" height="${String(barHeight - 1)}"/><text x="${end}" y="${String(top + barHeight - 3)}">${escaped(label)}</text>`;
}

function speed({ rows_per_second: value }: Figures): number {
  return value ?? 0;
}

function figure(of: Figures): string {
  return `${short(speed(of) / 1e6)} M`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

import {
  peak,
  rowsPerSecond,
  scores,
  spread,
  verdict,
  type Bar,
  type Measurement,
  type Sample,
} from "./measurement.js";

const head = [
  "path",
  "set",
  "ours M rows/s",
  "MB/s",
  "s",
  "CPU s",
  "peak MB",
  "yardstick",
  "M rows/s",
  "MB/s",
  "s",
  "CPU s",
  "peak MB",
  "ours : yardstick, median (min – max)",
  "bar",
  "",
];

/** The measurements as one Markdown table; every figure is the median of its repetitions. */
export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => {
    const { case: row, ours, yardstick } = measurement;
    return [
      row.path,
      row.set,
      ...figures(ours),
      row.yardstick?.label ?? "",
      ...figures(yardstick),
      score(measurement),
      bar(row.bar),
      verdict(measurement),
    ];
  });
  const lines = [head, head.map(() => "---"), ...rows];
  return lines
    .map((cells) => `| ${cells.map(escaped).join(" | ")} |\n`)
    .join("");
}

function figures(samples: readonly Sample[]): string[] {
  const median = (
    of: (sample: Sample) => number | undefined,
    digits: (value: number) => string,
  ) => {
    const found = spread(
      samples.map(of).filter((value) => value !== undefined),
    );
    return found === undefined ? "" : digits(found.median);
  };
  const moves = samples.some((sample) => sample.rows > 0);
  return [
    moves ? median((sample) => rowsPerSecond(sample) / 1e6, short) : "",
    median(
      (sample) =>
        sample.bytes === undefined
          ? undefined
          : sample.bytes / sample.seconds / 1e6,
      short,
    ),
    median((sample) => sample.seconds, short),
    median(cpu, short),
    median((sample) => {
      const bytes = peak(sample);
      return bytes === undefined ? undefined : bytes / 1e6;
    }, whole),
  ];
}

function cpu(sample: Sample): number | undefined {
  const known = sample.usages
    .map((usage) => usage.cpuSeconds)
    .filter((seconds) => seconds !== undefined);
  return known.length === 0
    ? undefined
    : known.reduce((sum, seconds) => sum + seconds, 0);
}

function score(measurement: Measurement): string {
  const found = spread(scores(measurement));
  if (found === undefined) return "";
  const { min, median, max } = found;
  return measurement.case.bar?.kind === "memory"
    ? `${whole(median)} MB (${whole(min)} – ${whole(max)})`
    : `${short(median)} (${short(min)} – ${short(max)})`;
}

function bar(of: Bar | undefined): string {
  switch (of?.kind) {
    case undefined:
      return "";
    case "speed":
      return `≥ ${String(of.atLeast)}`;
    case "time":
      return `≤ ${String(of.atMost)}`;
    case "memory":
      return `≤ ${String(of.atMost)} MB`;
  }
}

function whole(value: number): string {
  return value.toFixed(0);
}

/** Three significant digits, never in exponential form. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/** Text as a cell of a Markdown table. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

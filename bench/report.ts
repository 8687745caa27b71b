import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import {
  cpuRatios,
  peakBytes,
  ratios,
  rowsPerCpuSecond,
  rowsPerSecond,
  type Bar,
  type Measurement,
  type Sample,
} from "./measurement.js";
import { spread, type Spread } from "./spread.js";

/** What the bench found, as data: the table and the chart are made of it, and `--json` writes it. */
export interface Report {
  readonly machine: string;
  readonly versions: string;
  readonly commit: string;
  readonly date: string;
  readonly quick: boolean;
  readonly rows: readonly ReportRow[];
}

export interface ReportRow {
  readonly name: string;
  readonly path: string;
  readonly set: string;
  readonly ours: Figures;
  readonly yardstick: Figures;
  /** Ours divided by the yardstick: rows per second, for start-up wall time, for memory its peak. */
  readonly ratio: Spread | undefined;
  /** Median of the same in rows per CPU second. */
  readonly cpu_ratio: number | undefined;
  /** Our largest process in the worst run, in 10^6 bytes. */
  readonly rss_mb: number | undefined;
  readonly bar: Bar | undefined;
  readonly verdict: Verdict;
  readonly error: string | undefined;
}

/** Medians of the repetitions, except for memory. MB are 10^6 bytes. */
export interface Figures {
  readonly label: string;
  readonly rows_per_second: number | undefined;
  readonly rows_per_cpu_second: number | undefined;
  readonly mb_per_second: number | undefined;
  readonly seconds: number | undefined;
  /** The largest process in the worst run. */
  readonly rss_mb: number | undefined;
}

export type Verdict = "ok" | "below" | "failed" | "not measured" | "";

export function report(
  measurements: readonly Measurement[],
  quick: boolean,
): Report {
  return {
    machine: machine(),
    versions: versions(),
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    quick,
    rows: measurements.map(reportRow),
  };
}

function reportRow(measurement: Measurement): ReportRow {
  const { case: row, error } = measurement;
  const ours = figures(row.ours.label, measurement.ours);
  const yardstick = figures(row.yardstick.label, measurement.yardstick);
  const ratio = spread(ratios(measurement));
  const cpu = spread(cpuRatios(measurement))?.median;
  const found = { ours, yardstick, ratio, cpu_ratio: cpu };
  return {
    name: row.name,
    path: row.path,
    set: row.set,
    ...found,
    rss_mb: ours.rss_mb,
    bar: row.bar,
    verdict: error === undefined ? verdict(row.bar, found) : "failed",
    error,
  };
}

function figures(label: string, samples: readonly Sample[]): Figures {
  const of = (figure: (sample: Sample) => number | undefined) =>
    spread(samples.map(figure).filter((value) => value !== undefined));
  return {
    label,
    rows_per_second: of((sample) =>
      sample.rows === 0 ? undefined : rowsPerSecond(sample),
    )?.median,
    rows_per_cpu_second: of(rowsPerCpuSecond)?.median,
    mb_per_second: of(({ bytes, seconds }) =>
      bytes === undefined ? undefined : bytes / seconds / 1e6,
    )?.median,
    seconds: of(({ seconds }) => seconds)?.median,
    rss_mb: of((sample) => {
      const bytes = peakBytes(sample);
      return bytes === undefined ? undefined : bytes / 1e6;
    })?.max,
  };
}

/** Medians decide over ratios, by CPU time where the bar says so and it is known; the worst run over memory in MB. */
function verdict(
  bar: Bar | undefined,
  found: Pick<ReportRow, "ours" | "yardstick" | "ratio" | "cpu_ratio">,
): Verdict {
  const { ours, yardstick, ratio, cpu_ratio: cpu } = found;
  if (bar === undefined) return "";
  if (ratio === undefined) return "not measured";
  const judge = (reached: boolean) => (reached ? "ok" : "below");
  switch (bar.kind) {
    case "speed": {
      const score = bar.by === "cpu" ? (cpu ?? ratio.median) : ratio.median;
      return judge(score >= bar.atLeast);
    }
    case "time":
      return judge(ratio.median <= bar.atMost);
    case "memory": {
      const largest = Math.max(ours.rss_mb ?? 0, yardstick.rss_mb ?? 0);
      return judge(largest <= bar.atMost && ratio.median <= bar.growthAtMost);
    }
  }
}

function machine(): string {
  const cpu = cpus()[0]?.model ?? "unknown CPU";
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${String(availableParallelism())} × ${cpu}, ${memory}, ${process.platform} ${process.arch}`;
}

/** Of Node and of what the figures rest on. */
function versions(): string {
  const packages = [
    "@grpc/grpc-js",
    "apache-arrow",
    "parquet-wasm",
    "@duckdb/node-api",
  ].map((name) => `${name} ${installedVersion(name)}`);
  return [`Node ${process.version}`, ...packages].join(", ");
}

function installedVersion(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly version: string;
  };
  return version;
}

/** Everything but what the bench itself writes. */
const sources = [
  ":(top)",
  ":(top,exclude)bench/RESULTS.md",
  ":(top,exclude)bench/results.*",
];

/** Of the checkout, with a plus when files differ from it. */
function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
    }).trim();
  const changed = git("diff", "HEAD", "--name-only", "--", ...sources) !== "";
  return `${git("rev-parse", "--short", "HEAD")}${changed ? "+" : ""}`;
}

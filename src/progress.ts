import { writeError } from "./util/stdio.js";

/** Milliseconds between two progress lines. */
const interval = 500;

/** A figure as the Meltano SDK logs it (singer_sdk/metrics.py), with its names and tags. */
export interface Metric {
  readonly type: "counter" | "timer" | "gauge";
  readonly metric: string;
  readonly value: number;
  readonly tags: Readonly<Record<string, string | number>>;
}

interface StreamProgress {
  readonly started: number;
  rows: number;
}

/** Counts what a command gave out, shows it on a terminal, and sums it up in metrics of each stream and of the run. */
export class Progress {
  bytes = 0;
  readonly #log: (metric: Metric) => void;
  readonly #started = performance.now();
  readonly #streams = new Map<string, StreamProgress>();
  #total = 0;
  #shown = 0;

  constructor(log: (metric: Metric) => void) {
    this.#log = log;
  }

  begin(stream: string): void {
    this.#streams.set(stream, { started: performance.now(), rows: 0 });
  }

  rows(stream: string, count: number): void {
    const progress = this.#streams.get(stream);
    if (progress !== undefined) progress.rows += count;
    this.#total += count;
    if (!process.stderr.isTTY) return;
    const now = performance.now();
    if (now - this.#shown < interval) return;
    this.#shown = now;
    process.stderr.write(
      `\r${this.#total.toLocaleString("en")} rows, ${String(Math.round(this.bytes / 1e6))} MB, ${String(Math.round((now - this.#started) / 1000))} s `,
    );
  }

  finish(stream: string, status: "succeeded" | "failed"): void {
    const progress = this.#streams.get(stream);
    if (progress === undefined) return;
    this.#streams.delete(stream);
    this.#endLine();
    this.#say("counter", "record_count", progress.rows, { stream });
    this.#say("timer", "sync_duration", secondsSince(progress.started), {
      stream,
      status,
    });
  }

  end(): void {
    this.#endLine();
    this.#say("counter", "bytes", this.bytes);
    this.#say("timer", "sync_duration", secondsSince(this.#started));
    // maxRSS is in KiB on Linux (getrusage(2)).
    const { maxRSS } = process.resourceUsage();
    this.#say("gauge", "memory_bytes_peak", maxRSS * 1024);
  }

  #say(
    type: Metric["type"],
    metric: string,
    value: number,
    tags: Metric["tags"] = {},
  ): void {
    this.#log({ type, metric, value, tags });
  }

  /** What follows begins a line of its own. */
  #endLine(): void {
    if (this.#shown > 0) writeError("");
    this.#shown = 0;
  }
}

function secondsSince(started: number): number {
  return Number(((performance.now() - started) / 1000).toFixed(3));
}

import { writeError } from "./util/stdio.js";

/** Milliseconds between two progress lines. */
const interval = 500;

/** Counts what a command gave out, shows it on a terminal, and sums it up in Singer's metric lines at the end. */
export class Progress {
  bytes = 0;
  readonly #started = performance.now();
  readonly #rows = new Map<string, number>();
  #total = 0;
  #shown = 0;

  rows(stream: string, count: number): void {
    this.#rows.set(stream, (this.#rows.get(stream) ?? 0) + count);
    this.#total += count;
    if (!process.stderr.isTTY) return;
    const now = performance.now();
    if (now - this.#shown < interval) return;
    this.#shown = now;
    process.stderr.write(
      `\r${this.#total.toLocaleString("en")} rows, ${String(Math.round(this.bytes / 1e6))} MB, ${String(Math.round((now - this.#started) / 1000))} s `,
    );
  }

  /** One METRIC line per figure, as Singer's libraries log them. */
  end(log: (text: string) => void): void {
    if (this.#shown > 0) writeError("");
    const metric = (
      type: string,
      name: string,
      value: number,
      tags: object,
    ) => {
      log(`METRIC: ${JSON.stringify({ type, metric: name, value, tags })}`);
    };
    for (const [stream, count] of this.#rows)
      metric("counter", "record_count", count, { stream });
    metric("counter", "bytes", this.bytes, {});
    const seconds = (performance.now() - this.#started) / 1000;
    metric("timer", "sync_duration", Number(seconds.toFixed(3)), {});
    // maxRSS is in KiB on Linux (getrusage(2)).
    const { maxRSS } = process.resourceUsage();
    metric("gauge", "memory_bytes_peak", maxRSS * 1024, {});
  }
}

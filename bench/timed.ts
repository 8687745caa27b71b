import { performance } from "node:perf_hooks";
import type { Sample, Usage } from "./measurement.js";

/** What a timed section did. */
export interface Done {
  readonly rows: number;
  readonly bytes?: number | undefined;
}

/** The JSON argument of a peer that measures itself. */
export function argument(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}

/** Short sections are repeated until so many seconds have passed. */
const secondsMin = 0.3;

/**
 * Times a section inside its own process, without the process's start-up, and prints the average round as
 * the line that `selfTimed` reads. A section that is run once untimed before has warm code and caches.
 */
export async function timed(
  name: string,
  section: () => Promise<Done>,
  { warmUp = true } = {},
): Promise<void> {
  if (warmUp) await section();
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1e3;
  let done = await section();
  let rounds = 1;
  for (; elapsed() < secondsMin; rounds++) done = await section();
  const seconds = elapsed() / rounds;
  const { user, system } = process.cpuUsage(cpu);
  const usage: Usage = {
    name,
    cpuSeconds: (user + system) / 1e6 / rounds,
    // maxRSS is in KiB: https://nodejs.org/api/process.html#processresourceusage
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
  const { rows, bytes } = done;
  const sample: Sample = { seconds, rows, bytes, usages: [usage] };
  process.stdout.write(`${JSON.stringify(sample)}\n`);
}

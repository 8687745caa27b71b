import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Usage } from "./measurement.js";

/** How often a process is looked at, in milliseconds: what it takes after the last look is missed. */
const interval = 10;

/**
 * Follows a child from outside, so that it needs no support for being measured. Both figures only grow
 * (VmHWM is the high-water mark of resident memory), so the last look before the exit holds all but a few
 * milliseconds. See proc_pid_stat(5) and proc_pid_status(5).
 */
export class UsageProbe {
  readonly #name: string;
  readonly #pid: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #cpuSeconds: number | undefined;
  #peakRssBytes: number | undefined;

  constructor(name: string, pid: number | undefined) {
    this.#name = name;
    this.#pid = pid;
    if (process.platform !== "linux" || pid === undefined) return;
    this.#timer = setInterval(() => {
      this.#look();
    }, interval);
  }

  /** To be called when the process has ended. */
  stop(): Usage {
    clearInterval(this.#timer);
    return {
      name: this.#name,
      cpuSeconds: this.#cpuSeconds,
      peakRssBytes: this.#peakRssBytes,
    };
  }

  #look(): void {
    try {
      const status = readFileSync(
        `/proc/${String(this.#pid)}/status`,
        "latin1",
      );
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      // A process that has ended and waits to be reaped has no memory any more.
      if (peak !== undefined) this.#peakRssBytes = Number(peak) * 1024;
      this.#cpuSeconds = cpuSecondsOf(this.#pid);
    } catch {
      // It ended between two looks: the last figures stand.
    }
  }
}

/** User and system time that a process has taken so far. @throws Error when there is none, or no /proc. */
export function cpuSecondsOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
  // The name in parentheses may hold blanks; utime and stime are the 14th and 15th field, state the 3rd.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks();
}

let ticksPerSecond: number | undefined;

function ticks(): number {
  ticksPerSecond ??= Number(
    execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }),
  );
  return ticksPerSecond;
}

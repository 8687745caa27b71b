import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Usage } from "./measurement.js";

/** How often a process is looked at, in milliseconds: what it takes after the last look is missed. */
const interval = 20;

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
    const folder = `/proc/${String(this.#pid)}`;
    try {
      const status = readFileSync(`${folder}/status`, "latin1");
      const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
      // A process that has ended and waits to be reaped has no memory any more.
      if (peak !== undefined) this.#peakRssBytes = Number(peak) * 1024;
      const stat = readFileSync(`${folder}/stat`, "latin1");
      // The name in parentheses may hold blanks; utime and stime are the 14th and 15th field, state the 3rd.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      this.#cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticks();
    } catch {
      // It ended between two looks: the last figures stand.
    }
  }
}

let ticksPerSecond: number | undefined;

function ticks(): number {
  ticksPerSecond ??= Number(
    execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }),
  );
  return ticksPerSecond;
}

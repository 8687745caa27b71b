import { peer } from "./build.js";
import type { Contender, Sample } from "./measurement.js";
import { node, runPipeline, type Command } from "./pipeline.js";

/**
 * A process that times a section of its own and prints what `timed` prints.
 * @param rows what it has to move.
 */
export function selfTimed(
  label: string,
  rows: number,
  command: () => Promise<Command>,
): Contender {
  return {
    label,
    async run() {
      const stage = { name: label, command: await command() };
      const { output } = await runPipeline([stage]);
      const sample = JSON.parse(output) as Sample;
      if (sample.rows !== rows)
        throw new Error(
          `${label} moved ${String(sample.rows)} rows of ${String(rows)}`,
        );
      return sample;
    },
  };
}

/** A program of peers/ or ours/ with its options. */
export function program(name: string, options: object): Command {
  return node(peer(name), JSON.stringify(options));
}

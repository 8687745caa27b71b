import type { Case } from "./measurement.js";
import { paths } from "./paths.js";
import type { SetName } from "./sets.js";
import { startCases } from "./starts.js";
import type { World } from "./world.js";

export interface Choice {
  /** Also rows that need software of others. */
  readonly peers: boolean;
  /** Only the rows that a quick run has. */
  readonly quick: boolean;
}

/** Every row of the table, in its order. Nothing is run or made yet. */
export function casesOf(world: World, choice: Choice): readonly Case[] {
  const full = world.cache.size === "full";
  const compared = paths
    .filter(({ peers = false }) => choice.peers || !peers)
    .flatMap(({ name, path, sets, quick, contenders }) => {
      const names = Object.keys(sets) as SetName[];
      const chosen = choice.quick ? (quick ?? names.slice(0, 1)) : names;
      return chosen.map((set): Case => {
        const of = { set, table: set, rows: world.cache.rows(set) };
        const [ours, yardstick] = contenders(world, of);
        return {
          name: `${name}-${set}`,
          path,
          set: `${set}, ${String(of.rows / 1e6)} M`,
          repetitions: full ? 5 : 1,
          ours,
          yardstick,
          bar: sets[set],
        };
      });
    });
  return [...compared, ...startCases(world, full ? 21 : 9)];
}

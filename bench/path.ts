import type { Bar, Contender } from "./measurement.js";
import type { SetName, Table } from "./sets.js";
import type { World } from "./world.js";

/** A way that rows take, on some of the sets. */
export interface Path {
  /** With the set's behind it the name for `--only`. */
  readonly name: string;
  readonly path: string;
  /** Sets that it runs on, each with its bar. */
  readonly sets: Readonly<Partial<Record<SetName, Bar | undefined>>>;
  /** Those of a quick run. @default the first one */
  readonly quick?: readonly SetName[];
  /** Whether it needs software of others, which `--peers` installs. @default false */
  readonly peers?: boolean;
  readonly contenders: (
    world: World,
    of: Table,
  ) => readonly [ours: Contender, yardstick: Contender];
}

/**
 * Other work on the machine moves wall times and not CPU times, so those decide; except over what is held
 * against a pipe, which waits and computes nothing, or is the server's work in the main.
 */
export const speed = (atLeast: number, by: "cpu" | "wall" = "cpu"): Bar => ({
  kind: "speed",
  atLeast,
  by,
});

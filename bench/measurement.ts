/** What one process took. Undefined where the platform does not tell (only Linux has /proc). */
export interface Usage {
  readonly name: string;
  /** User and system time together. */
  readonly cpuSeconds: number | undefined;
  readonly peakRssBytes: number | undefined;
}

/** One timed run of one contender. */
export interface Sample {
  readonly seconds: number;
  readonly rows: number;
  /** Bytes moved: of JSON where lines are involved, else of Arrow. Undefined when there is nothing to count. */
  readonly bytes: number | undefined;
  /** The processes that are measured, without feeders, readers and servers. */
  readonly usages: readonly Usage[];
}

/** Something that can be timed: our program, or what it is held against. */
export interface Contender {
  readonly label: string;
  /** Runs untimed once before the first repetition: proves that the work is done, and warms caches. */
  readonly prove?: () => Promise<void>;
  readonly run: () => Promise<Sample>;
}

/** What a row of the table has to reach. */
export type Bar =
  /** Rows per second of ours divided by the yardstick's. */
  | { readonly kind: "speed"; readonly atLeast: number }
  /** Wall time of ours divided by the yardstick's. */
  | { readonly kind: "time"; readonly atMost: number }
  /** Peak resident memory of each of our processes in MB (10^6 bytes). */
  | { readonly kind: "memory"; readonly atMost: number };

/** One row of the table. */
export interface Case {
  /** For `--only`. */
  readonly name: string;
  readonly path: string;
  readonly set: string;
  readonly repetitions: number;
  readonly ours: Contender;
  readonly yardstick: Contender | undefined;
  /** Undefined: the figure is for information. */
  readonly bar: Bar | undefined;
}

export interface Measurement {
  readonly case: Case;
  /** Why there is no figure: a process failed, or did not do its work. */
  readonly error: string | undefined;
  /** In the order they were taken; index i of both ran one after the other. */
  readonly ours: readonly Sample[];
  readonly yardstick: readonly Sample[];
}

/**
 * Runs both contenders by turns, so that a slow minute of the machine meets both alike. An error ends the
 * row, not the bench.
 */
export async function measure(row: Case): Promise<Measurement> {
  const ours: Sample[] = [];
  const yardstick: Sample[] = [];
  const turn = async (contender: Contender | undefined, samples: Sample[]) => {
    if (contender !== undefined) samples.push(await contender.run());
  };
  try {
    await row.ours.prove?.();
    await row.yardstick?.prove?.();
    for (let repetition = 0; repetition < row.repetitions; repetition++) {
      if (repetition % 2 === 1) await turn(row.yardstick, yardstick);
      await turn(row.ours, ours);
      if (repetition % 2 === 0) await turn(row.yardstick, yardstick);
    }
    return { case: row, error: undefined, ours, yardstick };
  } catch (reason) {
    const error = reason instanceof Error ? reason.message : String(reason);
    return { case: row, error, ours: [], yardstick: [] };
  }
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Undefined for no values at all. */
export function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] as number;
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return undefined;
  return {
    min: at(0),
    median:
      sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
    max: at(sorted.length - 1),
  };
}

export function rowsPerSecond(sample: Sample): number {
  return sample.rows / sample.seconds;
}

/** The figure that the bar speaks of, once per repetition; speed when there is no bar. */
export function scores({
  case: row,
  ours,
  yardstick,
}: Measurement): readonly number[] {
  const pairs = yardstick.map((theirs, index) => ({
    mine: ours[index] as Sample,
    theirs,
  }));
  switch (row.bar?.kind) {
    case "memory":
      return ours
        .map((sample) => peak(sample))
        .filter((bytes) => bytes !== undefined)
        .map((bytes) => bytes / 1e6);
    case "time":
      return pairs.map(({ mine, theirs }) => mine.seconds / theirs.seconds);
    case "speed":
    case undefined:
      return pairs.map(
        ({ mine, theirs }) => rowsPerSecond(mine) / rowsPerSecond(theirs),
      );
  }
}

/** The largest process of a run. */
export function peak(sample: Sample): number | undefined {
  const known = sample.usages
    .map((usage) => usage.peakRssBytes)
    .filter((bytes) => bytes !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

export type Verdict = "ok" | "below" | "failed" | "not measured" | "";

/** The median decides over speed and time, the worst run over memory. */
export function verdict(measurement: Measurement): Verdict {
  const { bar } = measurement.case;
  if (measurement.error !== undefined) return "failed";
  if (bar === undefined) return "";
  const score = spread(scores(measurement));
  if (score === undefined) return "not measured";
  switch (bar.kind) {
    case "speed":
      return score.median >= bar.atLeast ? "ok" : "below";
    case "time":
      return score.median <= bar.atMost ? "ok" : "below";
    case "memory":
      return score.max <= bar.atMost ? "ok" : "below";
  }
}

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
  /** Rows per CPU second or per second of ours divided by the yardstick's. */
  | {
      readonly kind: "speed";
      readonly atLeast: number;
      readonly by: "cpu" | "wall";
    }
  /** Wall time of ours divided by the yardstick's. */
  | { readonly kind: "time"; readonly atMost: number }
  /** Peak resident memory: of both in MB (10^6 bytes), and that of ours divided by the yardstick's. */
  | {
      readonly kind: "memory";
      readonly atMost: number;
      readonly growthAtMost: number;
    };

/** One row of the table. */
export interface Case {
  /** For `--only`. */
  readonly name: string;
  readonly path: string;
  readonly set: string;
  readonly repetitions: number;
  readonly ours: Contender;
  readonly yardstick: Contender;
  /** Undefined: the ratio is for information. */
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
  const turn = async (contender: Contender, samples: Sample[]) => {
    samples.push(await contender.run());
  };
  try {
    await row.ours.prove?.();
    await row.yardstick.prove?.();
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

export function rowsPerSecond(sample: Sample): number {
  return sample.rows / sample.seconds;
}

/** Rows per second of user and system time. Undefined where nothing is to count, or the platform does not tell. */
export function rowsPerCpuSecond({ rows, usages }: Sample): number | undefined {
  const seconds = usages
    .map((usage) => usage.cpuSeconds)
    .filter((known) => known !== undefined)
    .reduce((sum, known) => sum + known, 0);
  return rows === 0 || seconds === 0 ? undefined : rows / seconds;
}

/** Resident memory of the largest process of a run. */
export function peakBytes(sample: Sample): number | undefined {
  const known = sample.usages
    .map((usage) => usage.peakRssBytes)
    .filter((bytes) => bytes !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Ours divided by the yardstick, once per repetition: of the figure that the bar speaks of, speed when there is none. */
export function ratios(measurement: Measurement): readonly number[] {
  switch (measurement.case.bar?.kind) {
    case "memory":
      return divided(measurement, peakBytes);
    case "time":
      return divided(measurement, ({ seconds }) => seconds);
    case "speed":
    case undefined:
      return divided(measurement, rowsPerSecond);
  }
}

/** Ours divided by the yardstick in rows per CPU second. */
export function cpuRatios(measurement: Measurement): readonly number[] {
  return measurement.case.bar?.kind === "memory"
    ? []
    : divided(measurement, rowsPerCpuSecond);
}

function divided(
  { ours, yardstick }: Measurement,
  figure: (sample: Sample) => number | undefined,
): readonly number[] {
  return ours.flatMap((sample, index) => {
    const mine = figure(sample);
    const theirs = figure(yardstick[index] as Sample);
    return mine === undefined || theirs === undefined ? [] : [mine / theirs];
  });
}

import { peer, product } from "./build.js";
import {
  adbcIngest,
  adbcRead,
  libraryIngest,
  libraryRead,
  libraryReadTls,
  naiveRead,
  npmRead,
} from "./clients.js";
import {
  appender,
  chunkStream,
  duckdbCopy,
  duckdbReadJson,
  linesIn,
  linesOut,
  serverIngest,
  serverRead,
} from "./in-process.js";
import type { Bar, Case, Contender } from "./measurement.js";
import { node, runPipeline } from "./pipeline.js";
import type { SetName } from "./sets.js";
import {
  bareWrite,
  countLines,
  line,
  naiveLine,
  naiveTap,
  naiveTarget,
  tap,
  target,
  type Table,
} from "./whole-paths.js";
import type { World } from "./world.js";

type Path = Pick<Case, "name" | "path" | "bar"> & {
  readonly sets: readonly SetName[];
  /** The naive designs take minutes, so they are run less often. */
  readonly slow?: boolean;
  /** Needs software of others, which `--peers` installs. */
  readonly peers?: boolean;
  readonly contenders: (
    world: World,
    of: Table,
  ) => readonly [ours: Contender, yardstick: Contender];
};

const speed = (atLeast: number): Bar => ({ kind: "speed", atLeast });
/** Flight SQL clients of npm; each is Arrow-native. */
const npmClients = [
  "@gizmodata/gizmosql-client",
  "@firetiger-oss/flight-sql-client",
  "@lancedb/arrow-flight-sql-client",
];
const quickSets: ReadonlySet<SetName> = new Set(["taxi", "flights"]);
const everySet: readonly SetName[] = ["taxi", "flights", "wide", "narrow"];

const paths: readonly Path[] = [
  {
    name: "tap-naive",
    path: "tap → pipe",
    sets: ["taxi", "flights"],
    slow: true,
    bar: speed(6),
    contenders: (world, of) => [tap(world, of), naiveTap(world, of)],
  },
  {
    name: "tap-pipe",
    path: "tap → pipe",
    sets: ["taxi", "flights"],
    bar: speed(0.25),
    contenders: (world, of) => {
      const ours = tap(world, of);
      return [ours, bareWrite(world, of, ours.bytes)];
    },
  },
  {
    name: "target-naive",
    path: "pipe → target",
    sets: ["taxi", "flights"],
    slow: true,
    bar: speed(3),
    contenders: (world, of) => [target(world, of), naiveTarget(world, of)],
  },
  {
    name: "target-pipe",
    path: "pipe → target",
    sets: ["taxi", "flights"],
    bar: speed(0.25),
    contenders: (world, of) => [target(world, of), countLines(world, of)],
  },
  {
    name: "line",
    path: "tap | target",
    sets: ["taxi", "flights"],
    slow: true,
    bar: undefined,
    contenders: (world, of) => [line(world, of), naiveLine(world, of)],
  },
  {
    name: "library-naive",
    path: "server → record batches",
    sets: ["taxi"],
    bar: speed(2),
    contenders: (world, of) => [libraryRead(world, of), naiveRead(world, of)],
  },
  {
    name: "library-adbc",
    path: "server → record batches",
    sets: ["taxi"],
    peers: true,
    bar: speed(1),
    contenders: (world, of) => [libraryRead(world, of), adbcRead(world, of)],
  },
  ...npmClients.map((name): Path => ({
    name: `library-npm-${name.replace(/^@(.*)\/.*/, "$1")}`,
    path: "server → record batches",
    sets: ["taxi"],
    slow: true,
    peers: true,
    bar: speed(2),
    contenders: (world, of) => [
      libraryRead(world, of),
      npmRead(world, of, name),
    ],
  })),
  {
    name: "library-ingest-adbc",
    path: "record batches → server",
    sets: ["taxi"],
    slow: true,
    peers: true,
    bar: speed(0.7),
    contenders: (world, of) => [
      libraryIngest(world, of),
      adbcIngest(world, of),
    ],
  },
  {
    name: "library-tls",
    path: "server → record batches",
    sets: ["taxi"],
    bar: undefined,
    contenders: (world, of) => [
      libraryReadTls(world, of),
      libraryRead(world, of),
    ],
  },
  ...[2, 4, 8].map((endpoints): Path => ({
    name: `library-endpoints-${String(endpoints)}`,
    path: `server → record batches, ${String(endpoints)} endpoints`,
    sets: ["taxi"],
    bar: undefined,
    contenders: (world, of) => [
      libraryRead(world, of, "--endpoints", String(endpoints)),
      libraryRead(world, of),
    ],
  })),
  {
    name: "server-read",
    path: "server: table → Arrow",
    sets: everySet,
    bar: speed(0.7),
    contenders: (world, of) => [
      serverRead(world, of.set),
      chunkStream(world, of.set),
    ],
  },
  {
    name: "server-ingest",
    path: "server: Arrow → table",
    sets: everySet,
    slow: true,
    bar: speed(5),
    contenders: (world, of) => [
      serverIngest(world, of.set),
      appender(world, of.set),
    ],
  },
  {
    name: "lines-out",
    path: "Arrow → lines",
    sets: everySet,
    bar: undefined,
    contenders: (world, of) => [
      linesOut(world, of.set),
      duckdbCopy(world, of.set),
    ],
  },
  {
    name: "lines-in",
    path: "lines → Arrow",
    sets: everySet,
    bar: undefined,
    contenders: (world, of) => [
      linesIn(world, of.set),
      duckdbReadJson(world, of.set),
    ],
  },
];

/**
 * Every row of the table, in its order. Nothing is run or made yet.
 * @param withPeers whether to count those that need software of others.
 */
export function casesOf(world: World, withPeers: boolean): readonly Case[] {
  const full = world.cache.size === "full";
  const chosen = paths.filter(({ peers = false }) => withPeers || !peers);
  const compared = chosen.flatMap(({ sets, slow, contenders, name, ...rest }) =>
    sets
      .filter((set) => full || quickSets.has(set))
      .map((set): Case => {
        const of = { set, table: set, rows: world.cache.rows(set) };
        const [ours, yardstick] = contenders(world, of);
        const repetitions = full ? (slow ? 3 : 5) : slow ? 1 : 2;
        return {
          ...rest,
          name: `${name}-${set}`,
          set: setTitle(of),
          repetitions,
          ours,
          yardstick,
        };
      }),
  );
  return [...compared, ...memoryCases(world, full), ...specCases(full)];
}

/** The same table with more rows must not take more memory. */
function memoryCases(world: World, full: boolean): Case[] {
  const tables: Table[] = [{ set: "taxi", table: "taxi_1m", rows: 1_000_000 }];
  if (full) tables.push({ set: "taxi", table: "taxi_10m", rows: 10_000_000 });
  const bar: Bar = { kind: "memory", atMost: 180 };
  const shared = { repetitions: 1, yardstick: undefined, bar };
  return tables.flatMap((of): Case[] => [
    {
      ...shared,
      name: `tap-memory-${of.table}`,
      path: "tap → pipe",
      set: setTitle(of),
      ours: tap(world, of),
    },
    {
      ...shared,
      name: `target-memory-${of.table}`,
      path: "pipe → target",
      set: setTitle(of),
      ours: target(world, { ...of, table: of.set }),
    },
  ]);
}

/** Start-up against that of Node itself: by the bin that fixes engine and role, and by the one that is told them. */
function specCases(full: boolean): Case[] {
  const programs: readonly (readonly [bin: string, ...options: string[]])[] = [
    ["source-flightsql"],
    ["flightsync", "--role", "source", "--engine", "flightsql"],
  ];
  return programs.map(([bin, ...options]): Case => ({
    name: `spec-${bin}`,
    path: `${bin} spec`,
    set: "",
    repetitions: full ? 21 : 9,
    bar: { kind: "time", atMost: 1.5 },
    ours: started("spec", () => node(product(bin), "spec", ...options)),
    yardstick: started("empty Node process", () => node(peer("empty"))),
  }));
}

/** A program that only has to start and end. */
function started(
  label: string,
  command: () => readonly [string, ...string[]],
): Contender {
  const run = async () => {
    const { seconds, usages } = await runPipeline([
      { name: label, command: command(), measured: true },
    ]);
    return { seconds, rows: 0, bytes: undefined, usages };
  };
  return {
    label,
    prove: async () => {
      await run();
    },
    run,
  };
}

function setTitle({ set, rows }: Table): string {
  return `${set}, ${String(rows / 1e6)} M`;
}

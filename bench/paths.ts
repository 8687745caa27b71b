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
  duckdbParquet,
  duckdbReadJson,
  linesIn,
  linesOut,
  parquetWrite,
  serverIngest,
  serverRead,
} from "./in-process.js";
import type { Bar } from "./measurement.js";
import { speed, type Path } from "./path.js";
import { tenfold } from "./sets.js";
import { sdkTap, sdkTarget } from "./singer-sdk.js";
import {
  bareWrite,
  countLines,
  duckdbLine,
  line,
  naiveTap,
  naiveTarget,
  tap,
  target,
} from "./whole-paths.js";

/** The row is for information. */
const none = undefined;

const flatSets = (bar: Bar) => ({
  taxi: bar,
  flights: bar,
  wide: bar,
  narrow: bar,
});

/** Flight SQL clients of npm; each is Arrow-native. */
const npmClients = [
  "@gizmodata/gizmosql-client",
  "@firetiger-oss/flight-sql-client",
  "@lancedb/arrow-flight-sql-client",
];
/** Options of `serve` for batches of 65,536 rows, of whatever size. */
const largeBatches = ["--batch-rows", "65536", "--batch-bytes", "67108864"];
/** The same table with more rows must not take more memory. */
const bounded: Bar = { kind: "memory", atMost: 150, growthAtMost: 1.1 };

export const paths: readonly Path[] = [
  {
    name: "lines-out",
    path: "Arrow → lines",
    sets: {
      taxi: speed(4),
      wide: speed(4),
      narrow: speed(1),
      nested: speed(1.5),
      decimals: speed(1.5),
      broad: none,
      flights: none,
    },
    quick: ["taxi", "nested", "decimals"],
    contenders: (world, of) => [linesOut(world, of), duckdbCopy(world, of)],
  },
  {
    name: "lines-in",
    path: "lines → Arrow",
    sets: {
      taxi: speed(4.5),
      wide: speed(6),
      narrow: speed(1.3),
      nested: speed(1.5),
      decimals: speed(1.5),
      broad: none,
      flights: none,
    },
    quick: ["taxi", "nested", "decimals"],
    contenders: (world, of) => [linesIn(world, of), duckdbReadJson(world, of)],
  },
  {
    name: "lines-in-spaced",
    path: "lines → Arrow, spaces and reordered keys",
    sets: { taxi: speed(2) },
    contenders: (world, of) => [
      linesIn(world, of, { form: "spaced" }),
      duckdbReadJson(world, of),
    ],
  },
  {
    name: "airbyte-lines-out",
    path: "Arrow → lines, Airbyte",
    sets: { taxi: speed(0.8) },
    contenders: (world, of) => [
      linesOut(world, of, { protocol: "airbyte" }),
      linesOut(world, of),
    ],
  },
  {
    name: "airbyte-lines-in",
    path: "lines → Arrow, Airbyte",
    sets: { taxi: speed(0.8) },
    contenders: (world, of) => [
      linesIn(world, of, { form: "airbyte" }),
      linesIn(world, of),
    ],
  },
  {
    name: "twin-lines-out",
    path: "Arrow → lines, TypeScript only",
    sets: { taxi: speed(1.5) },
    contenders: (world, of) => [
      linesOut(world, of, { kernel: false }),
      duckdbCopy(world, of),
    ],
  },
  {
    name: "twin-lines-in",
    path: "lines → Arrow, TypeScript only",
    sets: { taxi: speed(1.1) },
    contenders: (world, of) => [
      linesIn(world, of, { kernel: false }),
      duckdbReadJson(world, of),
    ],
  },
  {
    name: "parquet-write",
    path: "Arrow → Parquet file",
    sets: { taxi: speed(0.33) },
    contenders: (world, of) => [
      parquetWrite(world, of),
      duckdbParquet(world, of),
    ],
  },
  {
    name: "tap-pipe",
    path: "tap → pipe",
    sets: { taxi: speed(0.5, "wall"), flights: none },
    contenders: (world, of) => {
      const ours = tap(world, of);
      return [ours, bareWrite(world, of, ours.bytes)];
    },
  },
  {
    name: "target-pipe",
    path: "pipe → target",
    sets: { taxi: speed(0.5, "wall"), flights: none },
    contenders: (world, of) => [target(world, of), countLines(world, of)],
  },
  {
    name: "line",
    path: "tap | target",
    sets: { flights: speed(1.5) },
    contenders: (world, of) => [line(world, of), duckdbLine(world, of)],
  },
  {
    name: "batch-files",
    path: "tap | target, Arrow files",
    sets: { taxi: speed(2), flights: speed(2) },
    contenders: (world, of) => [
      line(world, of, { inFiles: true }),
      line(world, of),
    ],
  },
  {
    name: "tap-naive",
    path: "tap → pipe",
    sets: { taxi: speed(6), flights: speed(6) },
    contenders: (world, of) => [tap(world, of), naiveTap(world, of)],
  },
  {
    name: "target-naive",
    path: "pipe → target",
    sets: { taxi: speed(3), flights: speed(3) },
    contenders: (world, of) => [target(world, of), naiveTarget(world, of)],
  },
  {
    name: "tap-sdk",
    path: "tap → pipe",
    sets: { taxi: speed(60) },
    peers: true,
    contenders: (world, of) => [tap(world, of), sdkTap(world, of)],
  },
  {
    name: "target-sdk",
    path: "pipe → target",
    sets: { taxi: speed(150) },
    peers: true,
    contenders: (world, of) => [target(world, of), sdkTarget(world, of)],
  },
  {
    name: "library-naive",
    path: "server → record batches",
    sets: { taxi: speed(2) },
    contenders: (world, of) => [libraryRead(world, of), naiveRead(world, of)],
  },
  ...npmClients.map((name): Path => ({
    name: `library-npm-${name.replace(/^@(.*)\/.*/, "$1")}`,
    path: "server → record batches",
    sets: { taxi: speed(2) },
    peers: true,
    contenders: (world, of) => [
      libraryRead(world, of),
      npmRead(world, of, name),
    ],
  })),
  {
    name: "library-adbc-8k",
    path: "server → record batches of 8,192 rows",
    sets: { taxi: speed(1) },
    peers: true,
    contenders: (world, of) => [libraryRead(world, of), adbcRead(world, of)],
  },
  {
    name: "library-adbc-64k",
    path: "server → record batches of 65,536 rows",
    sets: { taxi: speed(0.9) },
    peers: true,
    contenders: (world, of) => [
      libraryRead(world, of, ...largeBatches),
      adbcRead(world, of, ...largeBatches),
    ],
  },
  {
    name: "library-ingest-adbc",
    path: "record batches → server",
    sets: { taxi: speed(0.7, "wall") },
    peers: true,
    contenders: (world, of) => [
      libraryIngest(world, of),
      adbcIngest(world, of),
    ],
  },
  {
    name: "library-tls",
    path: "server → record batches",
    sets: { taxi: none },
    quick: [],
    contenders: (world, of) => [
      libraryReadTls(world, of),
      libraryRead(world, of),
    ],
  },
  ...[2, 4, 8].map((endpoints): Path => ({
    name: `library-endpoints-${String(endpoints)}`,
    path: `server → record batches, ${String(endpoints)} endpoints`,
    sets: { taxi: none },
    quick: [],
    contenders: (world, of) => [
      libraryRead(world, of, "--endpoints", String(endpoints)),
      libraryRead(world, of),
    ],
  })),
  {
    name: "server-read",
    path: "server: table → Arrow",
    sets: flatSets(speed(0.7)),
    contenders: (world, of) => [serverRead(world, of), chunkStream(world, of)],
  },
  {
    name: "server-ingest",
    path: "server: Arrow → table",
    sets: flatSets(speed(5)),
    contenders: (world, of) => [serverIngest(world, of), appender(world, of)],
  },
  {
    name: "tap-memory",
    path: "tap → pipe, 10 times the rows",
    sets: { taxi: bounded },
    contenders: (world, of) => [tap(world, tenfold(of)), tap(world, of)],
  },
  {
    name: "target-memory",
    path: "pipe → target, 10 times the rows",
    sets: { taxi: bounded },
    contenders: (world, of) => [target(world, tenfold(of)), target(world, of)],
  },
];

import { product } from "./build.js";
import { EmbeddedServer } from "./embedded-server.js";
import { columnTypes } from "./in-process.js";
import type { Contender, Sample, Usage } from "./measurement.js";
import { node, runPipeline, type Command, type Stage } from "./pipeline.js";
import { program } from "./self-timed.js";
import type { Table } from "./sets.js";
import type { World } from "./world.js";

/** `tap-flightsql … | wc -c` */
export function tap(world: World, of: Table): WriterContender {
  return writer("tap", of.rows, () => tapStage(world, of));
}

/** The naive tap with the same reader. */
export function naiveTap(world: World, of: Table): Contender {
  return writer("naive tap", of.rows, async () => {
    const url = await world.source(of.set);
    const options = { url, table: of.table, rows: of.rows };
    return measured("naive tap", program("naive-tap", options));
  });
}

type WriterContender = Contender & {
  /** What it writes, once it has proven itself. */
  readonly bytes: () => number;
};

/** A program that writes a line per row and some more, into `wc -c`. */
export function writer(
  label: string,
  rows: number,
  stage: () => Promise<Stage>,
): WriterContender {
  let bytes = 0;
  return {
    label,
    bytes: () => bytes,
    async prove() {
      const { output } = await runPipeline([
        await stage(),
        { name: "wc", command: ["wc", "-lc"] },
      ]);
      const [lines = 0, size = 0] = output.trim().split(/\s+/).map(Number);
      if (lines <= rows)
        throw new Error(
          `${label} wrote ${String(lines)} lines for ${String(rows)} rows`,
        );
      bytes = size;
    },
    run: async () => await drained(await stage(), rows),
  };
}

/** A bare write of as many bytes as `written` says, to the same reader. */
export function bareWrite(
  world: World,
  of: Table,
  written: () => number,
): Contender {
  return {
    label: "bare write",
    async run() {
      const { records } = await world.cache.lines(of.set, "singer");
      const options = { file: records, bytes: written() };
      const stage = measured("write", program("bare-write", options));
      return await drained(stage, of.rows);
    },
  };
}

/** `cat lines | target-flightsql …`, into an empty server of its own. */
export function target(world: World, of: Table): Contender {
  return {
    label: "target",
    run: async () => await fed(world, of, (url) => targetStage(world, url)),
  };
}

/** The naive target with the same feeder. */
export function naiveTarget(world: World, of: Table): Contender {
  return {
    label: "naive target",
    run: async () =>
      await fed(world, of, (url) =>
        measured("naive target", program("naive-target", { url })),
      ),
  };
}

/** `cat lines | wc -l`: the pipe and a look at every byte. */
export function countLines(world: World, of: Table): Contender {
  return {
    label: "cat | wc -l",
    async run() {
      const { bytes } = await world.cache.lines(of.set, "singer");
      const { seconds, usages } = await runPipeline([
        { ...(await feeder(world, of)), measured: true },
        measured("wc", ["wc", "-l"]),
      ]);
      return { seconds, rows: of.rows, bytes, usages };
    },
  };
}

/**
 * `tap-flightsql … | target-flightsql …`, from one server into another; CPU time is that of the servers too.
 * @param options `inFiles` hands rows over in Arrow files instead of lines.
 */
export function line(
  world: World,
  of: Table,
  options: { readonly inFiles?: boolean } = {},
): Contender {
  return {
    label: options.inFiles === true ? "tap | target, files" : "tap | target",
    async run() {
      const source = await world.server(of.set);
      const reader = await tapStage(world, of, options);
      return await loaded(
        of,
        of.table,
        (url) => [reader, targetStage(world, url)],
        [source],
      );
    },
  };
}

/** DuckDB's JSON writer and reader in the same way, each a process that has its database in it. */
export function duckdbLine(world: World, of: Table): Contender {
  return {
    label: "DuckDB COPY json | DuckDB read_json",
    async run() {
      const database = await world.cache.database(of.set);
      const columns = await columnTypes(world, of);
      const writes = { database, table: of.table };
      const reads = { columns, rows: of.rows };
      const { seconds, usages } = await runPipeline([
        measured("COPY", program("duckdb-json-pipe", writes)),
        measured("read_json", program("duckdb-json-pipe", reads)),
      ]);
      return { seconds, rows: of.rows, bytes: undefined, usages };
    },
  };
}

async function tapStage(
  world: World,
  of: Table,
  options: { readonly inFiles?: boolean } = {},
): Promise<Stage> {
  const args = await world.tapArguments(of, options);
  return measured("tap", node(product("tap-flightsql"), ...args));
}

function targetStage(world: World, url: string): Stage {
  const options = world.targetArguments(url);
  return measured("target", node(product("target-flightsql"), ...options));
}

export function measured(name: string, command: Command): Stage {
  return { name, command, measured: true };
}

async function drained(stage: Stage, rows: number): Promise<Sample> {
  const { seconds, usages, output } = await runPipeline([
    stage,
    { name: "wc", command: ["wc", "-c"] },
  ]);
  return { seconds, rows, bytes: Number(output), usages };
}

/** The set's lines into a stage that loads them into an empty server. */
export async function fed(
  world: World,
  of: Table,
  stage: (url: string) => Stage,
): Promise<Sample> {
  const cat = await feeder(world, of);
  const sample = await loaded(of, of.set, (url) => [cat, stage(url)]);
  const { bytes } = await world.cache.lines(of.set, "singer");
  return { ...sample, bytes: (bytes * of.rows) / world.cache.rows(of.set) };
}

/**
 * Runs a pipeline into an empty server and asks that server whether every row came.
 * @param table the name that the lines give it.
 * @param counted servers whose CPU time counts, together with that of the empty one; without it none does.
 */
async function loaded(
  { rows }: Table,
  table: string,
  stages: (url: string) => readonly Stage[],
  counted?: readonly EmbeddedServer[],
): Promise<Sample> {
  await using server = await EmbeddedServer.start();
  const servers = counted === undefined ? [] : [...counted, server];
  const before = servers.map(({ cpuSeconds }) => cpuSeconds);
  const { seconds, usages } = await runPipeline(stages(server.url));
  const served = servers.map(({ cpuSeconds }, index): Usage => ({
    name: "server",
    cpuSeconds: cpuSeconds - (before[index] as number),
    peakRssBytes: undefined,
  }));
  const count = await server.count(table);
  if (count !== rows)
    throw new Error(
      `${table} has ${String(count)} rows instead of ${String(rows)}`,
    );
  return { seconds, rows, bytes: undefined, usages: [...usages, ...served] };
}

/** Writes the set's lines, with as many records as asked: the file's first ones, or the file again and again. */
async function feeder(world: World, of: Table): Promise<Stage> {
  const { head, records, tail } = await world.cache.lines(of.set, "singer");
  const has = world.cache.rows(of.set);
  if (of.rows >= has) {
    const times = Array.from({ length: of.rows / has }, () => records);
    return { name: "cat", command: ["cat", head, ...times, tail] };
  }
  const script = 'cat "$1" && head -n "$2" "$3" && cat "$4"';
  const files = [head, String(of.rows), records, tail];
  return { name: "head", command: ["sh", "-c", script, "sh", ...files] };
}

import { peer, product } from "./build.js";
import type { LineFiles } from "./cache.js";
import { EmbeddedServer } from "./embedded-server.js";
import type { Contender, Sample } from "./measurement.js";
import { node, runPipeline, type Stage } from "./pipeline.js";
import type { SetName } from "./sets.js";
import type { World } from "./world.js";

/** A table to read: the set's own, or a view of its server that has more or fewer rows. */
export interface Table {
  readonly set: SetName;
  readonly table: string;
  readonly rows: number;
}

/** `tap-flightsql … | wc -c` */
export function tap(
  world: World,
  of: Table,
): Contender & { readonly bytes: () => number } {
  let bytes = 0;
  const stage = async (): Promise<Stage> => ({
    name: "tap",
    command: node(
      product("tap-flightsql"),
      ...(await world.tapArguments(of.set, of.table)),
    ),
    measured: true,
  });
  return {
    label: "tap",
    bytes: () => bytes,
    async prove() {
      const { output } = await runPipeline([
        await stage(),
        { name: "wc", command: ["wc", "-lc"] },
      ]);
      const [lines = 0, size = 0] = output.trim().split(/\s+/).map(Number);
      if (lines <= of.rows)
        throw new Error(
          `tap wrote ${String(lines)} lines for ${String(of.rows)} rows`,
        );
      bytes = size;
    },
    run: async () => await drained(await stage(), of.rows),
  };
}

/** The naive tap with the same reader. */
export function naiveTap(world: World, of: Table): Contender {
  return {
    label: "naive tap",
    run: async () => await drained(await naiveTapStage(world, of), of.rows),
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
      const { records } = await world.cache.lines(of.set);
      const options = JSON.stringify({ file: records, bytes: written() });
      return await drained(
        {
          name: "write",
          command: node(peer("bare-write"), options),
          measured: true,
        },
        of.rows,
      );
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
    run: async () => await fed(world, of, naiveTargetStage),
  };
}

/** `cat lines | wc -l`: the pipe and a look at every byte. */
export function countLines(world: World, of: Table): Contender {
  return {
    label: "cat | wc -l",
    async run() {
      const files = await world.cache.lines(of.set);
      const { seconds, usages } = await runPipeline([
        feeder(world, of, files),
        { name: "wc", command: ["wc", "-l"], measured: true },
      ]);
      return { seconds, rows: of.rows, bytes: files.singerBytes, usages };
    },
  };
}

/** `tap-flightsql … | target-flightsql …`, from one server into another. */
export function line(world: World, of: Table): Contender {
  return {
    label: "tap | target",
    async run() {
      const command = node(
        product("tap-flightsql"),
        ...(await world.tapArguments(of.set, of.table)),
      );
      return await loaded(of, (url) => [
        { name: "tap", command, measured: true },
        targetStage(world, url),
      ]);
    },
  };
}

/** The naive tap and the naive target. */
export function naiveLine(world: World, of: Table): Contender {
  return {
    label: "naive tap | naive target",
    async run() {
      const reader = await naiveTapStage(world, of);
      return await loaded(of, (url) => [reader, naiveTargetStage(url)]);
    },
  };
}

async function naiveTapStage(world: World, of: Table): Promise<Stage> {
  const options = JSON.stringify({
    url: await world.source(of.set),
    table: of.table,
    rows: of.rows,
  });
  return {
    name: "naive tap",
    command: node(peer("naive-tap"), options),
    measured: true,
  };
}

function targetStage(world: World, url: string): Stage {
  const command = node(
    product("target-flightsql"),
    ...world.targetArguments(url),
  );
  return { name: "target", command, measured: true };
}

function naiveTargetStage(url: string): Stage {
  return {
    name: "naive target",
    command: node(peer("naive-target"), JSON.stringify({ url })),
    measured: true,
  };
}

async function drained(stage: Stage, rows: number): Promise<Sample> {
  const { seconds, usages, output } = await runPipeline([
    stage,
    { name: "wc", command: ["wc", "-c"] },
  ]);
  return { seconds, rows, bytes: Number(output), usages };
}

async function fed(
  world: World,
  of: Table,
  stage: (url: string) => Stage,
): Promise<Sample> {
  const files = await world.cache.lines(of.set);
  const sample = await loaded(of, (url) => [
    feeder(world, of, files),
    stage(url),
  ]);
  return {
    ...sample,
    bytes: (files.singerBytes * of.rows) / world.cache.rows(of.set),
  };
}

/** Runs a pipeline into an empty server and asks that server whether every row came. */
async function loaded(
  of: Table,
  stages: (url: string) => readonly Stage[],
): Promise<Sample> {
  await using server = await EmbeddedServer.start();
  const { seconds, usages } = await runPipeline(stages(server.url));
  const count = await server.count(of.table);
  if (count !== of.rows)
    throw new Error(
      `${of.table} has ${String(count)} rows instead of ${String(of.rows)}`,
    );
  return { seconds, rows: of.rows, bytes: undefined, usages };
}

/** Writes the set's lines, with as many RECORDs as asked: the file's first ones, or the file again and again. */
function feeder(
  world: World,
  of: Table,
  { schema, records, state }: LineFiles,
): Stage {
  const has = world.cache.rows(of.set);
  if (of.rows >= has) {
    const times = Array.from({ length: of.rows / has }, () => records);
    return { name: "cat", command: ["cat", schema, ...times, state] };
  }
  const script = 'cat "$1" && head -n "$2" "$3" && cat "$4"';
  return {
    name: "head",
    command: [
      "sh",
      "-c",
      script,
      "sh",
      schema,
      String(of.rows),
      records,
      state,
    ],
  };
}

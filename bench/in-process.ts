import { peer } from "./build.js";
import { columnsOf } from "./cache.js";
import type { Contender, Sample } from "./measurement.js";
import { node, runPipeline } from "./pipeline.js";
import type { SetName } from "./sets.js";
import type { World } from "./world.js";

/** A program of peers/ or ours/ that times its own section: see `timed`. */
function selfTimed(
  label: string,
  program: string,
  options: () => Promise<object>,
): Contender {
  return {
    label,
    async run() {
      const command = node(peer(program), JSON.stringify(await options()));
      const { output } = await runPipeline([{ name: program, command }]);
      return JSON.parse(output) as Sample;
    },
  };
}

async function stored(world: World, set: SetName) {
  return { database: await world.cache.database(set), table: set };
}

/** Table → FlightData bytes, inside the server. */
export function serverRead(world: World, set: SetName): Contender {
  return selfTimed("server read", "server-read", () => stored(world, set));
}

/** The chunks that the server's read rests on, unconverted. */
export function chunkStream(world: World, set: SetName): Contender {
  return selfTimed("DuckDB chunks", "duckdb-chunks", () => stored(world, set));
}

/** Arrow batches → table, inside the server. */
export function serverIngest(world: World, set: SetName): Contender {
  return selfTimed("server ingest", "server-ingest", () => stored(world, set));
}

/** The same batches value by value through DuckDB's appender. */
export function appender(world: World, set: SetName): Contender {
  return selfTimed("appender", "duckdb-appender", () => stored(world, set));
}

/** Arrow batches → Singer lines, dropped. */
export function linesOut(world: World, set: SetName): Contender {
  return selfTimed("writer", "lines-out", () => stored(world, set));
}

/** DuckDB's JSON writer. */
export function duckdbCopy(world: World, set: SetName): Contender {
  return selfTimed("DuckDB COPY", "duckdb-copy", async () => ({
    ...(await stored(world, set)),
    bytes: (await world.cache.lines(set)).plainBytes,
  }));
}

/** Singer lines → Arrow batches, dropped. */
export function linesIn(world: World, set: SetName): Contender {
  return selfTimed("parser", "lines-in", () => world.cache.lines(set));
}

/** DuckDB's JSON reader. */
export function duckdbReadJson(world: World, set: SetName): Contender {
  return selfTimed("DuckDB read_json", "duckdb-read-json", async () => {
    const { plain, plainBytes } = await world.cache.lines(set);
    const columns = await columnsOf(await world.cache.database(set), set);
    return { file: plain, columns, bytes: plainBytes };
  });
}

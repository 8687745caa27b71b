import { columnsOf } from "./cache.js";
import type { LineFormName } from "./line-forms.js";
import type { Contender } from "./measurement.js";
import type { Command } from "./pipeline.js";
import { program, selfTimed } from "./self-timed.js";
import type { Table } from "./sets.js";
import type { World } from "./world.js";

/** Table → FlightData bytes, inside the server. */
export function serverRead(world: World, of: Table): Contender {
  return overDatabase("server read", "server-read", world, of);
}

/** The chunks that the server's read rests on, unconverted. */
export function chunkStream(world: World, of: Table): Contender {
  return overDatabase("DuckDB chunks", "duckdb-chunks", world, of);
}

/** Arrow batches → table, inside the server. */
export function serverIngest(world: World, of: Table): Contender {
  return overDatabase("server ingest", "server-ingest", world, of);
}

/** The same batches value by value through DuckDB's appender. */
export function appender(world: World, of: Table): Contender {
  return overDatabase("appender", "duckdb-appender", world, of);
}

interface Kernels {
  /** Whether the WebAssembly kernels do what they can. @default true */
  readonly kernel?: boolean;
}

/** Arrow batches → lines, dropped. */
export function linesOut(
  world: World,
  of: Table,
  {
    protocol = "singer",
    kernel = true,
  }: Kernels & { readonly protocol?: "singer" | "airbyte" } = {},
): Contender {
  return selfTimed(`${protocol} writer`, of.rows, async () => {
    const database = await world.cache.database(of.set);
    const options = { database, table: of.table, protocol };
    return withKernel(kernel, program("lines-out", options));
  });
}

/** DuckDB's JSON writer, its output dropped. */
export function duckdbCopy(world: World, of: Table): Contender {
  return selfTimed("DuckDB COPY json", of.rows, async () => {
    const database = await world.cache.database(of.set);
    const { bytes } = await world.cache.rowLines(of.set);
    const options = { format: "json", path: "/dev/null", bytes };
    return program("duckdb-copy", { database, table: of.table, ...options });
  });
}

/** Lines → Arrow batches, dropped. */
export function linesIn(
  world: World,
  of: Table,
  {
    form = "singer",
    kernel = true,
  }: Kernels & { readonly form?: LineFormName } = {},
): Contender {
  return selfTimed(`${form} parser`, of.rows, async () => {
    const files = await world.cache.lines(of.set, form);
    return withKernel(kernel, program("lines-in", files));
  });
}

/** DuckDB's JSON reader, of rows without white space and with their keys in order. */
export function duckdbReadJson(world: World, of: Table): Contender {
  return selfTimed("DuckDB read_json", of.rows, async () => {
    const { file, bytes } = await world.cache.rowLines(of.set);
    const columns = await columnTypes(world, of);
    return program("duckdb-read-json", { file, columns, bytes });
  });
}

/** Columns of a set as read_json takes them. */
export async function columnTypes(world: World, of: Table): Promise<string> {
  const columns = await columnsOf(await world.cache.database(of.set), of.set);
  return columns
    .map(({ name, type }) => `'${name}': '${type.toString()}'`)
    .join(", ");
}

/** Arrow batches → Parquet file. */
export function parquetWrite(world: World, of: Table): Contender {
  const path = world.path("ours.parquet");
  return overDatabase("Parquet", "parquet-write", world, of, { path });
}

/** DuckDB's Parquet writer. */
export function duckdbParquet(world: World, of: Table): Contender {
  const options = { format: "parquet", path: world.path("duckdb.parquet") };
  return overDatabase("DuckDB COPY parquet", "duckdb-copy", world, of, options);
}

/** A program that is given the set's database and times what it does with a table. */
function overDatabase(
  label: string,
  name: string,
  world: World,
  of: Table,
  options: object = {},
): Contender {
  return selfTimed(label, of.rows, async () => {
    const database = await world.cache.database(of.set);
    return program(name, { database, table: of.table, ...options });
  });
}

function withKernel(kernel: boolean, command: Command): Command {
  return kernel ? command : ["env", "FLIGHTSYNC_KERNEL=off", ...command];
}

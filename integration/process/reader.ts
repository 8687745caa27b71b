import { airbyteMessages, singerMessages } from "./messages.js";
import { start, type Folder, type Program } from "./programs.js";

/** A bin that reads, whatever its wire format. */
export interface Reader {
  readonly bin: string;
  readonly command: readonly string[];
  /** A catalog's entry for all of a table of the schema `main`. */
  readonly entry: (table: string) => object;
  /** Types of the lines, each held against its contract. */
  readonly types: (stdout: string) => readonly string[];
}

export const readers: readonly Reader[] = [
  {
    bin: "tap-flightsql",
    command: [],
    entry: (table) => ({ tap_stream_id: `main-${table}`, metadata: [] }),
    types: (stdout) => singerMessages(stdout).map(({ type }) => type),
  },
  {
    bin: "source-flightsql",
    command: ["read"],
    entry: (table) => ({
      stream: { name: table, namespace: "main", json_schema: {} },
      sync_mode: "full_refresh",
      destination_sync_mode: "append",
    }),
    types: (stdout) =>
      airbyteMessages(stdout).map(
        ({ type, trace }) => trace?.stream_status?.status ?? type,
      ),
  },
];

/** Arguments that read one table with little memory; the files are put into the folder. */
export function readArguments(
  { bin, command, entry }: Reader,
  folder: Folder,
  url: string,
  table: string,
): readonly string[] {
  const settings = { url, memory_bytes_max: 1_048_576 };
  const config = folder.file(`${bin}.config.json`, settings);
  const streams = [entry(table)];
  const catalog = folder.file(`${bin}.catalog.json`, { streams });
  return [...command, "--config", config, "--catalog", catalog];
}

/** @param paused see `StartOptions`. */
export function startReader(
  reader: Reader,
  folder: Folder,
  url: string,
  table: string,
  paused: boolean,
): Program {
  const args = readArguments(reader, folder, url, table);
  return start(reader.bin, args, { stdin: "", paused });
}

import { singerMessages } from "./messages.js";
import { run, type Folder } from "./programs.js";

/** What a tap said of one stream. */
export interface Reading {
  readonly code: number | null;
  readonly stderr: string;
  /** Types of the lines, in order. */
  readonly types: readonly string[];
  /** Values of `id`, in order of arrival. */
  readonly ids: readonly unknown[];
  /** Value of the last STATE. */
  readonly state: unknown;
}

/** A table of the schema `main` that a tap reads, along a column or whole. */
export interface Table {
  readonly name: string;
  readonly replicationKey?: string;
  /** Members of the catalog's entry. */
  readonly entry?: object;
}

/** Runs a tap over one table. */
export async function readTable(
  folder: Folder,
  config: object,
  table: Table,
  state?: unknown,
): Promise<Reading> {
  const outcome = await run(
    "tap-flightsql",
    tapArguments(folder, config, table, state),
  );
  return { ...outcome, ...readingOf(outcome.stdout) };
}

/** Arguments of a tap over one table; its files are put into the folder. */
export function tapArguments(
  folder: Folder,
  config: object,
  { name, replicationKey, entry }: Table,
  state?: unknown,
): readonly string[] {
  const stream = {
    tap_stream_id: `main-${name}`,
    replication_key: replicationKey,
    metadata: [],
    ...entry,
  };
  const last =
    state === undefined ? [] : ["--state", folder.file("state.json", state)];
  return [
    ...["--config", folder.file("tap.json", config)],
    ...["--catalog", folder.file("catalog.json", { streams: [stream] })],
    ...last,
  ];
}

/** What whole lines of a tap say. */
export function readingOf(
  stdout: string,
): Pick<Reading, "types" | "ids" | "state"> {
  const messages = singerMessages(stdout);
  return {
    types: messages.map(({ type }) => type),
    ids: messages.flatMap(({ record }) => (record ? [record["id"]] : [])),
    state: messages.findLast(({ type }) => type === "STATE")?.value,
  };
}

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Context } from "../engine.js";
import { FlightClient } from "../drivers/flight/client.js";
import {
  binPath,
  readMetrics,
  ServerProcess,
  shell,
  type Metrics,
} from "./programs.js";
import { demoColumns, fingerprint, oneRow, type DemoTable } from "./proof.js";
import { demoTables, laterFlights } from "./tables.js";

interface Demo {
  readonly folder: string;
  readonly a: FlightClient;
  readonly b: FlightClient;
  readonly say: (line: string) => void;
}

interface SyncFigures {
  readonly tap: Metrics;
  readonly target: Metrics;
  readonly seconds: number;
}

const tables = Object.keys(demoColumns) as DemoTable[];

/**
 * `demo`: two embedded servers, a full sync through a pipe, an incremental one, and SQL that proves both.
 * @returns the exit code: 0 when every proof holds.
 */
export async function demo(
  context: Context,
  say: (line: string) => void,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "flightsync-demo-"));
  const { origin, init } = demoTables();
  writeFileSync(join(folder, "a.sql"), init);
  say(`flightsync demo in ${folder}`);
  say(`\n1. Two Flight SQL servers; A holds flights and airports, ${origin}`);
  await using serverA = await ServerProcess.start(
    join(folder, "a.duckdb"),
    join(folder, "a.sql"),
  );
  await using serverB = await ServerProcess.start(
    join(folder, "b.duckdb"),
    undefined,
  );
  say(`   A ${serverA.url}\n   B ${serverB.url} (empty)`);
  await using a = await FlightClient.connect({ url: serverA.url }, context);
  await using b = await FlightClient.connect({ url: serverB.url }, context);
  const run: Demo = { folder, a, b, say };
  writeFileSync(join(folder, "a.json"), json({ url: serverA.url }));
  writeFileSync(join(folder, "b.json"), json({ url: serverB.url }));

  say("\n2. discover, and select: flights by date, airports whole");
  await discover(run);

  say(`\n3. ${pipeline(undefined)}`);
  const first = await sync(run, undefined);
  let proven = await compare(run);

  say(
    "\n4. A gets 1,000 later flights, and the same line goes on from its state",
  );
  const [before] = await oneRow(a, "SELECT max(date)::VARCHAR FROM flights");
  await a.update(laterFlights);
  say(`   ${pipeline("last-state.json")}`);
  const second = await sync(run, "last-state.json");
  const [due, ties] = await oneRow(
    a,
    `SELECT (count(*) FILTER (date > TIMESTAMP '${before ?? ""}'))::VARCHAR,
      (count(*) FILTER (date = TIMESTAMP '${before ?? ""}'))::VARCHAR FROM flights`,
  );
  const travelled = second.tap.rows.get("main-flights") ?? 0;
  const only = String(travelled) === due;
  say(
    `   ${mark(only)} ${String(travelled)} flights travelled: ${due ?? "?"} are later than ${before ?? ""}, and the ${ties ?? "?"} of that minute were sent before`,
  );
  proven = (await compare(run)) && only && proven;

  report(run, [
    ["first sync", first],
    ["second sync", second],
  ]);
  say(
    proven
      ? "\nEvery proof holds."
      : "\nA proof FAILED: see the lines marked ✗.",
  );
  return proven ? 0 : 1;
}

/** The catalog of A with both tables selected. */
async function discover({ folder }: Demo): Promise<void> {
  await shell(
    `"${process.execPath}" "${binPath("tap-flightsql")}" --config a.json --discover > catalog.json`,
    folder,
  );
  const file = join(folder, "catalog.json");
  const catalog = JSON.parse(readFileSync(file, "utf8")) as {
    streams: {
      tap_stream_id: string;
      metadata: { breadcrumb: string[]; metadata: Record<string, unknown> }[];
    }[];
  };
  for (const stream of catalog.streams)
    for (const { breadcrumb, metadata } of stream.metadata) {
      if (breadcrumb.length > 0) continue;
      metadata["selected"] = true;
      const incremental = stream.tap_stream_id === "main-flights";
      metadata["replication-method"] = incremental
        ? "INCREMENTAL"
        : "FULL_TABLE";
      if (incremental) metadata["replication-key"] = "date";
    }
  writeFileSync(file, json(catalog));
}

/** The line as a user would type it. */
function pipeline(state: string | undefined): string {
  const from = state === undefined ? "" : ` --state ${state}`;
  return `tap-flightsql --config a.json --catalog catalog.json${from} | target-flightsql --config b.json > state.jsonl`;
}

async function sync(
  { folder }: Demo,
  state: string | undefined,
): Promise<SyncFigures> {
  const program = (name: string) => `"${process.execPath}" "${binPath(name)}"`;
  const line = pipeline(state)
    .replace("tap-flightsql", `{ ${program("tap-flightsql")}`)
    .replace(" |", " 2> tap.log || touch tap.failed; } |")
    .replace("target-flightsql", program("target-flightsql"))
    .replace(" > state", " 2> target.log > state");
  const started = performance.now();
  await shell(`rm -f tap.failed; ${line} && test ! -e tap.failed`, folder);
  const seconds = (performance.now() - started) / 1000;
  const states = readFileSync(join(folder, "state.jsonl"), "utf8").trim();
  writeFileSync(
    join(folder, "last-state.json"),
    states.slice(states.lastIndexOf("\n") + 1),
  );
  return {
    tap: readMetrics(join(folder, "tap.log")),
    target: readMetrics(join(folder, "target.log")),
    seconds,
  };
}

/** Counts and checksums of A and B side by side. */
async function compare({ a, b, say }: Demo): Promise<boolean> {
  let equal = true;
  for (const table of tables) {
    const [left, right] = await Promise.all([
      fingerprint(a, table),
      fingerprint(b, table),
    ]);
    say(`   ${table.padEnd(12)} ${"A".padStart(24)} ${"B".padStart(24)}`);
    left.forEach(([name, value], index) => {
      const other = right[index]?.[1] ?? "";
      const same = value === other && value !== "";
      equal &&= same;
      say(
        `   ${mark(same)} ${name.padEnd(10)} ${value.padStart(24)} ${other.padStart(24)}`,
      );
    });
  }
  return equal;
}

function report(
  { folder, say }: Demo,
  syncs: readonly (readonly [string, SyncFigures])[],
): void {
  const number = (value: number, digits = 0) =>
    value.toLocaleString("en", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const header = ["", "rows", "MB", "seconds", "rows/s", "tap MB", "target MB"];
  const rows = syncs.map(([name, { tap, target, seconds }]) => {
    const count = [...tap.rows.values()].reduce((sum, value) => sum + value, 0);
    return [
      name,
      number(count),
      number(tap.bytes / 1e6, 1),
      number(seconds, 1),
      number(count / seconds),
      number(tap.peakBytes / 1e6),
      number(target.peakBytes / 1e6),
    ];
  });
  say("\n5. Figures (MB of Singer messages; peak memory of tap and target)");
  for (const row of [header, ...rows])
    say(
      `   ${row.map((text, index) => (index === 0 ? text.padEnd(12) : text.padStart(11))).join("")}`,
    );
  say(`\nThe data, catalog, state and logs lie in ${folder}. Next, try:
   npx flightsync serve --database ${join(folder, "b.duckdb")}
   npx tap-flightsql --config ${join(folder, "a.json")} --discover    (with a server on a.duckdb)
   npx flightsync spec --role destination --engine flightsql`);
}

function mark(holds: boolean): string {
  return holds ? "✓" : "✗";
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

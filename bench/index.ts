// npm run bench [-- OPTIONS]: measures, and prints one Markdown table. The options are below.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildPeers } from "./build.js";
import { Cache } from "./cache.js";
import { casesOf } from "./cases.js";
import { measure, type Measurement } from "./measurement.js";
import { report } from "./report.js";
import { jsonText, markdown, writeChart, writeResults } from "./results.js";
import { World } from "./world.js";

const { values: options } = parseArgs({
  options: {
    /** Smaller sets and one repetition: about a minute once the data is made. */
    quick: { type: "boolean", default: false },
    /** Rows whose name begins so, of a quick run too; may be given several times. */
    only: { type: "string", multiple: true },
    /** Also rows against software of others, installed into the cache of integration/ at first. */
    peers: { type: "boolean", default: false },
    /** Writes the table's rows as data. */
    json: { type: "string" },
    /** Writes the table to bench/RESULTS.md and its rows as data to bench/results.json. */
    results: { type: "boolean", default: false },
    /** Measures nothing, and draws bench/results.svg of bench/results.json. */
    chart: { type: "boolean", default: false },
    /** Exit with 1 when a bar is not reached, not only when a row fails. */
    strict: { type: "boolean", default: false },
    /** Print the rows' names and do nothing. */
    list: { type: "boolean", default: false },
  },
});

if (options.chart) writeChart();
else await bench();

async function bench(): Promise<void> {
  await using world = new World(new Cache(options.quick ? "quick" : "full"));
  const { only, peers } = options;
  const quick = options.quick && only === undefined;
  const cases = casesOf(world, { peers, quick }).filter(
    ({ name }) => only?.some((prefix) => name.startsWith(prefix)) ?? true,
  );
  if (options.list) {
    process.stdout.write(cases.map(({ name }) => `${name}\n`).join(""));
    return;
  }
  await buildPeers();
  const measurements: Measurement[] = [];
  for (const [index, row] of cases.entries()) {
    process.stderr.write(
      `${String(index + 1)} of ${String(cases.length)}: ${row.name}\n`,
    );
    const measurement = await measure(row);
    if (measurement.error !== undefined)
      process.stderr.write(`${row.name} failed: ${measurement.error}\n`);
    measurements.push(measurement);
  }
  const found = report(measurements, options.quick);
  process.stdout.write(markdown(found));
  if (options.json !== undefined) writeFileSync(options.json, jsonText(found));
  if (options.results) await writeResults(found);
  const verdicts = found.rows.map(({ verdict }) => verdict);
  if (
    verdicts.includes("failed") ||
    (options.strict && verdicts.includes("below"))
  )
    process.exitCode = 1;
}

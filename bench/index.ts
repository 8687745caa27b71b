// npm run bench [-- --quick --only NAME --peers --json FILE --strict --list]: measures, and prints one Markdown table.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { buildPeers } from "./build.js";
import { Cache } from "./cache.js";
import { casesOf } from "./cases.js";
import {
  measure,
  scores,
  spread,
  verdict,
  type Measurement,
} from "./measurement.js";
import { legend, quickNote } from "./legend.js";
import { table } from "./table.js";
import { World } from "./world.js";

const { values: options } = parseArgs({
  options: {
    /** Smaller sets and fewer repetitions: about a minute once the data is made. */
    quick: { type: "boolean", default: false },
    /** Rows whose name begins so; may be given several times. */
    only: { type: "string", multiple: true },
    /** Also rows against software of others, installed into the cache of integration/ at first. */
    peers: { type: "boolean", default: false },
    /** Every sample, for tools. */
    json: { type: "string" },
    /** Exit with 1 when a bar is not reached, not only when a row fails. */
    strict: { type: "boolean", default: false },
    /** Print the rows' names and do nothing. */
    list: { type: "boolean", default: false },
  },
});

await using world = new World(new Cache(options.quick ? "quick" : "full"));
const only = options.only ?? [""];
const cases = casesOf(world, options.peers).filter(({ name }) =>
  only.some((prefix) => name.startsWith(prefix)),
);
if (options.list) {
  process.stdout.write(cases.map(({ name }) => `${name}\n`).join(""));
} else {
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
  const notes = options.quick ? `${legend}\n\n${quickNote}` : legend;
  process.stdout.write(`${machine()}\n\n${table(measurements)}\n${notes}\n`);
  if (options.json !== undefined)
    writeFileSync(options.json, report(measurements));
  const verdicts = measurements.map(verdict);
  if (
    verdicts.includes("failed") ||
    (options.strict && verdicts.includes("below"))
  )
    process.exitCode = 1;
}

function machine(): string {
  const cpu = cpus()[0]?.model ?? "unknown CPU";
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${String(availableParallelism())} × ${cpu}, ${memory}, Node ${process.version}, ${process.platform} ${process.arch}, ${new Date().toISOString()}`;
}

function report(measurements: readonly Measurement[]): string {
  const rows = measurements.map((measurement) => ({
    name: measurement.case.name,
    path: measurement.case.path,
    set: measurement.case.set,
    bar: measurement.case.bar,
    error: measurement.error,
    verdict: verdict(measurement),
    score: spread(scores(measurement)),
    ours: { label: measurement.case.ours.label, samples: measurement.ours },
    yardstick: {
      label: measurement.case.yardstick?.label,
      samples: measurement.yardstick,
    },
  }));
  return `${JSON.stringify({ machine: machine(), quick: options.quick, rows }, null, 2)}\n`;
}

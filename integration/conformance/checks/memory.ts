import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

import type { Role } from "../../../src/engine.js";
import type { Check } from "../check.js";
import { preloaded, type Subject } from "../subject.js";
import { createGenerated } from "../tables.js";
import { within } from "../within.js";

const roles: readonly Role[] = ["source", "destination"];
const most = 180_000_000;

function inMB(bytes: number): string {
  return `${String(Math.round(bytes / 1e6))} MB`;
}

/**
 * Rows of both runs. The smaller one lasts long enough for V8 to have compiled what it compiles and for its heap to
 * have found its size, which takes 10 MB to 20 MB more than a run of half a second does.
 */
const few = 1_000_000;
const many = 5_000_000;
/** Growth of the larger run over the smaller one. */
const growthMost = 1.25;

/** Writes the peak of this process's resident memory to a file when it ends: getrusage(2), in KiB. */
function reporter(file: string): string {
  return preloaded(
    `import { writeFileSync } from "node:fs";
     process.on("exit", () => {
       const { maxRSS } = process.resourceUsage();
       writeFileSync(${JSON.stringify(file)}, String(maxRSS * 1024));
     });`,
  );
}

/** Peak memory of both programs, joined by a pipe of the system, in bytes. */
async function peaks(
  subject: Subject,
  rows: number,
): Promise<Readonly<Record<Role, number>>> {
  const { format } = subject;
  const table = `rows_${String(rows)}`;
  const columns = subject.quirks.generated.slice(0, 3);
  await createGenerated(subject, table, rows, columns);
  const catalog = await subject.catalog([{ table }]);
  const load = format.forward(readFileSync(catalog, "utf8"), "append");
  const files = { source: subject.file(""), destination: subject.file("") };
  const commandOf = (role: Role, given: readonly string[]) => {
    const [node = "", ...rest] = subject.command(role, given);
    return [node, "--import", reporter(files[role]), ...rest].map(quoted);
  };
  const source = commandOf(
    "source",
    format.read(subject.config("source"), catalog, undefined),
  );
  const destination = commandOf(
    "destination",
    format.write(
      subject.config("destination", {
        ...subject.destination.settings,
        ...load.settings,
      }),
      load.catalog === undefined ? undefined : subject.file(load.catalog),
    ),
  );
  const line = `${source.join(" ")} 2>/dev/null | ${destination.join(" ")} >/dev/null`;
  const child = spawn("sh", ["-c", line], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const [code] = (await within(120_000, once(child, "close"), "the end")) as [
    number,
  ];
  assert.equal(code, 0, log);
  const [row] = await subject.destination.query(
    `SELECT ${subject.quirks.text("count(*)")} FROM ${subject.table(table)}`,
  );
  assert.equal(row?.[0], String(rows), "not every row arrived");
  for (const server of [subject.source, subject.destination])
    await server.run(`DROP TABLE ${subject.table(table)}`);
  const read = (role: Role) => Number(readFileSync(files[role], "utf8"));
  return { source: read("source"), destination: read("destination") };
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

export const memory: Check = {
  name: "needs no more memory for five times the rows",
  async run(subject) {
    const small = await peaks(subject, few);
    for (const role of roles)
      assert.ok(small[role] <= most, `the ${role} took ${inMB(small[role])}`);
    const large = await peaks(subject, many);
    for (const role of roles)
      assert.ok(
        large[role] <= Math.min(most, small[role] * growthMost),
        `the ${role} took ${inMB(small[role])} and then ${inMB(large[role])}`,
      );
  },
  twins: [
    {
      does: "keeps everything that the server sends",
      fault: () => ({
        role: "source",
        preload: keeping("Readable", "push"),
      }),
      because: /^the source took/,
    },
    {
      does: "keeps everything that it sends to the server",
      fault: () => ({
        role: "destination",
        preload: keeping("Duplex", "write"),
      }),
      because: /^the destination took/,
    },
  ],
};

/** Copies that a leaking twin keeps, so that few rows show the leak. */
const copies = 4;

/** A class of node:stream that never lets go of the bytes that pass through one of its methods. */
function keeping(name: "Readable" | "Duplex", method: string): string {
  return `import { ${name} } from "node:stream";
    const kept = [];
    const real = ${name}.prototype.${method};
    ${name}.prototype.${method} = function (chunk, ...rest) {
      if (chunk instanceof Uint8Array)
        kept.push(Buffer.concat(Array(${String(copies)}).fill(chunk)));
      return real.call(this, chunk, ...rest);
    };`;
}

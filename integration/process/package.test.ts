import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { airbyteMessages } from "./messages.js";
import { Folder, shell } from "./programs.js";

const root = fileURLToPath(
  new URL(".", import.meta.resolve("flightsync/package.json")),
);

test("the packed package installs into an empty folder: its bins run and its types resolve", async () => {
  const folder = new Folder();
  const inFolder = { cwd: folder.path };
  folder.file("package.json", { name: "empty", private: true, type: "module" });
  // The build is done; packing must not do it again.
  const packed = await shell(
    `npm pack --ignore-scripts --silent --pack-destination "${folder.path}" "${root}"`,
    inFolder,
  );
  assert.equal(packed.code, 0, packed.stderr);
  const [tarball = ""] = readdirSync(folder.path).filter((name) =>
    name.endsWith(".tgz"),
  );
  const installed = await shell(
    `npm install "./${tarball}" --omit optional --prefer-offline --no-audit --no-fund --loglevel error`,
    inFolder,
  );
  assert.equal(installed.code, 0, installed.stderr);

  const version = await shell(
    "node_modules/.bin/flightsync --version",
    inFolder,
  );
  assert.match(version.stdout, /^flightsync v\d+\.\d+\.\d+\n$/, version.stderr);
  const about = await shell(
    "node_modules/.bin/tap-flightsql --about",
    inFolder,
  );
  assert.equal(
    (JSON.parse(about.stdout) as { name: string }).name,
    "tap-flightsql",
  );
  const spec = await shell("node_modules/.bin/source-flightsql spec", inFolder);
  assert.equal(airbyteMessages(spec.stdout).length, 1);
  const check = await shell(
    `echo '{"url": "flightsql://127.0.0.1:1?transport=tcp"}' > config.json; node_modules/.bin/destination-flightsql check --config config.json`,
    inFolder,
  );
  assert.match(check.stdout, /FAILED.*ECONNREFUSED/);

  folder.file(
    "use.ts",
    `import { chooseEngine, engines, serve, Failure } from "flightsync";
import { connect as connectTo, SqlInfo } from "flightsync";
import type { Batch, Connection, Engine, Plan, TableWriter } from "flightsync";
import type { Table } from "apache-arrow";
const engine: Engine = chooseEngine({ url: "flightsql://host" }, undefined);
export async function connect(): Promise<Connection> {
  return engine.connect({}, { signal: new AbortController().signal, log: () => undefined });
}
export async function use(url: string, rows: Table): Promise<number> {
  await using db = await connectTo(url, { username: "ada", password: "secret" });
  await db.transaction(async (tx) => {
    await tx.ingest({ dbSchema: "main", table: "t" }, rows, { mode: "append" });
    await tx.update("DELETE FROM t WHERE id = ?", { params: [1n] });
  });
  let count = 0;
  const { signal } = new AbortController();
  for await (const batch of await db.query("SELECT * FROM t", { signal }))
    count += batch.numRows;
  // @ts-expect-error A batch has no such thing.
  for await (const batch of await db.query("SELECT 1")) count += batch.nonsense;
  const name = await db.sqlInfo([SqlInfo.FLIGHT_SQL_SERVER_NAME]);
  return count + name.size;
}
export const first: Engine | undefined = engines[0];
export type All = [Batch, Plan, TableWriter, ReturnType<typeof serve>, Failure];
// @ts-expect-error The types are real ones, not any.
export const wrong: number = engine.name;
`,
  );
  folder.file(
    "run.js",
    `import { engines } from "flightsync"; console.log(engines[0].name);`,
  );
  const imported = await shell(`"$NODE" run.js`, inFolder);
  assert.equal(imported.stdout, "flightsql\n", imported.stderr);
  const checked = await shell(
    `"$NODE" "${join(root, "node_modules/typescript/bin/tsc")}" --noEmit --strict --module nodenext --target es2023 --lib es2023,esnext.disposable --types node --typeRoots "${join(root, "node_modules/@types")}" use.ts`,
    inFolder,
  );
  assert.equal(checked.code, 0, checked.stdout);
});

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { Matrix } from "../matrix/matrix.js";
import { selectSinger } from "../process/catalogs.js";
import {
  airbyteMessages,
  singerMessages,
  states,
} from "../process/messages.js";
import { Folder, run, type Outcome } from "../process/programs.js";
import { record, schema, state } from "../process/singer-lines.js";
import { proveKilled } from "./killed.js";
import { Running, skipReason, type Feature, type Product } from "./product.js";
import { proveWritten } from "./written.js";

interface SingerCatalog {
  readonly streams: readonly {
    readonly tap_stream_id: string;
    readonly schema: {
      readonly properties: Readonly<
        Record<string, { readonly "x-arrow-type": string }>
      >;
    };
  }[];
}

/** What `check --explain --format json` prints. */
interface Explanation {
  readonly steps: readonly {
    readonly step: string;
    readonly status: string;
    readonly detail: string;
  }[];
}

/** Proves every feature with one server that others wrote, by the built programs and by a client of others. */
export function proveServer(product: Product): void {
  const skip = skipReason(product);
  const matrix = new Matrix<Feature>(
    `server-${product.id}`,
    product,
    product.exceptions,
    skip,
  );
  const folder = new Folder();
  let running: Running;
  if (skip === false) {
    before(async () => {
      running = await Running.start(product, folder);
      const settings = { ...running.settings, concurrency: 1 };
      folder.file("source.json", settings);
      folder.file("target.json", { ...running.settings, ...product.target });
    });
    after(() => running[Symbol.asyncDispose]());
  }
  const source = ["--config", folder.at("source.json")];
  /** Asked once: what the target makes later may be what a server cannot describe. */
  let catalog: Promise<Outcome> | undefined;
  async function discovered(): Promise<string> {
    catalog ??= run("tap-flightsql", [...source, "--discover"]);
    return succeeded(await catalog).stdout;
  }

  /** Lines of a tap that reads streams, each along a column or whole. */
  async function tap(
    streams: Readonly<Record<string, string | undefined>>,
    ...more: readonly string[]
  ): Promise<string> {
    const catalog = selectSinger(await discovered(), streams);
    const file = folder.file("catalog.json", catalog);
    const args = [...source, "--catalog", file, ...more];
    return succeeded(await run("tap-flightsql", args)).stdout;
  }

  /** The records among the lines are the rows of a query, by what another client says of them. */
  async function same(sql: string, lines: string, ...order: readonly string[]) {
    const records = lines.split("\n").filter((line) => isRecord.test(line));
    const found = await running.oracle.differences(sql, records, order);
    assert.deepEqual(found, []);
  }

  matrix.feature("check", async () => {
    const { stdout } = succeeded(
      await run("source-flightsql", ["check", ...source]),
    );
    assert.deepEqual(statusOf(stdout), { status: "SUCCEEDED" });
  });

  matrix.feature("check --explain", async () => {
    const explained = async (role: string, file: string) => {
      const config = ["--config", folder.at(file)];
      const how = ["--explain", "--role", role, "--format", "json"];
      const { stdout } = succeeded(
        await run("flightsync", ["check", ...how, ...config]),
      );
      const { steps } = JSON.parse(stdout) as Explanation;
      return new Map(
        steps.map(({ step, status, detail }) => [step, `${status}: ${detail}`]),
      );
    };
    const source = await explained("source", "source.json");
    assert.match(source.get("Reflection") ?? "", /^ok: \d+ tables by /);
    assert.match(source.get("Read") ?? "", /^ok: [01] row of /);
    const target = await explained("destination", "target.json");
    assert.match(target.get("Write") ?? "", /^ok: made, loaded and dropped /);
    assert.equal(target.get("Load"), `ok: ${product.load}`);
  });

  matrix.feature("discover", async () => {
    const { streams } = JSON.parse(await discovered()) as SingerCatalog;
    for (const { sql, stream } of [product.everyType, product.long]) {
      const found = streams.find(({ tap_stream_id: id }) => id === stream);
      const told = Object.entries(found?.schema.properties ?? {});
      assert.deepEqual(
        Object.fromEntries(
          told.map(([name, type]) => [
            name,
            // pyarrow does not tell how the entries of a map are called.
            type["x-arrow-type"].replace(' ("key_value")', ""),
          ]),
        ),
        await running.oracle.types(`SELECT * FROM ${sql} LIMIT 1`),
      );
    }
  });

  matrix.feature("read every type", async () => {
    const { sql, stream } = product.everyType;
    await same(
      `SELECT * FROM ${sql}`,
      await tap({ [stream]: undefined }),
      "id",
    );
  });

  matrix.feature("read along a cursor", async () => {
    const { sql, stream, column, more, since } = product.cursor;
    const first = await tap({ [stream]: column });
    await same(`SELECT * FROM ${sql}`, first, column, "note");
    const [last] = singerMessages(first).slice(-1);
    // The exact text of the state: a number of JavaScript could lose its last digit.
    const text = first.trimEnd().split("\n").at(-1) ?? "";
    assert.equal(last?.type, "STATE");
    const file = folder.file(
      "state.json",
      text.replace(/^.*?"value":/, "").slice(0, -1),
    );
    await running.oracle.run(more);
    const second = await tap({ [stream]: column }, "--state", file);
    const news = `SELECT * FROM ${sql} WHERE ${since}`;
    assert.equal(
      singerMessages(second).filter(({ type }) => type === "RECORD").length,
      2,
    );
    await same(news, second, column, "note");
  });

  /** Loads rows and compares the table with them, once the load has succeeded. */
  async function load(
    table: string,
    method: string,
    rows: readonly object[],
    expected: readonly object[],
  ) {
    const config = folder.file(`${table}.json`, {
      ...running.settings,
      ...product.target,
      load_method: method,
      overwrite_commit: "eof",
    });
    const lines = rows.map((row) => record(table, row));
    const stdin = [person(table), ...lines, state({ n: rows.length })].join(
      "\n",
    );
    const { stdout } = succeeded(
      await run("target-flightsql", ["--config", config], {
        stdin: `${stdin}\n`,
      }),
    );
    assert.deepEqual(states(stdout).at(-1), { n: rows.length });
    const sql = `SELECT * FROM ${product.made.replace("{}", table)}`;
    await same(sql, expected.map((row) => record(table, row)).join("\n"), "id");
  }
  const ada = { id: 1, name: "Ada", note: "ü \"quoted\" \\ 'single'\n" };
  const bo = { id: 2, name: null, note: "" };
  const cy = { id: 9_007_199_254_740_991, name: "Cy", note: null };

  matrix.feature("append", async () => {
    await load("appended", "append-only", [ada, bo], [ada, bo]);
    await load("appended", "append-only", [cy], [ada, bo, cy]);
  });

  matrix.feature("overwrite", async () => {
    await load("overwritten", "overwrite", [ada, bo], [ada, bo]);
    await load("overwritten", "overwrite", [cy], [cy]);
  });

  matrix.feature("upsert", async () => {
    await load("merged", "upsert", [ada, bo], [ada, bo]);
    await load(
      "merged",
      "upsert",
      [{ ...bo, name: "Bo" }, cy],
      [ada, { ...bo, name: "Bo" }, cy],
    );
  });

  matrix.feature("write every type", () =>
    proveWritten(product, running, folder),
  );

  if (
    product.credentials !== undefined ||
    product.exceptions["wrong password"] !== undefined
  )
    matrix.feature("wrong password", async () => {
      const config = folder.file("wrong.json", {
        ...running.settings,
        password: "n0t-the-p4ssword",
      });
      const { stdout, code } = await run("source-flightsql", [
        "check",
        "--config",
        config,
      ]);
      assert.equal(statusOf(stdout)?.status, "FAILED");
      assert.equal(code, 0);
      const tapped = await run("tap-flightsql", [
        "--config",
        config,
        "--discover",
      ]);
      assert.equal(tapped.code, 78, tapped.stderr);
      assert.match(tapped.stderr, /^CRITICAL \[unauthenticated\] /m);
    });

  // Last, for the server is not there any more after it.
  matrix.feature("killed while it is read", async () =>
    proveKilled(product, running, folder, await discovered()),
  );

  matrix.compare();
}

function statusOf(stdout: string) {
  return airbyteMessages(stdout).find(
    ({ type }) => type === "CONNECTION_STATUS",
  )?.connectionStatus;
}

const isRecord = /^\{"type":"RECORD"/;

/** A table of people with what is easily lost on the way into SQL. */
function person(table: string): string {
  const text = { type: ["null", "string"] };
  return schema(table, { id: { type: "integer" }, name: text, note: text }, [
    "id",
  ]);
}

function succeeded(outcome: Outcome): Outcome {
  assert.equal(
    outcome.code,
    0,
    outcome.stdout.slice(0, 2_000) + outcome.stderr,
  );
  return outcome;
}

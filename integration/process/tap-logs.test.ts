import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Folder, run } from "./programs.js";
import { Server } from "./server.js";
import { people, person } from "./singer-lines.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
  await server.update("CREATE TABLE three AS SELECT range AS id FROM range(3)");
  await server.update("CREATE TABLE nothing (id BIGINT)");
});

after(() => server[Symbol.asyncDispose]());

/** A tap over two tables and one that is not there. */
function read(env: Readonly<Record<string, string>> = {}) {
  const streams = ["three", "nothing", "gone"].map((name) => ({
    tap_stream_id: `main-${name}`,
    metadata: [],
  }));
  const config = folder.file("tap.json", { url: server.url });
  const catalog = folder.file("catalog.json", { streams });
  const args = ["--config", config, "--catalog", catalog];
  return run("tap-flightsql", args, { env });
}

interface Metric {
  readonly type: string;
  readonly metric: string;
  readonly value: number;
  readonly tags: { readonly stream?: string; readonly status?: string };
}

/** Values of counters, and of timers whether they have one, by what they are of. */
function figures(metrics: readonly Metric[]): Record<string, unknown> {
  return Object.fromEntries(
    metrics
      .filter(({ tags }) => tags.stream !== undefined)
      .map(({ type, metric, value, tags: { stream, status } }) => [
        [type, metric, stream, status].filter(Boolean).join(" "),
        type === "counter" ? value : value >= 0,
      ]),
  );
}

const expected = {
  "counter record_count main-three": 3,
  "timer sync_duration main-three succeeded": true,
  "counter record_count main-nothing": 0,
  "timer sync_duration main-nothing succeeded": true,
  "counter record_count main-gone": 0,
  "timer sync_duration main-gone failed": true,
};

test("a tap logs rows and time of each stream, and how it ended", async () => {
  const { stderr } = await read();
  const metrics = [...stderr.matchAll(/^INFO METRIC: (\{.*\})$/gm)].map(
    ([, json = ""]) => JSON.parse(json) as Metric,
  );
  assert.deepEqual(figures(metrics), expected);
  assert.ok(metrics.some(({ metric, value }) => metric === "bytes" && value));
});

/** As Meltano writes it for a plugin that has `structured-logging`, or has not. */
const logConfig = (formatter: object) => ({
  SINGER_SDK_LOG_CONFIG: folder.file("logging.json", {
    version: 1,
    formatters: { singer_formatter: formatter },
    root: { handlers: ["console"], level: "INFO" },
  }),
});
const structured = { "()": "singer_sdk.logging.StructuredFormatter" };

interface LogEntry {
  readonly level: string;
  readonly app_name: string;
  readonly stream_name: string | null;
  readonly message: string;
  readonly metric_info?: Metric;
}

/** Every line, with what Meltano looks for (meltano/core/logging/parsers.py). */
function entries(stderr: string): readonly LogEntry[] {
  return stderr
    .trim()
    .split("\n")
    .map((line) => {
      const entry = JSON.parse(line) as LogEntry;
      for (const key of ["level", "pid", "logger_name", "ts", "thread_name"])
        assert.ok(key in entry, line);
      return entry;
    });
}

test("logs are lines that Meltano parses where it asks for them", async () => {
  const all = entries((await read(logConfig(structured))).stderr);
  const metrics = all.flatMap(({ metric_info }) => metric_info ?? []);
  assert.deepEqual(figures(metrics), expected);
  const failure = all.find(({ level }) => level === "critical");
  assert.equal(failure?.app_name, "tap-flightsql");
  assert.equal(failure.stream_name, "main-gone");
  assert.match(failure.message, /not_found.*no such table/);

  const target = folder.file("target.json", { url: server.url });
  const bad = "no JSON\n";
  const { stderr } = await run("target-flightsql", ["--config", target], {
    stdin: `${people}\n${person(1, "Ada")}\n${bad}`,
    env: logConfig(structured),
  });
  const refused = entries(stderr).find(({ level }) => level === "critical");
  assert.equal(refused?.app_name, "target-flightsql");
  assert.match(refused.message, /stdin line 3/);
});

test("logs stay lines of text where nobody asks for others", async () => {
  for (const env of [
    logConfig({ format: "%(message)s" }),
    { SINGER_SDK_LOG_CONFIG: folder.at("not there") },
  ]) {
    const { stderr } = await read(env);
    assert.match(stderr, /^INFO METRIC: /m);
    assert.match(stderr, /^CRITICAL \[not_found\]/m);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { explain } from "../../commands/explain.js";
import { checkConfig } from "../../config.js";
import type { Context, Role } from "../../engine.js";
import { serve, type ServeOptions } from "../../server/index.js";
import { flightsql } from "../flightsql.js";

interface Report {
  readonly ok: boolean;
  readonly steps: readonly {
    readonly step: string;
    readonly status: string;
    readonly detail: string;
    readonly hint?: string;
    readonly code?: string;
  }[];
}

const context: Context = {
  signal: new AbortController().signal,
  log: () => undefined,
};

/** The JSON form of what is found out about a server of our own. */
async function explained(
  role: Role,
  serving: Partial<ServeOptions>,
  settings: (port: number) => object,
): Promise<Report> {
  await using server = await serve({
    port: 0,
    log: () => undefined,
    ...serving,
  });
  const config = await checkConfig(
    { ...settings(server.port) },
    flightsql.configSchema(role),
  );
  const lines: string[] = [];
  await explain(flightsql, config, role, "json", context, {
    write: (line) => lines.push(line),
    redact: (text) => text,
  });
  // Fails when a table of the probe is left.
  await server.run(
    "SELECT error('left: ' || table_name) FROM duckdb_tables() WHERE table_name LIKE 'flightsync%'",
  );
  return JSON.parse(lines.join("\n")) as Report;
}

const plaintext = (port: number) => ({
  url: `flightsql://127.0.0.1:${String(port)}?transport=tcp`,
});

function statuses({ steps }: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ step, status }) => [step, status]));
}

test("a destination is examined down to the swap, and nothing is left", async () => {
  const initSql =
    "CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR); INSERT INTO people VALUES (1, 'a')";
  const report = await explained("destination", { initSql }, plaintext);
  assert.deepEqual(statuses(report), {
    DNS: "ok",
    TCP: "ok",
    TLS: "skipped",
    Login: "ok",
    "SQL info": "ok",
    Reflection: "ok",
    Read: "ok",
    Write: "ok",
    Load: "ok",
    Swap: "ok",
  });
  const text = report.steps.map(({ detail }) => detail).join("\n");
  assert.match(text, /dialect duckdb, transactions yes, bulk ingestion yes/);
  assert.match(
    text,
    /1 table by GetTables with columns; .*people has 2 columns, key: id/,
  );
  assert.match(text, /1 row of .*people, 2 columns/);
  assert.match(text, /by bulk ingestion\nin one transaction/);
});

test("a source is not written to", async () => {
  const report = await explained("source", { readOnly: true }, plaintext);
  assert.ok(report.ok);
  const { Read, Write, Load, Swap } = statuses(report);
  assert.deepEqual([Read, Write, Load, Swap], Array(4).fill("skipped"));
});

test("the step that fails says what to change, and what needs it is skipped", async () => {
  const failed = async (
    role: Role,
    serving: Partial<ServeOptions>,
    settings: (port: number) => object,
  ) => {
    const report = await explained(role, serving, settings);
    assert.equal(report.ok, false);
    const at = report.steps.findIndex(({ status }) => status === "failed");
    const { step, hint = "", code } = report.steps[at] as Report["steps"][0];
    for (const next of report.steps.slice(at + 1))
      assert.equal(next.status, "skipped", next.step);
    return `${step} [${code ?? ""}] ${hint}`;
  };
  assert.match(
    await failed("source", {}, (port) => ({ host: "127.0.0.1", port })),
    /^TLS \[invalid_config\] the server does not speak TLS.*transport=tcp/,
  );
  assert.match(
    await failed("source", { username: "u", password: "p" }, (port) => ({
      ...plaintext(port),
      username: "u",
      password: "wrong",
    })),
    /^Login \[unauthenticated\] check the user name and password/,
  );
  assert.match(
    await failed("source", { token: "t" }, plaintext),
    /^Login \[unauthenticated\]/,
  );
  assert.match(
    await failed("destination", { readOnly: true }, plaintext),
    /^Write \[unsupported\] choose another server/,
  );
  assert.match(
    await failed("source", {}, () => ({
      url: "flightsql://no-such-host.invalid",
    })),
    /^DNS \[invalid_config\] check the name of the host/,
  );
});

test("a proxy of the environment hides the layers below it, unless no_proxy has the host", async () => {
  const below = async () => {
    // This machine, but by no name that says so, for which there would be no proxy.
    const unnamed = (port: number) => ({
      url: `flightsql://0.0.0.0:${String(port)}?transport=tcp`,
    });
    const { DNS, TCP } = statuses(await explained("source", {}, unnamed));
    return [DNS, TCP];
  };
  // Nobody listens there: what goes through it fails.
  process.env["grpc_proxy"] = "http://127.0.0.1:9";
  try {
    assert.deepEqual(await below(), ["skipped", "skipped"]);
    process.env["no_proxy"] = "0.0.0.0";
    assert.deepEqual(await below(), ["ok", "ok"]);
  } finally {
    delete process.env["grpc_proxy"];
    delete process.env["no_proxy"];
  }
});

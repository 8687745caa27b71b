import { performance } from "node:perf_hooks";

import { displayName, type Stream } from "../../catalog.js";
import { FlightClient } from "../../drivers/flight/client.js";
import { addressOf, type FlightOptions } from "../../drivers/flight/options.js";
import { probeDns, probeTcp, probeTls } from "../../drivers/flight/probe.js";
import { grpcProxy } from "../../drivers/flight/proxy.js";
import type { Context, Finding, Role } from "../../engine.js";
import { Failure } from "../../failure.js";
import type { Swap } from "../../sql/session.js";
import * as statements from "../../sql/statements.js";
import { HeldSignal } from "../../util/held-signal.js";
import {
  knownServer,
  openSession,
  type FlightSettings,
  type KnownServer,
} from "./connect.js";
import { askCapabilities, type FlightCapabilities } from "./capabilities.js";
import { probeWriting } from "./explain-write.js";
import type { FlightSession } from "./session.js";

/** Why a step was not taken. */
class Skipped extends Error {}

/** Milliseconds that a signal waits for a statement that must not be left half-way. */
const patience = 5_000;

/** Tables that are counted at most. */
const tablesMax = 1_000;

const swaps: Readonly<Record<Swap, string>> = {
  transaction:
    "in one transaction: readers see the old table until it commits, then the new one",
  insert_overwrite:
    "by INSERT OVERWRITE: as atomic as the format of the table makes it",
  rename:
    "by two renames: readers find no table for a moment between them, and the next run repairs what a crash leaves",
};

/** What the steps hand on to each other. */
interface Examined {
  client?: FlightClient;
  capabilities?: FlightCapabilities;
  server?: KnownServer;
  session?: FlightSession;
  table?: Stream;
}

interface Step {
  readonly name: string;
  /** Nothing behind it can work when it fails. */
  readonly vital: boolean;
  /** @returns what was found, in words. @throws Failure or Skipped */
  readonly run: () => Promise<string>;
  /** What to change when the failure itself does not say. */
  readonly hint: string;
}

export interface ExplainOptions {
  readonly options: FlightOptions;
  readonly settings: FlightSettings;
  readonly role: Role;
  /** Where a probe's table is made. */
  readonly namespace: string | undefined;
  readonly context: Context;
}

/** Examines a server from its name to a swap of tables; what is made for it is dropped again. */
export async function* explainFlight(
  explained: ExplainOptions,
): AsyncGenerator<Finding> {
  const held = new HeldSignal(explained.context.signal, patience);
  const examined: Examined = {};
  let missing: string | undefined;
  try {
    for (const { name, vital, run, hint } of stepsOf(
      explained,
      examined,
      held,
    )) {
      const start = performance.now();
      const finding = await (missing === undefined
        ? outcomeOf(run, hint)
        : { status: "skipped" as const, detail: `needs ${missing}` });
      if (vital && finding.status === "failed") missing = name;
      const milliseconds = Math.round((performance.now() - start) * 10) / 10;
      yield { step: name, ...finding, milliseconds };
    }
  } finally {
    await examined.client?.[Symbol.asyncDispose]();
  }
}

type Outcome = Omit<Finding, "step" | "milliseconds">;

async function outcomeOf(
  run: () => Promise<string>,
  hint: string,
): Promise<Outcome> {
  try {
    return { status: "ok", detail: await run() };
  } catch (error) {
    if (error instanceof Skipped)
      return { status: "skipped", detail: error.message };
    const failure = Failure.from(error);
    // A failure says what to do behind its last semicolon, if it knows.
    const [, detail, advice] = /^(.*); (.*?)$/s.exec(failure.message) ?? [];
    return {
      status: "failed",
      detail: detail ?? failure.message,
      hint: advice ?? hint,
      failure,
    };
  }
}

function stepsOf(
  explained: ExplainOptions,
  examined: Examined,
  held: HeldSignal,
): Step[] {
  const { options, settings, role } = explained;
  const context = { ...explained.context, signal: held.signal };
  const address = addressOf(options);
  const direct = () => {
    const proxy = grpcProxy(address);
    if (proxy !== undefined)
      throw new Skipped(
        `connections go through the proxy of $${proxy.variable}`,
      );
  };
  const { client, server } = {
    client: () => needed(examined.client),
    server: () => needed(examined.server),
  };
  return [
    {
      name: "DNS",
      vital: true,
      hint: "check the name of the host",
      run: async () => {
        direct();
        return probeDns(address);
      },
    },
    {
      name: "TCP",
      vital: true,
      hint: "check host, port and firewall, and that the server runs",
      run: async () => {
        direct();
        return probeTcp(address, withTimeout(options, context.signal));
      },
    },
    {
      name: "TLS",
      vital: true,
      hint: "check tls_root_certs, or use transport=tcp where the server is not encrypted",
      run: async () => {
        direct();
        if (!address.tls)
          throw new Skipped("transport=tcp: nothing is encrypted");
        return probeTls(address, options, withTimeout(options, context.signal));
      },
    },
    {
      name: "Login",
      vital: true,
      hint: "check the user name and password, or the token",
      run: async () => {
        examined.client = await FlightClient.connect(options, context);
        // Servers look at credentials with the first call, whichever it is.
        examined.capabilities = await askCapabilities(examined.client);
        return credentialsIn(options, address.username);
      },
    },
    {
      name: "SQL info",
      vital: true,
      hint: "set dialect",
      run: async () => {
        const told = needed(examined.capabilities);
        examined.server = await knownServer(client(), told, settings.dialect);
        examined.session = openSession(examined.server, settings, context);
        return describeServer(examined.server);
      },
    },
    {
      name: "Reflection",
      vital: false,
      hint: "check that the user may see tables, and the settings schemas, tables and exclude",
      run: () => reflect(examined),
    },
    {
      name: "Read",
      vital: false,
      hint: "check that the user may read the table, or leave it out with exclude",
      run: async () => {
        const { table } = examined;
        if (table === undefined) throw new Skipped("there is no table to read");
        const columns = table.schema.fields.map((column) => column.name);
        const sql = `${statements.select(server().dialect, table, columns, undefined)} LIMIT 1`;
        const { batches } = await client().rows(sql);
        const count = batches.reduce((sum, batch) => sum + batch.length, 0);
        return `${String(count)} row of ${displayName(table)}, ${String(columns.length)} columns`;
      },
    },
    {
      name: "Write",
      vital: true,
      hint: "check that the user may create, fill and drop tables in default_target_schema",
      run: () => {
        if (role === "source") throw new Skipped("a source writes nothing");
        return probeWriting({
          server: server(),
          session: needed(examined.session),
          options,
          namespace: explained.namespace,
          held,
          context: explained.context,
        });
      },
    },
    {
      name: "Load",
      vital: false,
      hint: "leave load_via out",
      run: () => {
        if (role === "source") throw new Skipped("a source writes nothing");
        return Promise.resolve(
          `by ${needed(examined.session).loadedBy.join(", ")}`,
        );
      },
    },
    {
      name: "Swap",
      vital: false,
      hint: "",
      run: () => {
        if (role === "source") throw new Skipped("a source writes nothing");
        return Promise.resolve(swaps[needed(examined.session).swap]);
      },
    },
  ];
}

async function reflect(examined: Examined): Promise<string> {
  const session = needed(examined.session);
  let count = 0;
  for await (const table of session.reflect()) {
    examined.table ??= table;
    if (++count >= tablesMax) break;
  }
  const { table } = examined;
  const by = session.listedBy ?? "";
  if (table === undefined) return `no tables, by ${by}`;
  const key =
    table.primaryKey.length === 0 ? "none" : table.primaryKey.join(", ");
  return `${String(count)}${count >= tablesMax ? " or more" : ""} ${count === 1 ? "table" : "tables"} by ${by}; ${displayName(table)} has ${String(table.schema.fields.length)} columns, key: ${key}`;
}

function describeServer({ capabilities, dialect }: KnownServer): string {
  const { server, transactions, ingest } = capabilities;
  const yes = (value: boolean | undefined) =>
    value === undefined ? "not told" : value ? "yes" : "no";
  return `${server === "" ? "a server without a name" : server}; dialect ${dialect.name}, transactions ${yes(transactions)}, bulk ingestion ${yes(ingest)}`;
}

function credentialsIn(
  { token, headers = {} }: FlightOptions,
  username: string | undefined,
): string {
  if (username !== undefined) return "the user name and password are taken";
  if (token !== undefined) return "the token is taken";
  const count = Object.keys(headers).length;
  return count === 0
    ? "the server asks for no credentials"
    : `${String(count)} headers are taken`;
}

function withTimeout(
  { connectTimeoutSeconds = 20 }: FlightOptions,
  signal: AbortSignal,
): AbortSignal {
  if (connectTimeoutSeconds === 0) return signal;
  const late = AbortSignal.timeout(connectTimeoutSeconds * 1000);
  late.addEventListener("abort", () => undefined);
  return AbortSignal.any([signal, late]);
}

/** A step before this one made it: it was vital. */
function needed<T>(value: T | undefined): T {
  if (value === undefined)
    throw new Failure("internal", "a step of the examination is missing");
  return value;
}

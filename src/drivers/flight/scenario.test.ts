import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { Failure } from "../../failure.js";
import type { FailureCode } from "../../failure.js";
import { FlightClient } from "./client.js";
import type { FlightEndpoint } from "./messages.js";
import type { FlightOptions } from "./options.js";
import {
  batch,
  int64s,
  quiet,
  serve,
  writeAll,
} from "./scripted-server.test.js";
import type { ScriptedServer } from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";

/**
 * Scenarios: servers that do what no server at hand does, and what a user then sees. Not a test itself.
 *
 * The configured server is reached as 127.1 and the others as 127.0.0.1. Both are this machine, and to the client
 * they are two hosts.
 */
export interface Scenario {
  readonly name: string;
  /** The configured server. */
  readonly home: (world: World) => FlightHandlers;
  /** Flight servers that it may name. */
  readonly others?: Readonly<Record<string, (world: World) => FlightHandlers>>;
  /** An http server that it may name. */
  readonly http?: (world: World) => RequestListener;
  readonly options?: (world: World) => Partial<FlightOptions>;
  /** @default the rows of a query */
  readonly ask?: (client: FlightClient, world: World) => Promise<unknown>;
  readonly expect: {
    /** What `ask` gives. */
    readonly answer?: unknown;
    /** What it fails with. */
    readonly failure?: readonly [FailureCode, RegExp];
    /** Calls of each server, with what they said of the caller if that is asked for. */
    readonly calls?: Readonly<Record<string, readonly string[]>>;
    /** Lines of the log, each found once or more. */
    readonly log?: readonly RegExp[];
  };
}

/** Where the servers of a scenario are. */
export interface World {
  /** Location of a server: `grpc+tcp://127.0.0.1:1234`. */
  readonly location: (name: string) => string;
  readonly port: (name: string) => number;
  readonly server: (name: string) => ScriptedServer;
  readonly httpRequests: string[];
}

export const rows = batch({ n: [1n, 2n, 3n] });

/** Plays every scenario as a test. */
export function play(scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios)
    test(scenario.name, { timeout: 30_000 }, () => playOne(scenario));
}

async function playOne(scenario: Scenario): Promise<void> {
  const { home, others = {}, http, options, ask = readAll, expect } = scenario;
  await using stack = new AsyncStack();
  const servers = new Map<string, ScriptedServer>();
  const ports = new Map<string, number>();
  const portOf = (name: string) => ports.get(name) ?? assert.fail(name);
  const world: World = {
    port: portOf,
    location: (name) =>
      name === "http"
        ? `http://127.0.0.1:${String(portOf(name))}/part?secret=1`
        : `grpc+tcp://127.0.0.1:${String(portOf(name))}`,
    server: (name) => servers.get(name) ?? assert.fail(name),
    httpRequests: [],
  };
  for (const [name, handlers] of Object.entries({ home, ...others })) {
    const server = stack.use(await serve(handlers(world)));
    servers.set(name, server);
    ports.set(name, server.port);
  }
  if (http !== undefined)
    ports.set("http", await serveHttp(http, world, stack));
  const trap = await openTrap(stack);
  ports.set("trap", trap.port);
  ports.set("nobody", await unusedPort());
  const context = quiet();
  const answer = async () => {
    const url = `flightsql://127.1:${String(portOf("home"))}?transport=tcp`;
    const client = stack.use(
      await FlightClient.connect({ url, ...options?.(world) }, context),
    );
    const result = await ask(client, world);
    assert.equal(client.openCalls, 0, "a call is left open");
    return result;
  };
  if (expect.failure === undefined)
    assert.deepEqual(
      await answer(),
      "answer" in expect ? expect.answer : [1n, 2n, 3n],
    );
  else await assertFails(answer(), expect.failure);
  for (const [name, calls] of Object.entries(expect.calls ?? {}))
    assert.deepEqual(
      name === "http" ? world.httpRequests : callsOf(world.server(name), calls),
      calls,
      name,
    );
  for (const pattern of expect.log ?? [])
    assert.ok(
      context.logged.some((line) => pattern.test(line)),
      `${String(pattern)} in ${JSON.stringify(context.logged)}`,
    );
  assert.equal(trap.connections(), 0, "somebody went into the trap");
}

/** Values of the first column of every endpoint's rows. */
export async function readAll(client: FlightClient): Promise<bigint[]> {
  const { endpoints } = await client.query("SELECT n", { replay: "safe" });
  return readEndpoints(client, endpoints);
}

export async function readEndpoints(
  client: FlightClient,
  endpoints: readonly FlightEndpoint[],
): Promise<bigint[]> {
  const values: bigint[] = [];
  for (const endpoint of endpoints)
    for await (const part of client.read(endpoint))
      values.push(...int64s(part));
  return values;
}

async function assertFails(
  answer: Promise<unknown>,
  [code, message]: readonly [FailureCode, RegExp],
): Promise<void> {
  await assert.rejects(answer, (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.match(error.message, message);
    assert.equal(error.code, code);
    assert.doesNotMatch(error.message, /secret[-=]/);
    return true;
  });
}

/** Calls as the expectation writes them: the method, and behind it the authorization where one is expected. */
function callsOf(
  { calls }: ScriptedServer,
  expected: readonly string[],
): readonly string[] {
  const isTold = expected.some((text) => text.includes(" "));
  return calls.map(({ method, authorization }) =>
    isTold ? `${method} ${authorization ?? "-"}` : method,
  );
}

/** Handlers of a server whose result is one endpoint with these locations, and which has its rows itself. */
export function located(
  uris: readonly string[] | (() => readonly string[]),
  endpoint: {
    readonly expirationTime?: { readonly seconds: bigint };
  } = {},
): Required<Pick<FlightHandlers, "GetFlightInfo" | "DoGet">> {
  return {
    GetFlightInfo(_call, callback) {
      const names = typeof uris === "function" ? uris() : uris;
      const location = names.map((uri) => ({ uri }));
      const ticket = { ticket: Buffer.from("t") };
      callback(null, { endpoint: [{ ticket, location, ...endpoint }] });
    },
    DoGet: sendRows,
  };
}

/** A DoGet that has the rows. */
export const sendRows: NonNullable<FlightHandlers["DoGet"]> = (call) => {
  void writeAll(call, [
    { header: encodeSchema(rows.schema) },
    encodeBatch(rows),
  ]);
};

/** Closes what it was given, the last first. */
class AsyncStack implements AsyncDisposable {
  readonly #members: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(member: T): T {
    this.#members.push(member);
    return member;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members.reverse())
      await member[Symbol.asyncDispose]();
  }
}

async function serveHttp(
  listener: (world: World) => RequestListener,
  world: World,
  stack: AsyncStack,
): Promise<number> {
  const answer = listener(world);
  const server = createHttpServer((request, response) => {
    const { authorization = "-", cookie = "-" } = request.headers;
    const { method = "", url = "" } = request;
    world.httpRequests.push(`${method} ${url} ${authorization} ${cookie}`);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.use({
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  });
  return (server.address() as AddressInfo).port;
}

/** A host that nobody may call. */
async function openTrap(
  stack: AsyncStack,
): Promise<{ readonly port: number; readonly connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stack.use({
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  });
  const { port } = server.address() as AddressInfo;
  return { port, connections: () => connections };
}

/** A port where nothing listens. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { describe, test } from "node:test";

import type { Batch } from "../../src/arrow/batch.js";
import { FlightClient } from "../../src/drivers/flight/client.js";
import type { FlightOptions } from "../../src/drivers/flight/options.js";
import { selfSigned } from "../../src/drivers/flight/self-signed.test.js";
import { Failure } from "../../src/failure.js";
import { missing } from "../cache.js";
import { adbcPython } from "./oracle.js";

/** Apache Arrow's own Flight server (C++, by pyarrow): identity, places of endpoints, expiry, errors, bodies. */
class ArrowServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** Nothing more will be said. */
  readonly #closed: Promise<unknown>;
  readonly #said: string[] = [];
  readonly port: number;

  private constructor(child: ChildProcess, lines: Interface, port: number) {
    this.#child = child;
    this.#closed = once(child, "close");
    this.port = port;
    lines.on("line", (line) => this.#said.push(line));
  }

  static async start(python: string, options: object): Promise<ArrowServer> {
    const script = join(import.meta.dirname, "arrow_flight.py");
    const child = spawn(
      join(python, "python"),
      [script, JSON.stringify(options)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const lines = createInterface({ input: child.stdout });
    const [port] = (await once(lines, "line")) as [string];
    return new ArrowServer(child, lines, Number(port));
  }

  get location(): string {
    return `grpc+tcp://127.0.0.1:${String(this.port)}`;
  }

  /** What it was asked, up to its end. */
  async said(): Promise<readonly string[]> {
    await this[Symbol.asyncDispose]();
    return this.#said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}

const quiet = {
  signal: new AbortController().signal,
  log: () => undefined,
};

const arrow = { username: "arrow", password: "flight" };

/** The numbers of every endpoint, and the application's metadata on it. */
async function read(client: FlightClient): Promise<string> {
  const { endpoints } = await client.query("SELECT n");
  const parts: string[] = [];
  for (const endpoint of endpoints) {
    parts.push(Buffer.from(endpoint.appMetadata).toString());
    for await (const batch of client.read(endpoint))
      parts.push(`${numbers(batch)} ${texts(batch)}`);
  }
  return parts.join("; ");
}

function numbers({ vectors }: Batch): string {
  const [vector] = vectors;
  assert.ok(vector?.layout === "fixed");
  const { data, length } = vector;
  return new BigInt64Array(data.buffer, data.byteOffset, length).join(",");
}

function texts({ vectors }: Batch): string {
  const vector = vectors[1];
  assert.ok(vector?.layout === "bytes");
  const { data, offsets, length } = vector;
  return Buffer.from(data)
    .subarray(Number(offsets[0]), Number(offsets[length]))
    .toString();
}

const everything = "foobar; 1,2 ab; 3 c";

async function nobody(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const python = adbcPython();
const skip = missing(python, "Python 3 with venv");

describe("Apache Arrow's Flight server", { skip, timeout: 120_000 }, () => {
  const withServer = async (
    options: object,
    body: (server: ArrowServer) => Promise<void>,
  ) => {
    await using server = await ArrowServer.start(python ?? "", options);
    await body(server);
  };
  const readFrom = async (
    server: ArrowServer,
    options: Partial<FlightOptions> = {},
  ) => {
    await using client = await FlightClient.connect(
      { url: server.location, ...options },
      quiet,
    );
    return await read(client);
  };

  test("logs in by the payload of a Handshake", () =>
    withServer({ auth: "payload" }, async (server) => {
      assert.equal(await readFrom(server, arrow), everything);
      const said = await server.said();
      assert.deepEqual(said.slice(1, 4), [
        "GET_FLIGHT_INFO - -",
        "DO_GET - -",
        "TICKET t",
      ]);
    }));

  test("refuses a wrong password in its own words", () =>
    withServer({ auth: "payload" }, async (server) => {
      await assert.rejects(
        readFrom(server, { username: "arrow", password: "wrong-password" }),
        (error) =>
          error instanceof Failure &&
          error.code === "unauthenticated" &&
          /who are you\?/.test(error.message) &&
          !error.message.includes("wrong-password"),
      );
    }));

  test("gives a bearer for Basic, and a cookie", () =>
    withServer({ auth: "header", cookie: "id=7; Path=/" }, async (server) => {
      assert.equal(await readFrom(server, arrow), everything);
      const said = await server.said();
      const basic = Buffer.from("arrow:flight").toString("base64");
      assert.equal(said[0], `HANDSHAKE Basic ${basic} -`);
      assert.deepEqual(said.slice(1, 4), [
        "GET_FLIGHT_INFO Bearer token-of-arrow id=7",
        "DO_GET Bearer token-of-arrow id=7",
        "TICKET t",
      ]);
    }));

  test("asks for a certificate", async () => {
    const own = selfSigned("localhost");
    const ann = selfSigned("ann");
    const tls = {
      cert: own.certificate.toString(),
      key: own.key.toString(),
      client_ca: ann.certificate.toString(),
    };
    await withServer({ tls }, async (server) => {
      const options = {
        url: `flightsql://localhost:${String(server.port)}`,
        tlsRootCerts: own.certificate.toString(),
        retriesMax: 0,
      };
      const certificate = {
        mtlsCertChain: ann.certificate.toString(),
        mtlsPrivateKey: ann.key.toString(),
      };
      await assert.rejects(readFrom(server, options), {
        code: "unavailable",
      });
      const shown = { ...options, ...certificate };
      assert.equal(await readFrom(server, shown), everything);
    });
  });

  test("has its rows on another server, the first of which is down", () =>
    withServer({}, async (worker) => {
      const down = `grpc://localhost:${String(await nobody())}`;
      const locations = [down, worker.location];
      await withServer({ locations }, async (server) => {
        assert.equal(await readFrom(server), everything);
        const { length } = await server.said();
        assert.equal(length, 1);
        assert.deepEqual(await worker.said(), ["DO_GET - -", "TICKET t"]);
      });
    }));

  test("says that this connection is good as well", () =>
    withServer(
      { locations: ["arrow-flight-reuse-connection://?"] },
      async (server) => {
        assert.equal(await readFrom(server), everything);
      },
    ));

  test("renews an endpoint that expires", () =>
    withServer({ expires: 1 }, async (server) => {
      assert.equal(await readFrom(server), everything);
      assert.ok((await server.said()).includes("TICKET renewed"));
    }));

  for (const compress of ["lz4", "zstd"])
    test(`sends bodies in ${compress}`, () =>
      withServer({ compress }, async (server) => {
        assert.equal(await readFrom(server), everything);
      }));

  test("is asked again when it is unavailable, as far as its ticket allows", () =>
    withServer({ fail: ["disk full", "all of it"] }, async (server) => {
      await assert.rejects(
        readFrom(server, { retriesMax: 1 }),
        /^Failure: disk full.*\(server 127\.0\.0\.1:\d+, call DoGet\)/,
      );
    }));
});

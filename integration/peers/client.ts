import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before } from "node:test";
import { promisify } from "node:util";

import type { FlightOptions } from "../../src/drivers/flight/options.js";
import { missing } from "../cache.js";
import { Matrix, type Exception } from "../matrix/matrix.js";
import { selfSigned } from "../process/certificate.js";
import { Folder } from "../process/programs.js";
import { Server } from "../process/server.js";

type Feature =
  | "log in"
  | "wrong password"
  | "TLS"
  | "every type"
  | "failing SQL"
  | "a million rows"
  | "catalogs, schemas and tables"
  | "columns of a table"
  | "keys"
  | "schema of a query"
  | "server information"
  | "prepared statement"
  | "parameters"
  | "many rows of parameters"
  | "ingest"
  | "transactions"
  | "cancel";

/** What a client made of a feature: a value of JSON, or the text of its error. */
export interface Said {
  readonly feature: string;
  readonly value?: unknown;
  readonly error?: string;
}

/** Where the server is, on this machine, and how to log in. */
export interface Address {
  readonly port: number;
  /** The same once more, with TLS and a certificate for localhost. */
  readonly tls: {
    readonly port: number;
    /** File of the authority that vouches for it. */
    readonly ca: string;
  };
  readonly username: string;
  readonly password: string;
}

/** A client that others wrote. */
export interface Client {
  /** Name of the file of its column in the matrix. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Folder of what it needs; undefined where that cannot be installed. */
  readonly install: () => string | undefined;
  /** Tries every feature. */
  readonly tries: (
    folder: string,
    address: Address,
  ) => Promise<readonly Said[]>;
  /** What each feature must come to; what it does not have is left out. */
  readonly expected: Readonly<Partial<Record<Feature, unknown>>>;
  readonly exceptions: Readonly<Partial<Record<Feature, Exception>>>;
}

const login = { username: "u", password: "s3cret-of-clients" };

/** Proves every feature of one client against `flightsync serve` with the tables of clients.sql. */
export function proveClient(client: Client): void {
  const folder = client.install();
  const skip = missing(folder, `what ${client.name} needs`);
  const { id, expected, exceptions } = client;
  const matrix = new Matrix<Feature>(`client-${id}`, client, exceptions, skip);
  const servers: Server[] = [];
  let said: ReadonlyMap<string, Said>;
  if (folder !== undefined) {
    before(async () => {
      const start = async (
        args: readonly string[],
        options: Partial<FlightOptions>,
      ) => {
        const server = await Server.start(
          [
            ...["--username", login.username, "--password", login.password],
            ...["--init", join(import.meta.dirname, "clients.sql"), ...args],
          ],
          { ...login, ...options },
        );
        servers.push(server);
        return Number(new URL(server.url).port);
      };
      const files = new Folder();
      const { cert, key } = selfSigned();
      const ca = files.file("ca.pem", cert);
      const pair = ["--tls-cert", ca, "--tls-key", files.file("key.pem", key)];
      const port = await start([], {});
      const tls = { port: await start(pair, { tlsRootCerts: cert }), ca };
      const all = await client.tries(folder, { port, tls, ...login });
      said = new Map(all.map((one) => [one.feature, one]));
    });
    after(() =>
      Promise.all(servers.map((server) => server[Symbol.asyncDispose]())),
    );
  }
  const features = Object.keys({ ...expected, ...exceptions }) as Feature[];
  for (const feature of features)
    matrix.feature(feature, () => {
      const one = said.get(feature);
      assert.ok(one !== undefined, "it was not tried");
      if (one.error !== undefined) throw new Error(one.error);
      assert.deepEqual(one.value, expected[feature]);
      return Promise.resolve();
    });
  matrix.compare();
}

/** Runs a script that prints what it made of each feature, a line of JSON each. */
export async function script(
  program: string,
  ...args: readonly string[]
): Promise<readonly Said[]> {
  const { stdout } = await promisify(execFile)(program, args, {
    timeout: 180_000,
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Said);
}

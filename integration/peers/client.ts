import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before } from "node:test";
import { promisify } from "node:util";

import { missing } from "../cache.js";
import { Matrix, type Exception } from "../matrix/matrix.js";
import { Server } from "../process/server.js";

type Feature =
  | "log in"
  | "wrong password"
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

/** Where the server is and how to log in. */
export interface Address {
  readonly port: number;
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
  let server: Server;
  let said: ReadonlyMap<string, Said>;
  if (folder !== undefined) {
    before(async () => {
      const init = join(import.meta.dirname, "clients.sql");
      server = await Server.start(
        [
          ...["--username", login.username],
          ...["--password", login.password],
          ...["--init", init],
        ],
        login,
      );
      const port = Number(new URL(server.url).port);
      const all = await client.tries(folder, { port, ...login });
      said = new Map(all.map((one) => [one.feature, one]));
    });
    after(() => server[Symbol.asyncDispose]());
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

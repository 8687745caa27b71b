import {
  Metadata,
  Server,
  ServerCredentials,
  status as Status,
} from "@grpc/grpc-js";
import type {
  ServerDuplexStream,
  ServerOptions,
  ServerWritableStream,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { once } from "node:events";
import { batchOf } from "../../arrow/batch.js";
import type { Batch } from "../../arrow/batch.js";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { field, int64, utf8 } from "../../arrow/schema.js";
import type { Schema } from "../../arrow/schema.js";
import type { Vector } from "../../arrow/vector.js";
import type { Context } from "../../engine.js";
import { FlightClient } from "./client.js";
import type { FlightOptions } from "./options.js";
import { flightService } from "./service.js";
import type { FlightHandlers } from "./service.js";

/** A real gRPC server on 127.0.0.1 whose answers a test writes down. Not a test itself. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** The calls that came, in order, with the headers that tests ask about. */
  readonly calls: readonly SeenCall[];
}

export interface SeenCall {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** The header `:authority`. */
  readonly authority: string;
  readonly metadata: Metadata;
}

export async function serve(
  handlers: FlightHandlers,
  credentials: ServerCredentials = ServerCredentials.createInsecure(),
  limits: ServerOptions = {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  },
): Promise<ScriptedServer> {
  const server = new Server(limits);
  const calls: SeenCall[] = [];
  const entries = Object.entries(handlers).map(([method, handler]) => [
    method,
    (
      call: { readonly metadata: Metadata; getHost: () => string },
      ...rest: unknown[]
    ) => {
      const { metadata } = call;
      const authorization = headerOf(metadata, "authorization");
      calls.push({
        method,
        metadata,
        authority: call.getHost(),
        authorization,
        cookie: headerOf(metadata, "cookie"),
      });
      (handler as (...parameters: unknown[]) => void)(call, ...rest);
    },
  ]);
  server.addService(
    flightService,
    Object.fromEntries(entries) as UntypedServiceImplementation,
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    port,
    url: `flightsql://127.0.0.1:${String(port)}?transport=tcp`,
    calls,
    [Symbol.asyncDispose]: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function headerOf(metadata: Metadata, name: string): string | undefined {
  return metadata.get(name)[0]?.toString();
}

/** Runs `body` with a client of a server, and closes both. */
export async function withClient(
  handlers: FlightHandlers,
  body: (client: FlightClient, server: ScriptedServer) => Promise<void>,
  options: Partial<FlightOptions> = {},
  context = quiet(),
): Promise<void> {
  const server = await serve(handlers);
  try {
    const client = await FlightClient.connect(
      { url: server.url, ...options },
      context,
    );
    try {
      await body(client, server);
    } finally {
      await client[Symbol.asyncDispose]();
    }
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

/** A context that keeps what is logged. */
export function quiet(
  signal = new AbortController().signal,
): Context & { logged: string[] } {
  const logged: string[] = [];
  return {
    signal,
    logged,
    log: (level, text) => {
      logged.push(`${level}: ${text}`);
    },
  };
}

/** Metadata from pairs; a name may occur more than once. */
export function headers(
  ...pairs: readonly (readonly [string, string])[]
): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of pairs) metadata.add(name, value);
  return metadata;
}

/** An error as grpc-js's handlers give it. */
export function grpcError(
  code: Status,
  details: string,
  metadata = new Metadata(),
): Error {
  return Object.assign(new Error(details), { code, details, metadata });
}

/** Handlers of a server that answers every query with these endpoints of batches, ticket = their number. */
export function answering(
  schema: Schema,
  ...endpoints: readonly (readonly Batch[])[]
): Required<Pick<FlightHandlers, "GetFlightInfo" | "DoGet">> {
  return {
    GetFlightInfo(_call, callback) {
      const endpoint = endpoints.map((_, index) => ({
        ticket: { ticket: Buffer.from([index]) },
      }));
      callback(null, { endpoint, totalRecords: -1n, totalBytes: -1n });
    },
    DoGet(call) {
      const batches = endpoints[call.request.ticket[0] ?? 0] ?? [];
      const messages = [
        { header: encodeSchema(schema) },
        ...batches.map((batch) => encodeBatch(batch)),
      ];
      void writeAll(call, messages);
    },
  };
}

/** Writes messages as fast as the client takes them, and ends. Stops when the client has gone. */
export async function writeAll<Request, T>(
  call: ServerWritableStream<Request, T> | ServerDuplexStream<Request, T>,
  messages: Iterable<T>,
): Promise<void> {
  for (const message of messages) {
    if (call.cancelled) return;
    if (!call.write(message))
      await Promise.race([once(call, "drain"), once(call, "cancelled")]);
  }
  call.end();
}

/** A batch of int64 and utf8 columns; undefined is NULL. */
export function batch(
  columns: Readonly<
    Record<
      string,
      readonly (bigint | undefined)[] | readonly (string | undefined)[]
    >
  >,
): Batch {
  const vectors = Object.values(columns).map(vectorOf);
  const fields = Object.keys(columns).map((name, index) =>
    field(name, vectors[index]?.type ?? utf8),
  );
  return batchOf({ fields }, vectors, vectors[0]?.length ?? 0);
}

function vectorOf(values: readonly (bigint | string | undefined)[]): Vector {
  const { length } = values;
  const validity = new Uint8Array(Math.ceil(length / 8));
  for (const [row, value] of values.entries())
    if (value !== undefined)
      validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  if (values.some((value) => typeof value === "bigint")) {
    const numbers = BigInt64Array.from(values, (value) => BigInt(value ?? 0));
    const data = new Uint8Array(numbers.buffer);
    return { layout: "fixed", type: int64, length, validity, width: 8, data };
  }
  const texts = values.map((value) => Buffer.from(String(value ?? "")));
  const offsets = new Int32Array(length + 1);
  for (const [row, { byteLength }] of texts.entries())
    offsets[row + 1] = (offsets[row] ?? 0) + byteLength;
  return {
    layout: "bytes",
    type: utf8,
    length,
    validity,
    offsets,
    data: Buffer.concat(texts),
  };
}

/** Values of an int64 column. */
export function int64s(from: Batch, column = 0): bigint[] {
  const vector = from.vectors[column];
  if (vector?.layout !== "fixed")
    throw new Error("the column is not of fixed width");
  return [
    ...new BigInt64Array(
      vector.data.buffer,
      vector.data.byteOffset,
      vector.length,
    ),
  ];
}

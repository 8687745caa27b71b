import { status as Status } from "@grpc/grpc-js";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Batch } from "../../arrow/batch.js";
import { readMessages } from "../../arrow/ipc-chunks.js";
import { Failure } from "../../failure.js";
import type { FailureCode } from "../../failure.js";
import { abortFailure } from "./abort-links.js";
import { CallEnd } from "./call-end.js";
import { openStream } from "./flight-stream.js";
import type { FlightStream } from "./flight-stream.js";
import { checkedAddresses, checkedLookup } from "./forbidden-hosts.js";
import { send } from "./http.js";
import type { HttpRequest } from "./http.js";
import { display } from "./locations.js";
import { httpProxy } from "./proxy.js";
import type { Place } from "./locations.js";
import { retryAfter } from "./status-details.js";

/** What a result at an http location can be (Flight.rst, "Location URIs"). */
const parquetType = "application/vnd.apache.parquet";
const arrowType = "application/vnd.apache.arrow.stream";

/** A result may be passed on so many times, as from a gateway to a store. */
const redirectsMax = 5;

const parquetMagic = "PAR1";

export interface HttpPlaceOptions {
  readonly tls: Pick<HttpRequest["tls"], "tlsRootCerts" | "tlsSkipVerify">;
  /** Where a redirect may lead. */
  readonly place: (uri: string) => Place;
  /** Milliseconds that may pass without a byte while one is waited for; Infinity for ever. */
  readonly idleTimeout: number;
  /** Ends the whole reading; its reason is what the reader gets to see. */
  readonly signal: AbortSignal;
}

/**
 * Reads a part of a result by a plain GET. Neither the ticket nor anything that says who calls is sent: such
 * addresses carry their permission in themselves.
 * @throws Failure whose cause is a CallEnd.
 */
export async function openHttpPlace(
  url: URL,
  options: HttpPlaceOptions,
): Promise<FlightStream> {
  const where = `server ${url.host}, GET`;
  try {
    const response = await get(url, options, redirectsMax);
    const chunks = bodyOf(response, where, options);
    const first = await chunks.next();
    const isParquet =
      response.headers["content-type"]?.startsWith(parquetType) === true ||
      (first.value !== undefined &&
        Buffer.from(first.value.subarray(0, 4)).toString() === parquetMagic);
    const all = rejoin(first, chunks);
    return await (isParquet ? parquet(all) : arrow(all, where));
  } catch (error) {
    throw failureOf(error, where, options.signal);
  }
}

async function get(
  url: URL,
  options: HttpPlaceOptions,
  redirects: number,
): Promise<IncomingMessage> {
  const { tls, signal, place } = options;
  const where = display(url.href);
  // Behind a proxy nobody here sees which address is called: what is known of it decides.
  if (httpProxy(url) !== undefined) await checkedAddresses(url.hostname, where);
  const response = await send(url, {
    method: "GET",
    headers: {
      accept: `${arrowType}, ${parquetType};q=0.9, application/octet-stream;q=0.5`,
      "accept-encoding": "identity",
    },
    tls,
    signal,
    lookup: checkedLookup(where),
  });
  const { statusCode: status = 0 } = response;
  if (status === 200) return response;
  response.destroy();
  const { location } = response.headers;
  if (status < 300 || status >= 400 || location === undefined)
    throw refusal(response, url);
  const next = place(new URL(location, url).href);
  if (next.kind !== "http" || redirects === 0)
    throw new Failure(
      "unsupported",
      `the result is redirected to ${next.kind === "http" ? "yet another" : "no http"} address (server ${url.host}, GET)`,
    );
  return get(next.url, options, redirects - 1);
}

/** HTTP's status codes (RFC 9110 section 15) as gRPC's and ours. */
const statuses: ReadonlyMap<number, readonly [Status, FailureCode]> = new Map([
  [401, [Status.UNAUTHENTICATED, "unauthorized"]],
  [403, [Status.PERMISSION_DENIED, "unauthorized"]],
  [404, [Status.NOT_FOUND, "not_found"]],
  [406, [Status.UNIMPLEMENTED, "unsupported"]],
  [410, [Status.NOT_FOUND, "not_found"]],
  [415, [Status.UNIMPLEMENTED, "unsupported"]],
  [429, [Status.UNAVAILABLE, "unavailable"]],
  [502, [Status.UNAVAILABLE, "unavailable"]],
  [503, [Status.UNAVAILABLE, "unavailable"]],
  [504, [Status.DEADLINE_EXCEEDED, "timeout"]],
]);

function refusal(response: IncomingMessage, url: URL): Failure {
  const { statusCode = 0, statusMessage = "", headers } = response;
  const [status, code] = statuses.get(statusCode) ?? [
    Status.INTERNAL,
    "internal" as const,
  ];
  const after = headers["retry-after"];
  const text = `${String(statusCode)} ${statusMessage}`.trim();
  const cause = new CallEnd(text, {
    code: status,
    untouched: true,
    retryAfter: after === undefined ? undefined : retryAfter(after, Date.now()),
  });
  return new Failure(
    code,
    `the server of a part of the result answered ${text} (server ${url.host}, GET)`,
    { cause },
  );
}

function failureOf(
  error: unknown,
  where: string,
  signal: AbortSignal,
): Failure {
  if (error instanceof Failure) return error;
  const reason: unknown = signal.reason;
  if (reason instanceof DOMException && reason.name === "TimeoutError")
    return new Failure(
      "timeout",
      `the result did not come in time (${where}); raise fetch_timeout_seconds if it is to take longer`,
    );
  if (signal.aborted) return abortFailure(signal);
  const { message } = Failure.from(error);
  const cause = new CallEnd(message, {
    code: Status.UNAVAILABLE,
    untouched: true,
    retryAfter: undefined,
  });
  return new Failure("unavailable", `${message} (${where})`, { cause });
}

async function* bodyOf(
  response: IncomingMessage,
  where: string,
  { idleTimeout, signal }: HttpPlaceOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const watchdog =
        idleTimeout === Infinity
          ? undefined
          : setTimeout(() => {
              response.destroy(idleFailure(where, idleTimeout));
            }, idleTimeout);
      const next = await chunks.next();
      clearTimeout(watchdog);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw failureOf(error, where, signal);
  } finally {
    response.destroy();
  }
}

function idleFailure(where: string, milliseconds: number): Failure {
  return new Failure(
    "timeout",
    `nothing came for ${String(milliseconds / 1000)} s (${where}); raise idle_timeout_seconds if such pauses are normal`,
  );
}

async function* rejoin(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function arrow(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): Promise<FlightStream> {
  const messages = readMessages(chunks);
  const none = new Uint8Array(0);
  return openStream(
    {
      async next() {
        const { value } = await messages.next();
        return value === undefined
          ? undefined
          : { ...value, descriptor: undefined, appMetadata: none };
      },
      cancel() {
        void messages.return().catch(() => undefined);
      },
    },
    where,
  );
}

/** Parquet's index is at its end: the file is kept until it has been read. */
async function parquet(
  chunks: AsyncIterable<Uint8Array>,
): Promise<FlightStream> {
  // Megabytes of WebAssembly that few results need. In the static graph it also made Node 20 evaluate modules
  // before the CommonJS ones that they import: every read of a tap failed.
  const { readParquet } = await import("../../arrow/parquet.js");
  const folder = await mkdtemp(join(tmpdir(), "flightsync-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "result.parquet");
  const batches = readParquet(path);
  let first: IteratorResult<Batch, void>;
  try {
    await pipeline(chunks, createWriteStream(path));
    first = await batches.next();
  } catch (error) {
    await remove();
    throw error;
  }
  async function* read(): AsyncGenerator<Batch, void, undefined> {
    try {
      if (first.done === true) return;
      yield first.value;
      yield* batches;
    } finally {
      await remove();
    }
  }
  return {
    schema: first.done === true ? undefined : first.value.schema,
    cancel: () => {
      void remove();
    },
    [Symbol.asyncIterator]: read,
  };
}

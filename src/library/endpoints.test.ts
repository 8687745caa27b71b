import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";

import { encodeBatch } from "../arrow/encode-batch.js";
import { encodeSchema } from "../arrow/ipc-schema.js";
import {
  batch,
  grpcError,
  serve,
  writeAll,
} from "../drivers/flight/scripted-server.test.js";
import type { FlightHandlers } from "../drivers/flight/service.js";
import { connect } from "./database.js";
import type { Result } from "./result.js";

const { schema } = batch({ n: [0n] });

interface Serving {
  readonly endpoints: number;
  readonly ordered?: boolean;
  /** Batches of each, one number in each: 100 × endpoint + batch. */
  readonly batches?: number;
  /** Runs behind the first batch of an endpoint, before the others are sent. */
  readonly meanwhile?: (endpoint: number) => Promise<void>;
}

interface Seen {
  open: number;
  most: number;
  onClose: () => void;
}

/** Resolves when no endpoint is open any more. */
function idle(seen: Seen): Promise<void> {
  return new Promise((resolve) => {
    seen.onClose = () => {
      if (seen.open === 0) resolve();
    };
    seen.onClose();
  });
}

/** A result in many endpoints, and how many of them are open. */
function serving({
  endpoints,
  ordered = false,
  batches = 3,
  meanwhile = () => Promise.resolve(),
}: Serving): FlightHandlers & { readonly seen: Seen } {
  const seen: Seen = { open: 0, most: 0, onClose: () => undefined };
  return {
    seen,
    GetFlightInfo(_call, callback) {
      callback(null, {
        endpoint: Array.from({ length: endpoints }, (_, index) => ({
          ticket: { ticket: Buffer.from([index]) },
        })),
        ordered,
        totalRecords: -1n,
        totalBytes: -1n,
      });
    },
    DoGet(call) {
      const endpoint = call.request.ticket[0] ?? 0;
      seen.most = Math.max(seen.most, ++seen.open);
      let isOpen = true;
      const close = () => {
        if (isOpen) seen.open--;
        isOpen = false;
        seen.onClose();
      };
      call.on("cancelled", close);
      const message = (index: number) =>
        encodeBatch(batch({ n: [BigInt(100 * endpoint + index)] }));
      call.write({ header: encodeSchema(schema) });
      call.write(message(0));
      meanwhile(endpoint).then(
        async () => {
          const rest = Array.from({ length: batches - 1 }, (_, index) =>
            message(index + 1),
          );
          await writeAll(call, rest);
          close();
        },
        (error: unknown) => {
          call.emit("error", error);
          close();
        },
      );
    },
  };
}

async function withResult(
  handlers: FlightHandlers,
  options: { readonly concurrency?: number; readonly signal?: AbortSignal },
  body: (result: Result) => Promise<void>,
): Promise<void> {
  await using server = await serve(handlers);
  await using db = await connect(server.url);
  await body(await db.query("SELECT", options));
}

async function numbers(result: Result): Promise<number[]> {
  const read: number[] = [];
  for await (const part of result)
    for (const n of part.getChildAt(0) ?? []) read.push(Number(n));
  return read;
}

/** Resolves for all when `count` wait for it. */
function meeting(count: number): () => Promise<void> {
  let missing = count;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (--missing === 0) open();
    return all;
  };
}

const expected = (endpoints: number, batches = 3) =>
  Array.from({ length: endpoints * batches }, (_, index) => {
    const endpoint = Math.floor(index / batches);
    return 100 * endpoint + (index % batches);
  });

describe("a result in several endpoints", { timeout: 30_000 }, () => {
  for (const ordered of [false, true])
    test(`is read side by side, ${ordered ? "in order" : "in any order"}`, async () => {
      // None sends its second batch before four are open.
      const met = meeting(4);
      const handlers = serving({ endpoints: 4, ordered, meanwhile: met });
      await withResult(handlers, {}, async (result) => {
        const read = await numbers(result);
        const wanted = expected(4);
        assert.deepEqual(ordered ? read : read.sort((a, b) => a - b), wanted);
      });
    });

  test("stays in order when the endpoints come to their end in another one", async () => {
    let release: () => void = () => undefined;
    const last = new Promise<void>((resolve) => (release = resolve));
    const handlers = serving({
      endpoints: 3,
      ordered: true,
      batches: 2,
      meanwhile: (endpoint) => {
        if (endpoint === 2) release();
        return endpoint === 2 ? Promise.resolve() : last;
      },
    });
    await withResult(handlers, {}, async (result) => {
      assert.deepEqual(await numbers(result), expected(3, 2));
    });
  });

  for (const ordered of [false, true])
    test(`has no more of them open than allowed${ordered ? ", in order" : ""}`, async () => {
      const { seen, ...handlers } = serving({
        endpoints: 9,
        ordered,
        // Time for the others to begin, if they may.
        meanwhile: async () => {
          for (let turn = 0; turn < 20; turn++) await setImmediate();
        },
      });
      await withResult(handlers, { concurrency: 2 }, async (result) => {
        const read = await numbers(result);
        assert.deepEqual(
          read.sort((a, b) => a - b),
          expected(9),
        );
      });
      assert.ok(seen.most <= 2, String(seen.most));
    });

  for (const ordered of [false, true]) {
    const order = ordered ? ", in order" : "";
    test(`ends all of them when one fails${order}`, async () => {
      const { seen, ...handlers } = serving({
        endpoints: 3,
        ordered,
        meanwhile: (endpoint) =>
          endpoint === 1
            ? Promise.reject(grpcError(Status.INTERNAL, "disk on fire"))
            : ordered && endpoint === 0
              ? Promise.resolve()
              : new Promise(() => undefined),
      });
      await withResult(handlers, {}, async (result) => {
        await assert.rejects(numbers(result), {
          name: "Failure",
          message: /disk on fire/,
        });
        await idle(seen);
      });
    });

    test(`ends all of them when its reader leaves, or aborts${order}`, async () => {
      for (const leave of [true, false]) {
        const { seen, ...handlers } = serving({
          endpoints: 3,
          ordered,
          meanwhile: () => new Promise(() => undefined),
        });
        const abort = new AbortController();
        await withResult(handlers, { signal: abort.signal }, async (result) => {
          const reading = async () => {
            for await (const part of result) {
              assert.equal(part.numRows, 1);
              if (leave) break;
              abort.abort();
            }
          };
          if (leave) await reading();
          else
            await assert.rejects(reading(), {
              name: "Failure",
              code: "cancelled",
            });
          await idle(seen);
        });
      }
    });
  }
});

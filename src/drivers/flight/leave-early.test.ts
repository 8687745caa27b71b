import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import type { Batch } from "../../arrow/batch.js";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { Failure } from "../../failure.js";
import type { FlightClient } from "./client.js";
import type { FlightEndpoint } from "./messages.js";
import {
  answering,
  batch,
  int64s,
  quiet,
  withClient,
  writeAll,
} from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";

const first = batch({ n: [1n, 2n, undefined] });

async function collect(batches: AsyncIterable<Batch>): Promise<bigint[]> {
  const values: bigint[] = [];
  for await (const part of batches) values.push(...int64s(part));
  return values;
}

async function onlyEndpoint(client: FlightClient): Promise<FlightEndpoint> {
  const { endpoints } = await client.query("SELECT n FROM t");
  assert.equal(endpoints.length, 1);
  return endpoints[0] as FlightEndpoint;
}

/** A DoGet that goes on for ever; says when its client has gone, and how much it could write. */
function endless(message: Batch): {
  readonly handlers: FlightHandlers;
  readonly written: () => number;
  readonly cancelled: Promise<void>;
} {
  let written = 0;
  let gone: () => void = () => undefined;
  const cancelled = new Promise<void>((resolve) => (gone = resolve));
  const handlers: FlightHandlers = {
    ...answering(message.schema, []),
    DoGet(call) {
      call.on("cancelled", gone);
      const encoded = encodeBatch(message);
      function* messages() {
        yield { header: encodeSchema(message.schema) };
        for (; ; written++) yield encoded;
      }
      void writeAll(call, messages());
    },
  };
  return { handlers, written: () => written, cancelled };
}

describe(
  "leaving a stream early ends the call on both sides",
  { timeout: 20_000 },
  () => {
    test("by leaving the loop", () => {
      const { handlers, cancelled } = endless(first);
      return withClient(handlers, async (client) => {
        for await (const part of client.read(await onlyEndpoint(client))) {
          assert.equal(part.length, 3);
          break;
        }
        await cancelled;
        assert.equal(client.openCalls, 0);
      });
    });

    test("by the read's signal", () => {
      const { handlers, cancelled } = endless(first);
      return withClient(handlers, async (client) => {
        const abort = new AbortController();
        let batches = 0;
        await assert.rejects(
          async () => {
            for await (const part of client.read(
              await onlyEndpoint(client),
              abort.signal,
            )) {
              batches += part.length;
              if (batches > 10) abort.abort();
            }
          },
          { code: "cancelled" },
        );
        await cancelled;
        assert.equal(client.openCalls, 0);
        await assert.rejects(
          client.query("SELECT 1", { signal: abort.signal }),
          {
            code: "cancelled",
          },
        );
        await client.query("SELECT 1");
      });
    });

    test("by an abort in the turn that the call was made in", () => {
      const { handlers, cancelled } = endless(first);
      return withClient(handlers, async (client) => {
        const abort = new AbortController();
        const opened = client.open(await onlyEndpoint(client), abort.signal);
        abort.abort();
        await assert.rejects(opened, { code: "cancelled" });
        await cancelled;
      });
    });

    test("a call that has ended leaves no listener on its signal", () => {
      const { handlers } = endless(first);
      return withClient(handlers, async (client) => {
        const { signal } = new AbortController();
        const listeners = () => getEventListeners(signal, "abort").length;
        const reads = client.read(await onlyEndpoint(client), signal);
        assert.equal((await reads.next()).done, false);
        await client.query("SELECT 1", { signal });
        assert.equal(listeners(), 1);
        await reads.return();
        await client.query("SELECT 1");
        assert.equal(client.openCalls, 0);
        assert.equal(listeners(), 0);
      });
    });

    test("a Failure that is the signal's reason is what comes out", () => {
      const { handlers } = endless(first);
      return withClient(handlers, async (client) => {
        const reason = new Failure("exhausted", "another stream failed");
        const endpoint = await onlyEndpoint(client);
        await assert.rejects(
          collect(client.read(endpoint, AbortSignal.abort(reason))),
          reason,
        );
      });
    });
  },
);

test("a reader that stops holds the server to a bounded number of messages, and others go on", () => {
  // 1 MiB each. 16 fit the HTTP/2 window; the test server's own stream holds some more before it waits.
  const rows = 131_072;
  const message = batch({ n: Array<bigint>(rows).fill(1n) });
  const { handlers, written } = endless(message);
  return withClient(handlers, async (client) => {
    const batches = client
      .read(await onlyEndpoint(client))
      [Symbol.asyncIterator]();
    assert.equal((await batches.next()).done, false);
    let before = -1;
    // Round trips on the same connection, until the server has not got a message on its way for 20 of them.
    for (let still = 0; still < 20;) {
      await client.query("SELECT 1");
      still = written() === before ? still + 1 : 0;
      before = written();
      assert.ok(before < 60, "the server is not held back");
    }
    assert.ok(before > 2, "and yet it is ahead of its reader");
    await batches.return();
  });
});

test("the context's signal ends every call, with one listener on it", () => {
  const abort = new AbortController();
  const listeners = () => getEventListeners(abort.signal, "abort").length;
  const context = quiet(abort.signal);
  const { handlers } = endless(first);
  return withClient(
    handlers,
    async (client) => {
      const endpoint = await onlyEndpoint(client);
      const reads = Array.from({ length: 15 }, () =>
        collect(client.read(endpoint)),
      );
      abort.abort();
      for (const result of await Promise.allSettled(reads)) {
        assert.equal(result.status, "rejected");
        assert.equal((result.reason as Failure).code, "cancelled");
      }
      assert.equal(client.openCalls, 0);
      assert.equal(listeners(), 0);
    },
    {},
    context,
  );
});

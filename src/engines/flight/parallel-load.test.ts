import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";

import type { Batch } from "../../arrow/batch.js";
import { batchOfValues } from "../../arrow/plain-values.js";
import { field, int64 } from "../../arrow/schema.js";
import type { FlightData } from "../../drivers/flight/flight-data.js";
import {
  grpcError,
  quiet,
  withClient,
} from "../../drivers/flight/scripted-server.test.js";
import type { FlightHandlers } from "../../drivers/flight/service.js";
import { DoPutUpdateResult } from "../../drivers/flight/sql-messages.js";
import { ansi } from "../../sql/ansi.js";
import type { Dialect } from "../../sql/dialect.js";
import { capabilitiesOf } from "./capabilities.js";
import { FlightSession } from "./session.js";
import { TableSelection } from "./table-selection.js";

type PutCall = Parameters<NonNullable<FlightHandlers["DoPut"]>>[0];

const schema = { fields: [field("id", int64)] };

/** Batches of two rows. */
async function* rows(batches: number): AsyncGenerator<Batch> {
  for (let index = 0; index < batches; index++)
    yield await Promise.resolve(batchOfValues(schema, [[1n, 2n]]));
}

interface Loading {
  readonly handlers: FlightHandlers;
  readonly batches: AsyncIterable<Batch>;
  readonly staged?: boolean;
  readonly dialect?: Dialect;
}

/** Loads by ingest, three calls at a time. */
async function load({
  handlers,
  batches,
  staged = true,
  dialect = ansi,
}: Loading): Promise<bigint> {
  let loaded = -2n;
  await withClient(handlers, async (client) => {
    const session = new FlightSession(client, {
      dialect,
      capabilities: capabilitiesOf(new Map()),
      context: quiet(),
      selection: new TableSelection({}),
      loadVia: "ingest",
      statementBytesMax: 1 << 20,
      stagingFolder: undefined,
      maxParallelism: 3,
    });
    loaded = await session.load({ name: "t" }, schema, batches, { staged });
    assert.equal(client.openCalls, 0);
  });
  return loaded;
}

/** A server that counts rows, two for every message behind the schema. */
function counting(
  onEnd: (call: PutCall, count: bigint, number: number) => void,
  onMessage: (call: PutCall, data: FlightData, number: number) => void = () =>
    undefined,
): FlightHandlers {
  let calls = 0;
  return {
    DoPut(call) {
      const number = ++calls;
      let messages = 0;
      call.on("data", (data: FlightData) => {
        messages++;
        onMessage(call, data, number);
      });
      call.on("end", () => {
        onEnd(call, BigInt(2 * Math.max(0, messages - 1)), number);
      });
    },
  };
}

function answer(call: PutCall, recordCount: bigint): void {
  call.write({ appMetadata: DoPutUpdateResult.encode({ recordCount }) });
  call.end();
}

/** Resolves `all` when `count` calls wait for it. */
function meeting(count: number): () => Promise<void> {
  let missing = count;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (--missing === 0) open();
    return all;
  };
}

/** The first call of a session only tries whether the server has ingest. */
const trial = 1;

test("a staging table is loaded by as many calls as are allowed, side by side", async () => {
  const counts: bigint[] = [];
  const met = meeting(3);
  const handlers = counting((call, count, number) => {
    counts.push(count);
    // No call is answered before three have come to their end.
    if (number === trial) answer(call, count);
    else
      void met().then(() => {
        answer(call, count);
      });
  });
  assert.equal(await load({ handlers, batches: rows(9) }), 18n);
  assert.equal(counts.length, 4);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    18n,
  );
});

test("an append is one call, and so is a load into an engine of one writer", async () => {
  for (const options of [
    { staged: false },
    { dialect: { ...ansi, singleWriter: true } },
  ]) {
    const counts: bigint[] = [];
    const handlers = counting((call, count) => {
      counts.push(count);
      answer(call, count);
    });
    assert.equal(await load({ handlers, batches: rows(9), ...options }), 18n);
    assert.deepEqual(counts, [0n, 18n]);
  }
});

test("no call is made that has nothing to load", async () => {
  const counts: bigint[] = [];
  const handlers = counting((call, count) => {
    counts.push(count);
    answer(call, count);
  });
  assert.equal(await load({ handlers, batches: rows(1) }), 2n);
  assert.deepEqual(counts, [0n, 2n]);
});

test("rows that one call does not count are not counted at all", async () => {
  const handlers = counting((call, count, number) => {
    answer(call, number === 3 ? -1n : count);
  });
  assert.equal(await load({ handlers, batches: rows(9) }), -1n);
});

test("one call that fails ends the others unfinished", async () => {
  let completed = 0;
  const handlers = counting(
    (call, count, number) => {
      if (number !== trial) completed++;
      answer(call, count);
    },
    (call, data, number) => {
      if (number === 3 && data.body.byteLength > 0)
        call.emit("error", grpcError(Status.RESOURCE_EXHAUSTED, "disk full"));
    },
  );
  async function* endless(): AsyncGenerator<Batch> {
    // As from a pipe: the loop turns between two of them.
    for (;;) {
      yield* rows(1);
      await setImmediate();
    }
  }
  await assert.rejects(load({ handlers, batches: endless() }), {
    code: "exhausted",
    message: /disk full/,
  });
  assert.equal(completed, 0);
});

test("an error of the source ends every call unfinished", async () => {
  let completed = 0;
  const handlers = counting((call, count, number) => {
    if (number !== trial) completed++;
    answer(call, count);
  });
  async function* breaking(): AsyncGenerator<Batch> {
    yield* rows(5);
    throw new Error("the source broke");
  }
  await assert.rejects(load({ handlers, batches: breaking() }), {
    message: "the source broke",
  });
  assert.equal(completed, 0);
});

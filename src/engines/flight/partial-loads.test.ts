import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { test } from "node:test";

import { batchOfValues } from "../../arrow/plain-values.js";
import { field, int64 } from "../../arrow/schema.js";
import {
  grpcError,
  quiet,
  withClient,
} from "../../drivers/flight/scripted-server.test.js";
import type { FlightHandlers } from "../../drivers/flight/service.js";
import { DoPutUpdateResult } from "../../drivers/flight/sql-messages.js";
import { ansi } from "../../sql/ansi.js";
import { capabilitiesOf } from "./capabilities.js";
import type { LoadVia } from "./load-ways.js";
import { FlightSession } from "./session.js";
import { TableSelection } from "./table-selection.js";

const schema = { fields: [field("id", int64)] };

/** A server that answers updates with these counts, and the next one with an error. */
function counting(counts: readonly bigint[]): FlightHandlers {
  let next = 0;
  return {
    GetFlightInfo(_call, callback) {
      callback(grpcError(Status.UNIMPLEMENTED, "no queries"));
    },
    DoPut(call) {
      call.on("data", () => undefined);
      call.on("end", () => {
        const recordCount = counts[next++];
        if (recordCount === undefined)
          call.emit("error", grpcError(Status.INTERNAL, "disk full"));
        else {
          call.write({
            appMetadata: DoPutUpdateResult.encode({ recordCount }),
          });
          call.end();
        }
      });
    },
  };
}

/** Loads batches of two rows, a statement each. */
async function load(
  counts: readonly bigint[],
  batches: number,
  loadVia: LoadVia,
): Promise<bigint> {
  let loaded = -2n;
  await withClient(counting(counts), async (client) => {
    const context = quiet();
    const session = new FlightSession(client, {
      dialect: ansi,
      capabilities: capabilitiesOf(new Map()),
      context,
      selection: new TableSelection({}),
      loadVia,
      statementBytesMax: 1 << 20,
      stagingFolder: undefined,
      maxParallelism: 1,
    });
    async function* rows() {
      for (let index = 0; index < batches; index++)
        yield await Promise.resolve(batchOfValues(schema, [[1n, 2n]]));
    }
    loaded = await session.load({ name: "t" }, schema, rows(), {
      staged: false,
    });
  });
  return loaded;
}

test("rows that a server counts, or does not count, are loaded", async () => {
  assert.equal(await load([2n, 2n], 2, "insert"), 4n);
  assert.equal(await load([-1n, -1n], 2, "insert"), 4n);
});

test("a count of fewer rows fails, and says what was there before", async () => {
  await assert.rejects(load([2n, 2n, 1n], 4, "insert"), {
    code: "invalid_data",
    message: /took 1 of 2 rows that were sent to t at once, and 4 before them/,
  });
});

test("an error in the middle says what is loaded already", async () => {
  await assert.rejects(load([2n], 3, "insert"), {
    message: /disk full.*; 2 rows of this load are in t already/,
  });
});

test("a way that is asked for and not there is not replaced by another", async () => {
  await assert.rejects(load([2n], 1, "insert_query"), {
    code: "unsupported",
    message: /no queries/,
  });
});

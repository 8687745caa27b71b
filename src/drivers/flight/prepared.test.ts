import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Batch } from "../../arrow/batch.js";
import { encapsulate } from "../../arrow/ipc-message.js";
import { MessageReader } from "../../arrow/ipc.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { field, int64 } from "../../arrow/schema.js";
import type { Schema } from "../../arrow/schema.js";
import type { FlightData } from "./flight-data.js";
import { FlightDescriptor } from "./messages.js";
import type { Parameters } from "./prepared.js";
import {
  batch,
  grpcError,
  int64s,
  withClient,
} from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";
import {
  DoPutUpdateResult,
  packAny,
  putResultMessages,
  unpackAny,
} from "./sql-messages.js";
import type { SqlMessage } from "./sql-messages.js";

const schema: Schema = { fields: [field("n", int64)] };

function parameters(...batches: readonly Batch[]): Parameters {
  async function* each(): AsyncGenerator<Batch> {
    for (const one of batches) yield await Promise.resolve(one);
  }
  return { schema, batches: each() };
}

interface Script {
  /** Beyond the handle "h1". */
  readonly created?: object;
  /** Bodies of the PutResults of a DoPut that binds or updates. */
  readonly results?: readonly Uint8Array[];
  readonly putError?: Error;
}

/** A server of one prepared statement; `log` tells what came, in order. */
function preparing({
  created = {},
  results = [],
  putError,
}: Script): FlightHandlers & { readonly log: string[] } {
  const log: string[] = [];
  const note = (message: SqlMessage | undefined, more = "") => {
    if (message === undefined) throw new Error("not Flight SQL");
    const handle =
      "preparedStatementHandle" in message.value
        ? Buffer.from(message.value.preparedStatementHandle).toString()
        : "";
    log.push([message.name, handle, more].filter(Boolean).join(" "));
  };
  return {
    log,
    DoAction(call) {
      const message = unpackAny(call.request.body);
      note(
        message,
        message?.name === "ActionCreatePreparedStatementRequest"
          ? `${message.value.query} ${Buffer.from(message.value.transactionId ?? []).toString()}`.trim()
          : "",
      );
      if (call.request.type === "CreatePreparedStatement")
        call.write({
          body: packAny("ActionCreatePreparedStatementResult", {
            preparedStatementHandle: Buffer.from("h1"),
            ...created,
          }),
        });
      call.end();
    },
    DoPut(call) {
      const reader = new MessageReader();
      const rows: bigint[] = [];
      let batches = 0;
      let command: SqlMessage | undefined;
      call.on("data", (data: FlightData) => {
        if (data.descriptor !== undefined)
          command = unpackAny(FlightDescriptor.decode(data.descriptor).cmd);
        const part = reader.read(data.header, data.body);
        if (part === undefined) return;
        batches++;
        if (part.vectors.length > 0) rows.push(...int64s(part));
      });
      call.on("end", () => {
        note(command, `${String(batches)} batches: ${rows.join()}`);
        for (const appMetadata of results) call.write({ appMetadata });
        if (putError === undefined) call.end();
        else call.emit("error", putError);
      });
    },
    GetFlightInfo(call, callback) {
      note(
        unpackAny(
          FlightDescriptor.decode(FlightDescriptor.encode(call.request)).cmd,
        ),
      );
      callback(null, { totalRecords: 3n, totalBytes: -1n });
    },
  };
}

function changedHandle(handle: string | undefined): Uint8Array {
  const { DoPutPreparedStatementResult } = putResultMessages;
  return DoPutPreparedStatementResult.encode({
    preparedStatementHandle:
      handle === undefined ? undefined : Buffer.from(handle),
  });
}

describe("prepared statements", { timeout: 30_000 }, () => {
  test("tell what the server says of them, and are closed", async () => {
    const bytes = encapsulate(encodeSchema(schema));
    for (const isUpdate of [true, false, undefined]) {
      const created = {
        datasetSchema: bytes,
        parameterSchema: bytes,
        isUpdate,
      };
      const server = preparing({ created });
      await withClient(server, async (client) => {
        await using statement = await client.prepare("SELECT ?", {
          transaction: Buffer.from("t1"),
        });
        assert.deepEqual(statement.datasetSchema, schema);
        assert.deepEqual(statement.parameterSchema, schema);
        assert.equal(statement.isUpdate, isUpdate);
      });
      assert.deepEqual(server.log, [
        "ActionCreatePreparedStatementRequest SELECT ? t1",
        "ActionClosePreparedStatementRequest h1",
      ]);
    }
  });

  const answers = {
    "a new handle is used and closed in place of the old one": {
      results: [changedHandle("h2")],
      handle: "h2",
    },
    "a result without a handle leaves the old one": {
      results: [changedHandle(undefined)],
      handle: "h1",
    },
    "a server that sends no result leaves the old one": {
      results: [],
      handle: "h1",
    },
  };
  for (const [name, { results, handle }] of Object.entries(answers))
    test(`parameters of a query go out in batches; ${name}`, async () => {
      const server = preparing({ results });
      await withClient(server, async (client) => {
        await using statement = await client.prepare("SELECT ?");
        assert.equal(statement.datasetSchema, undefined);
        assert.equal(statement.isUpdate, undefined);
        const result = await statement.query({
          parameters: parameters(batch({ n: [1n, 2n] }), batch({ n: [3n] })),
        });
        assert.equal(result.totalRecords, 3n);
      });
      assert.deepEqual(server.log, [
        "ActionCreatePreparedStatementRequest SELECT ?",
        "CommandPreparedStatementQuery h1 2 batches: 1,2,3",
        `CommandPreparedStatementQuery ${handle}`,
        `ActionClosePreparedStatementRequest ${handle}`,
      ]);
    });

  test("an update tells the rows it changed; without parameters it has an empty batch", async () => {
    const results = [DoPutUpdateResult.encode({ recordCount: 5n })];
    const server = preparing({ results });
    await withClient(server, async (client) => {
      await using statement = await client.prepare("DELETE");
      assert.equal(await statement.update(), 5n);
      const values = parameters(batch({ n: [1n] }));
      assert.equal(await statement.update({ parameters: values }), 5n);
    });
    assert.deepEqual(server.log.slice(1, 3), [
      "CommandPreparedStatementUpdate h1 1 batches: ",
      "CommandPreparedStatementUpdate h1 1 batches: 1",
    ]);
  });

  test("parameters that the server refuses end the execution with its text", async () => {
    const putError = grpcError(Status.INVALID_ARGUMENT, "wrong type of n");
    const server = preparing({ putError });
    await withClient(server, async (client) => {
      await using statement = await client.prepare("SELECT ?");
      const values = parameters(batch({ n: [1n] }));
      await assert.rejects(
        statement.query({ parameters: values }),
        /wrong type of n/,
      );
    });
    assert.deepEqual(
      server.log.at(-1),
      "ActionClosePreparedStatementRequest h1",
    );
  });
});

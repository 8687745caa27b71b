import assert from "node:assert/strict";
import { test } from "node:test";
import { encapsulate } from "../arrow/ipc-message.js";
import { encodeSchema } from "../arrow/ipc-schema.js";
import { connect } from "./database.js";
import type { FlightData } from "../drivers/flight/flight-data.js";
import { FlightDescriptor } from "../drivers/flight/messages.js";
import {
  batch,
  serve,
  writeAll,
} from "../drivers/flight/scripted-server.test.js";
import { encodeBatch } from "../arrow/encode-batch.js";
import type { FlightHandlers } from "../drivers/flight/service.js";
import {
  DoPutUpdateResult,
  packAny,
  unpackAny,
} from "../drivers/flight/sql-messages.js";

const rows = batch({ n: [1n, 2n] });
const transactionId = Buffer.from("t1");

/** A server that takes plans, and keeps what it was asked. */
function planning(): FlightHandlers & { readonly asked: string[] } {
  const asked: string[] = [];
  const note = (call: string, bytes: Uint8Array) => {
    const message = unpackAny(bytes);
    if (message === undefined || !("plan" in message.value)) return;
    const { plan, transactionId: id } = message.value;
    asked.push(
      `${call} ${message.name} ${Buffer.from(plan?.plan ?? []).toString()} ${plan?.version ?? ""} ${Buffer.from(id ?? []).toString()}`,
    );
  };
  return {
    asked,
    GetFlightInfo(call, callback) {
      note("GetFlightInfo", call.request.cmd);
      const endpoint = [{ ticket: { ticket: Buffer.from("1") } }];
      callback(null, { endpoint, totalRecords: -1n, totalBytes: -1n });
    },
    GetSchema(call, callback) {
      note("GetSchema", call.request.cmd);
      callback(null, { schema: encapsulate(encodeSchema(rows.schema)) });
    },
    DoGet(call) {
      void writeAll(call, [
        { header: encodeSchema(rows.schema) },
        encodeBatch(rows),
      ]);
    },
    DoPut(call) {
      call.on("data", ({ descriptor }: FlightData) => {
        if (descriptor !== undefined)
          note("DoPut", FlightDescriptor.decode(descriptor).cmd);
      });
      call.on("end", () => {
        call.write({
          appMetadata: DoPutUpdateResult.encode({ recordCount: 7n }),
        });
        call.end();
      });
    },
    DoAction(call) {
      const { type, body } = call.request;
      if (type === "CreatePreparedSubstraitPlan") {
        note(type, body);
        call.write({
          body: packAny("ActionCreatePreparedStatementResult", {
            preparedStatementHandle: Buffer.from("h"),
          }),
        });
      } else if (type === "BeginTransaction")
        call.write({
          body: packAny("ActionBeginTransactionResult", { transactionId }),
        });
      call.end();
    },
  };
}

test("a Substrait plan is run, described, prepared and applied as SQL is", async () => {
  const { asked, ...handlers } = planning();
  await using server = await serve(handlers);
  await using db = await connect(server.url);
  const plan = { plan: Buffer.from("bytes"), version: "0.6.0" };
  assert.equal((await (await db.query(plan)).table()).numRows, 2);
  const schema = await db.executeSchema(plan);
  assert.equal(schema.fields[0]?.name, "n");
  assert.equal(await db.update(plan), 7);
  await db.transaction(async (tx) => {
    await tx.update({ plan: plan.plan });
    await using prepared = await tx.prepare(plan);
    assert.equal((await (await prepared.query()).table()).numRows, 2);
  });
  assert.deepEqual(asked, [
    "GetFlightInfo CommandStatementSubstraitPlan bytes 0.6.0 ",
    "GetSchema CommandStatementSubstraitPlan bytes 0.6.0 ",
    "DoPut CommandStatementSubstraitPlan bytes 0.6.0 ",
    "DoPut CommandStatementSubstraitPlan bytes  t1",
    "CreatePreparedSubstraitPlan ActionCreatePreparedSubstraitPlanRequest bytes 0.6.0 t1",
  ]);
});

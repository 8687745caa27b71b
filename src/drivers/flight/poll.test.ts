import { Metadata, status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { actionMessages, FlightInfo } from "./messages.js";
import { grpcError, quiet, withClient } from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";
import { unpackAs } from "./sql-messages.js";

const info = FlightInfo.decode(
  FlightInfo.encode({ totalRecords: 7n, appMetadata: Buffer.from("i") }),
);

type Poll = NonNullable<FlightHandlers["PollFlightInfo"]>;
type Answer = Parameters<Parameters<Poll>[1]>[1] | Error;

/** A server that answers polls one after the other; what it was asked is told as text. */
function polling(
  ...answers: readonly Answer[]
): FlightHandlers & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    PollFlightInfo(call, callback) {
      const answer = answers[asked.length];
      asked.push(Buffer.from(call.request.cmd).toString("latin1"));
      // Headers that came before an error say that the server had begun.
      call.sendMetadata(new Metadata());
      if (answer instanceof Error) callback(answer);
      else callback(null, answer);
    },
  };
}

const again = (name: string) => ({ type: 2, cmd: Buffer.from(name) });

describe("incremental queries", { timeout: 60_000 }, () => {
  test("are asked for until they are complete, by the descriptor of the answer before", async () => {
    const progress: (number | undefined)[] = [];
    const server = polling(
      { flightDescriptor: again("p1"), progress: 0.1 },
      { flightDescriptor: again("p2"), info },
      { info, progress: 1 },
    );
    await withClient(server, async (client) => {
      const result = await client.query("SELECT 1", {
        incremental: true,
        onProgress: (part) => progress.push(part),
      });
      assert.equal(result.totalRecords, 7n);
    });
    const [first = "", ...rest] = server.asked;
    const { query } = unpackAs(
      "CommandStatementQuery",
      Buffer.from(first, "latin1"),
    );
    assert.equal(query, "SELECT 1");
    assert.deepEqual(rest, ["p1", "p2"]);
    assert.deepEqual(progress, [0.1, undefined, 1]);
  });

  test("as a setting of the connection, progress goes to the log", async () => {
    const context = quiet();
    const server = polling({ info, progress: 0.5 });
    await withClient(
      server,
      async (client) => {
        await client.query("SELECT 1");
      },
      { incremental: true },
      context,
    );
    assert.deepEqual(context.logged, ["info: the query is 50 % done"]);
  });

  test("a poll that finds no server is repeated, the first one never", async () => {
    const gone = grpcError(Status.UNAVAILABLE, "restarting");
    const server = polling({ flightDescriptor: again("p1") }, gone, { info });
    await withClient(server, async (client) => {
      await client.query("SELECT 1", { incremental: true });
    });
    assert.deepEqual(server.asked.slice(1), ["p1", "p1"]);
    const never = polling(gone, { info });
    await withClient(never, async (client) => {
      await assert.rejects(client.query("SELECT 1", { incremental: true }), {
        code: "unavailable",
      });
    });
    assert.equal(never.asked.length, 1);
  });

  test("an error of the query is not repeated", async () => {
    const wrong = grpcError(Status.INVALID_ARGUMENT, "no such table");
    const server = polling({ flightDescriptor: again("p1"), info }, wrong);
    await withClient(server, async (client) => {
      await assert.rejects(
        client.query("SELECT 1", { incremental: true }),
        /no such table/,
      );
    });
    assert.equal(server.asked.length, 2);
  });

  test("an abort while it waits ends it, and cancels it on the server", async () => {
    const abort = new AbortController();
    const cancelled: FlightInfo[] = [];
    const { CancelFlightInfoRequest, CancelFlightInfoResult } = actionMessages;
    const server: FlightHandlers = {
      ...polling({ flightDescriptor: again("p1"), info }),
      DoAction(call) {
        const asked = CancelFlightInfoRequest.decode(call.request.body).info;
        if (asked !== undefined) cancelled.push(asked);
        call.write({ body: CancelFlightInfoResult.encode({ status: 1 }) });
        call.end();
      },
    };
    await withClient(server, async (client) => {
      const query = client.query("SELECT 1", {
        incremental: true,
        signal: abort.signal,
        onProgress: () => {
          abort.abort();
        },
      });
      await assert.rejects(query, { code: "cancelled" });
      assert.deepEqual(cancelled, [info]);
    });
  });

  test("a server without PollFlightInfo is asked by GetFlightInfo", async () => {
    const context = quiet();
    const server: FlightHandlers = {
      GetFlightInfo(_call, callback) {
        callback(null, info);
      },
    };
    await withClient(
      server,
      async (client) => {
        const result = await client.query("SELECT 1");
        assert.equal(result.totalRecords, 7n);
      },
      { incremental: true },
      context,
    );
    assert.match(context.logged.join(), /no PollFlightInfo/);
  });
});

import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { encapsulate } from "../../arrow/ipc-message.js";
import { field, int64 } from "../../arrow/schema.js";
import {
  actionMessages,
  FlightDescriptor,
  FlightEndpoint,
  FlightInfo,
} from "./messages.js";
import type { QueryResult } from "./query-result.js";
import { grpcError, headers, withClient } from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";
import { packAny, unpackAny, unpackAs } from "./sql-messages.js";

type Answer = (body: Uint8Array) => Uint8Array[] | Error;

/** A server with these actions; others are UNIMPLEMENTED. */
function acting(
  answers: Readonly<Record<string, Answer>>,
  listed = Object.keys(answers),
): FlightHandlers & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    DoAction(call) {
      const { type, body } = call.request;
      seen.push(type);
      const answer =
        answers[type]?.(body) ??
        grpcError(Status.UNIMPLEMENTED, `no ${type} here`);
      if (answer instanceof Error) call.emit("error", answer);
      else {
        for (const result of answer) call.write({ body: result });
        call.end();
      }
    },
    ListActions(call) {
      for (const type of listed) call.write({ type, description: `${type}!` });
      call.end();
    },
    GetFlightInfo(_call, callback) {
      callback(null, flightInfo);
    },
  };
}

const endpoint = FlightEndpoint.decode(
  FlightEndpoint.encode({ ticket: { ticket: Buffer.from("ticket") } }),
);
const flightInfo = FlightInfo.decode(
  FlightInfo.encode({
    endpoint: [endpoint],
    totalRecords: -1n,
    appMetadata: Buffer.from("server's own"),
  }),
);

const {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CloseSessionResult,
  GetSessionOptionsResult,
  RenewFlightEndpointRequest,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
} = actionMessages;

describe("cancel", { timeout: 30_000 }, () => {
  test("sends the query's FlightInfo, bare, and tells what became of it", async () => {
    const statuses = [
      "unspecified",
      "cancelled",
      "cancelling",
      "not_cancellable",
    ];
    for (const [status, told] of statuses.entries()) {
      const server = acting({
        CancelFlightInfo: (body) => {
          assert.deepEqual(
            CancelFlightInfoRequest.decode(body).info,
            flightInfo,
          );
          return [CancelFlightInfoResult.encode({ status })];
        },
      });
      await withClient(server, async (client) => {
        const result = await client.query("SELECT 1");
        assert.equal(await client.cancel(result), told);
      });
    }
  });

  const old: Answer = (body) => {
    const { info } = unpackAs("ActionCancelQueryRequest", body);
    assert.deepEqual(FlightInfo.decode(info), flightInfo);
    return [packAny("ActionCancelQueryResult", { result: 2 })];
  };
  const refusals = {
    "is UNIMPLEMENTED": Status.UNIMPLEMENTED,
    "is refused as an invalid request": Status.INVALID_ARGUMENT,
  };
  for (const [name, code] of Object.entries(refusals))
    test(`is CancelQuery, in an Any, where CancelFlightInfo ${name}`, async () => {
      const server = acting(
        {
          CancelFlightInfo: () => grpcError(code, "unknown action"),
          CancelQuery: old,
        },
        ["CancelQuery"],
      );
      await withClient(server, async (client) => {
        const result = await client.query("SELECT 1");
        assert.equal(await client.cancel(result), "cancelling");
        assert.deepEqual(server.seen, ["CancelFlightInfo", "CancelQuery"]);
      });
    });

  test("is not tried a second way when a server that knows the first refuses", async () => {
    const server = acting({
      CancelFlightInfo: () =>
        grpcError(Status.INVALID_ARGUMENT, "no such query"),
      CancelQuery: old,
    });
    await withClient(server, async (client) => {
      const result = await client.query("SELECT 1");
      await assert.rejects(client.cancel(result), /no such query/);
      assert.deepEqual(server.seen, ["CancelFlightInfo"]);
    });
  });

  test("an answer that is newer than this client is refused", async () => {
    const server = acting({
      CancelFlightInfo: () => [CancelFlightInfoResult.encode({ status: 9 })],
    });
    await withClient(server, async (client) => {
      const result: QueryResult = await client.query("SELECT 1");
      await assert.rejects(client.cancel(result), /unknown value 9/);
    });
  });
});

test("renewing an endpoint gives the one to read in its place", async () => {
  const expirationTime = { seconds: 1_800_000_000n, nanos: 5 };
  const server = acting({
    RenewFlightEndpoint: (body) => {
      const asked = RenewFlightEndpointRequest.decode(body).endpoint;
      assert.deepEqual(asked, endpoint);
      return [FlightEndpoint.encode({ ...endpoint, expirationTime })];
    },
  });
  await withClient(server, async (client) => {
    const renewed = await client.renew(endpoint);
    assert.deepEqual(renewed, { ...endpoint, expirationTime });
  });
});

test("actions are listed with the server's words", async () => {
  const server = acting({}, ["A", "B"]);
  await withClient(server, async (client) => {
    assert.deepEqual(await client.listActions(), [
      { type: "A", description: "A!" },
      { type: "B", description: "B!" },
    ]);
  });
});

describe("sessions", { timeout: 30_000 }, () => {
  test("options of every type are set, unset and told", async () => {
    let set: ReadonlyMap<string, object> | undefined;
    const server = acting({
      SetSessionOptions: (body) => {
        set = SetSessionOptionsRequest.decode(body).sessionOptions;
        return [SetSessionOptionsResult.encode({})];
      },
      GetSessionOptions: () => [
        GetSessionOptionsResult.encode({ sessionOptions: set }),
      ],
    });
    const options = {
      text: "täxt",
      empty: "",
      yes: true,
      no: false,
      whole: -123n,
      real: 456.5,
      list: ["a", "b"],
    };
    await withClient(server, async (client) => {
      await client.setSessionOptions({ ...options, gone: undefined });
      const told = await client.getSessionOptions();
      assert.deepEqual(Object.fromEntries(told), options);
      assert.ok(set?.has("gone"));
    });
  });

  test("options of the connection are set before anything else", async () => {
    const set: string[] = [];
    const server = acting({
      SetSessionOptions: (body) => {
        const { sessionOptions } = SetSessionOptionsRequest.decode(body);
        for (const [name, { stringValue }] of sessionOptions)
          set.push(`${name}=${stringValue ?? ""}`);
        return [SetSessionOptionsResult.encode({})];
      },
    });
    const sessionOptions = { catalog: "sales" };
    await withClient(
      server,
      async (client) => {
        assert.deepEqual(set, ["catalog=sales"]);
        await client.query("SELECT 1");
      },
      { sessionOptions },
    );
    assert.deepEqual(server.seen, ["SetSessionOptions", "CloseSession"]);
    const refusing = acting({});
    await assert.rejects(
      withClient(refusing, () => Promise.resolve(), { sessionOptions }),
      { code: "unsupported", message: /no SetSessionOptions here/ },
    );
  });

  test("every option that the server refuses is named with the reason", async () => {
    const server = acting({
      SetSessionOptions: () => {
        const errors = new Map([
          ["a", { value: 1 }],
          ["b", { value: 2 }],
        ]);
        return [SetSessionOptionsResult.encode({ errors })];
      },
    });
    await withClient(server, async (client) => {
      await assert.rejects(client.setSessionOptions({ a: "1", b: "2" }), {
        code: "invalid_config",
        message: /a: INVALID_NAME, b: INVALID_VALUE/,
      });
    });
  });

  test("a session that the server named is closed with the connection", async () => {
    const server = acting({
      CloseSession: () => [CloseSessionResult.encode({ status: 1 })],
    });
    const named: FlightHandlers = {
      ...server,
      GetFlightInfo(call, callback) {
        call.sendMetadata(
          headers(["set-cookie", "arrow_flight_session_id=7; Path=/"]),
        );
        callback(null, flightInfo);
      },
    };
    await withClient(named, async (client) => {
      await client.query("SELECT 1");
    });
    assert.deepEqual(server.seen, ["CloseSession"]);
  });

  test("one that was closed by hand, or never was, is not", async () => {
    const server = acting({
      SetSessionOptions: () => [SetSessionOptionsResult.encode({})],
      CloseSession: () => [CloseSessionResult.encode({ status: 1 })],
    });
    await withClient(server, async (client) => {
      await client.query("SELECT 1");
    });
    assert.deepEqual(server.seen, []);
    await withClient(server, async (client) => {
      await client.setSessionOptions({ catalog: "a" });
      assert.equal(await client.closeSession(), "closed");
    });
    assert.deepEqual(server.seen, ["SetSessionOptions", "CloseSession"]);
  });
});

test("savepoints begin in a transaction, and end as they are told", async () => {
  const bodies: unknown[] = [];
  const server = acting({
    BeginSavepoint: (body) => {
      bodies.push(unpackAny(body));
      const savepointId = Buffer.from("s1");
      return [packAny("ActionBeginSavepointResult", { savepointId })];
    },
    EndSavepoint: (body) => {
      const { savepointId, action } = unpackAs(
        "ActionEndSavepointRequest",
        body,
      );
      bodies.push([Buffer.from(savepointId).toString(), action]);
      return [];
    },
  });
  await withClient(server, async (client) => {
    const id = await client.beginSavepoint(Buffer.from("t1"), "before");
    await client.endSavepoint(id, "rollback");
    await client.endSavepoint(id, "release");
  });
  assert.deepEqual(bodies, [
    {
      name: "ActionBeginSavepointRequest",
      value: { transactionId: Buffer.from("t1"), name: "before" },
    },
    ["s1", 2],
    ["s1", 1],
  ]);
});

test("a query's schema is told without running it, with and without IPC's marker", async () => {
  const schema = { fields: [field("a", int64)] };
  const marked = encapsulate(encodeSchema(schema));
  for (const bytes of [marked, marked.subarray(4)])
    await withClient(
      {
        GetSchema(call, callback) {
          const { cmd } = FlightDescriptor.decode(
            FlightDescriptor.encode(call.request),
          );
          const { query } = unpackAs("CommandStatementQuery", cmd);
          assert.equal(query, "SELECT a");
          callback(null, { schema: bytes });
        },
      },
      async (client) => {
        assert.deepEqual(await client.executeSchema("SELECT a"), schema);
      },
    );
});

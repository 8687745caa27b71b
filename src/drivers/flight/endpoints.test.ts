import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe } from "node:test";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { actionMessages, FlightEndpoint } from "./messages.js";
import {
  located,
  play,
  readEndpoints,
  rows,
  sendRows,
} from "./scenario.test.js";
import type { Scenario } from "./scenario.test.js";
import { grpcError, headers } from "./scripted-server.test.js";

const ann = { token: "secret-of-ann" };
const bearer = "Bearer secret-of-ann";
const all = { allowedLocations: ["127.0.0.1"], ...ann };
const refuse = (code: Status, text: string) => grpcError(code, text);

describe("Flight locations", () => {
  play([
    {
      name: "no location is this connection",
      home: () => located([]),
      expect: { calls: { home: ["GetFlightInfo", "DoGet"] } },
    },
    ...["", "arrow-flight-reuse-connection://?"].map((uri): Scenario => ({
      name: `${JSON.stringify(uri)} is this connection, when no other may be called`,
      home: (world) => located(() => [world.location("trap"), uri]),
      options: () => ann,
      expect: { calls: { home: ["GetFlightInfo", "DoGet"] } },
    })),
    {
      name: "its own address is this connection",
      home: (world) =>
        located(() => [`grpc://127.1:${String(world.port("home"))}`]),
      expect: { calls: { home: ["GetFlightInfo", "DoGet"] } },
    },
    {
      name: "another port of this host is called with the credentials",
      home: (world) =>
        located(() => [`grpc://127.1:${String(world.port("worker"))}`]),
      others: { worker: () => located([]) },
      options: () => ann,
      expect: { calls: { worker: [`DoGet ${bearer}`] } },
    },
    {
      name: "another host is not called, and the failure says which setting would allow it",
      home: (world) => located(() => [world.location("trap")]),
      options: () => ann,
      expect: {
        failure: [
          "invalid_config",
          /another host, grpc\+tcp:\/\/127\.0\.0\.1:\d+, .* add "127\.0\.0\.1:\d+" to allowed_locations/,
        ],
        calls: { home: ["GetFlightInfo"] },
      },
    },
    {
      name: "an authority is for the configured server only",
      home: (world) => located(() => [world.location("worker")]),
      others: { worker: () => located([]) },
      options: () => ({ ...all, authority: "flight.example" }),
      ask: async (client, world) => {
        const { endpoints } = await client.query("SELECT n");
        await readEndpoints(client, endpoints);
        const told = (name: string) => [
          ...new Set(world.server(name).calls.map((call) => call.authority)),
        ];
        assert.deepEqual(told("home"), ["flight.example"]);
        assert.deepEqual(told("worker"), [
          `127.0.0.1:${String(world.port("worker"))}`,
        ]);
        return "told";
      },
      expect: { answer: "told" },
    },
    {
      name: "a host that is allowed gets the credentials, headers and cookies; what it answers changes nothing at home",
      home: (world) => ({
        ...located(() => [world.location("worker")]),
        GetFlightInfo(call, callback) {
          call.sendMetadata(headers(["set-cookie", "session=1"]));
          const uri = world.location("worker");
          callback(null, { endpoint: [{ location: [{ uri }] }] });
        },
      }),
      others: {
        worker: () => ({
          DoGet(call) {
            assert.deepEqual(call.metadata.get("cookie"), ["session=1"]);
            assert.deepEqual(call.metadata.get("database"), ["main"]);
            call.sendMetadata(
              headers(
                ["authorization", "Bearer of-the-worker"],
                ["set-cookie", "w=2"],
              ),
            );
            sendRows(call);
          },
        }),
      },
      options: () => ({ ...all, headers: { database: "main" } }),
      ask: async (client, world) => {
        const { endpoints } = await client.query("SELECT n");
        const values = await readEndpoints(client, endpoints);
        await client.query("SELECT n");
        const { calls } = world.server("home");
        assert.deepEqual(
          calls.map(({ cookie }) => cookie),
          [undefined, "session=1"],
        );
        return values;
      },
      expect: {
        calls: {
          home: [`GetFlightInfo ${bearer}`, `GetFlightInfo ${bearer}`],
          worker: [`DoGet ${bearer}`],
        },
      },
    },
    {
      name: "a host may be put in another one's place",
      home: () => located(["grpc+tcp://be-7.internal:9040"]),
      others: { proxy: () => located([]) },
      options: (world) => ({
        allowedLocations: [
          `be-*.internal=127.0.0.1:${String(world.port("proxy"))}`,
        ],
      }),
      expect: { calls: { home: ["GetFlightInfo"], proxy: ["DoGet"] } },
    },
    {
      name: "a location where nothing listens is passed over, and said so",
      home: (world) =>
        located(() => [world.location("nobody"), world.location("worker")]),
      others: { worker: () => located([]) },
      options: () => all,
      expect: {
        calls: { home: ["GetFlightInfo"], worker: ["DoGet"] },
        log: [/ECONNREFUSED.*read from its next location/],
      },
    },
    {
      name: "a ticket for one reading is not taken elsewhere when nobody knows what a server did with it",
      home: (world) => located(() => [world.location("vague"), ""]),
      others: {
        vague: () => ({
          DoGet(call) {
            call.emit("error", refuse(Status.UNAVAILABLE, "something broke"));
          },
        }),
      },
      options: () => all,
      expect: {
        failure: ["unavailable", /^something broke/],
        calls: { home: ["GetFlightInfo"], vague: ["DoGet"] },
      },
    },
    {
      name: "a location that is too busy is passed over, even with a ticket for one reading",
      home: (world) => located(() => [world.location("busy"), ""]),
      others: {
        busy: () => ({
          DoGet(call) {
            const later = headers(["grpc-retry-pushback-ms", "0"]);
            call.emit(
              "error",
              grpcError(Status.UNAVAILABLE, "too many queries", later),
            );
          },
        }),
      },
      options: () => all,
      expect: {
        calls: { home: ["GetFlightInfo", "DoGet"], busy: ["DoGet"] },
        log: [/too many queries/],
      },
    },
    {
      name: "a ticket for one reading is not taken elsewhere once a server has begun with it",
      home: (world) => located(() => [world.location("broken"), ""]),
      others: {
        broken: () => ({
          DoGet(call) {
            call.write({ header: encodeSchema(rows.schema) });
            call.emit("error", refuse(Status.UNAVAILABLE, "going down"));
          },
        }),
      },
      options: () => all,
      expect: {
        failure: ["unavailable", /^going down/],
        calls: { home: ["GetFlightInfo"], broken: ["DoGet"] },
      },
    },
    {
      name: "one with an expiration time is, until the first row",
      home: (world) =>
        located(() => [world.location("broken"), ""], {
          expirationTime: inAnHour(),
        }),
      others: {
        broken: () => ({
          DoGet(call) {
            call.write({ header: encodeSchema(rows.schema) });
            call.emit("error", refuse(Status.UNAVAILABLE, "going down"));
          },
        }),
      },
      options: () => all,
      expect: {
        calls: { home: ["GetFlightInfo", "DoGet"], broken: ["DoGet"] },
      },
    },
    {
      name: "and never after it",
      home: (world) =>
        located(() => [world.location("broken"), ""], {
          expirationTime: inAnHour(),
        }),
      others: {
        broken: () => ({
          DoGet(call) {
            call.write({ header: encodeSchema(rows.schema) });
            call.write(encodeBatch(rows));
            call.emit("error", refuse(Status.UNAVAILABLE, "going down"));
          },
        }),
      },
      options: () => all,
      expect: {
        failure: ["unavailable", /^going down/],
        calls: { home: ["GetFlightInfo"], broken: ["DoGet"] },
      },
    },
    {
      name: "an error that is not the place's is not taken elsewhere",
      home: (world) => located(() => [world.location("broken"), ""]),
      others: {
        broken: () => ({
          DoGet(call) {
            call.emit(
              "error",
              refuse(Status.INVALID_ARGUMENT, "no such ticket"),
            );
          },
        }),
      },
      options: () => all,
      expect: {
        failure: ["internal", /^no such ticket/],
        calls: { home: ["GetFlightInfo"] },
      },
    },
  ]);
});

/** A home whose endpoint expires now, and an hour later once it was renewed. */
function renewing(): ReturnType<Scenario["home"]> {
  return {
    ...located([], {
      expirationTime: { seconds: BigInt(Math.ceil(Date.now() / 1000)) },
    }),
    DoAction(call) {
      const { type, body } = call.request;
      assert.equal(type, "RenewFlightEndpoint");
      const { endpoint } =
        actionMessages.RenewFlightEndpointRequest.decode(body);
      assert.equal(Buffer.from(endpoint?.ticket?.ticket ?? []).toString(), "t");
      const ticket = { ticket: Buffer.from("renewed") };
      call.write({
        body: FlightEndpoint.encode({ ticket, expirationTime: inAnHour() }),
      });
      call.end();
    },
    DoGet(call) {
      assert.equal(Buffer.from(call.request.ticket).toString(), "renewed");
      sendRows(call);
    },
  };
}

function inAnHour(): { readonly seconds: bigint } {
  return { seconds: BigInt(Math.floor(Date.now() / 1000) + 3600) };
}

describe("expiry", () => {
  play([
    {
      name: "an endpoint that is about to expire is renewed before it is read",
      home: () => renewing(),
      expect: { calls: { home: ["GetFlightInfo", "DoAction", "DoGet"] } },
    },
    {
      name: "one that the server does not renew is read all the same: the server's clock counts",
      home: () => located([], { expirationTime: { seconds: 1n } }),
      expect: { calls: { home: ["GetFlightInfo", "DoGet"] } },
    },
    {
      name: "one that has time is not renewed",
      home: () => ({
        ...renewing(),
        ...located([], { expirationTime: inAnHour() }),
      }),
      expect: { calls: { home: ["GetFlightInfo", "DoGet"] } },
    },
  ]);
});

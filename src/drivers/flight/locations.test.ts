import { status as Status } from "@grpc/grpc-js";
import { readFile, rm } from "node:fs/promises";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { encodeStream } from "../../arrow/ipc-stream.js";
import { writeParquet } from "../../arrow/parquet.js";
import { LocationPolicy } from "./locations.js";
import { actionMessages, FlightEndpoint } from "./messages.js";
import {
  located,
  play,
  readEndpoints,
  rows,
  sendRows,
} from "./scenario.test.js";
import type { Scenario, World } from "./scenario.test.js";
import { grpcError, headers } from "./scripted-server.test.js";
import { displayAddress, parseFlightUrl } from "./url.js";

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
      name: "a location that is too busy is passed over, even with a ticket for one reading",
      home: (world) => located(() => [world.location("busy"), ""]),
      others: {
        busy: () => ({
          DoGet(call) {
            call.emit("error", refuse(Status.UNAVAILABLE, "too many queries"));
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

const stream = Buffer.from(encodeStream(rows.schema, [rows]));
const path = join(tmpdir(), `flightsync-${String(process.pid)}.parquet`);
await writeParquet(rows.schema, [rows], path);
const parquet = await readFile(path);
await rm(path);

const http = (world: World) => located(() => [world.location("http")]);

describe("http locations", () => {
  const bodies: readonly (readonly [string, string, Buffer])[] = [
    ["an Arrow stream", "application/vnd.apache.arrow.stream", stream],
    ["an Arrow stream without a type", "", stream],
    ["Parquet", "application/vnd.apache.parquet", parquet],
    [
      "Parquet that a store does not know for it",
      "binary/octet-stream",
      parquet,
    ],
  ];
  play([
    ...bodies.map(([name, type, body]): Scenario => ({
      name: `${name} is read; nothing that says who calls is sent`,
      home: http,
      http: () => (_request, response) => {
        if (type !== "") response.setHeader("content-type", type);
        // In two pieces, neither of which ends where a message does.
        response.write(body.subarray(0, 11));
        response.end(body.subarray(11));
      },
      options: () => ({ ...all, headers: { cookie: "a=1" } }),
      expect: { calls: { http: ["GET /part?secret=1 - -"] } },
    })),
    {
      name: "is not asked unless allowed",
      home: http,
      http: () => (_request, response) => response.end(stream),
      options: () => ann,
      expect: {
        failure: [
          "invalid_config",
          /http:\/\/127\.0\.0\.1:\d+, .*allowed_locations/,
        ],
        calls: { http: [] },
      },
    },
    {
      name: "a redirect to a host that is not allowed is not followed",
      home: http,
      http: (world) => (_request, response) =>
        response
          .writeHead(302, {
            location: `http://localhost:${String(world.port("trap"))}/`,
          })
          .end(),
      options: () => all,
      expect: {
        failure: ["invalid_config", /another host, http:\/\/localhost:\d+/],
      },
    },
    {
      name: "one that does not stop is given up",
      home: http,
      http: (world) => (_request, response) =>
        response.writeHead(307, { location: world.location("http") }).end(),
      options: () => all,
      expect: { failure: ["unsupported", /redirected to yet another address/] },
    },
    {
      name: "a server that is busy is asked again when it said",
      home: http,
      http: (world) => (_request, response) => {
        if (world.httpRequests.length < 2)
          response.writeHead(503, { "retry-after": "0" }).end("busy");
        else response.end(stream);
      },
      options: () => all,
      expect: { log: [/answered 503 Service Unavailable .*try 2 of 5/] },
    },
    {
      name: "a result that is not there any more is not asked for again",
      home: http,
      http: () => (_request, response) => response.writeHead(404).end(),
      options: () => all,
      expect: {
        failure: [
          "not_found",
          /answered 404 Not Found \(server 127\.0\.0\.1:\d+, GET\)/,
        ],
        calls: { http: ["GET /part?secret=1 - -"] },
      },
    },
    {
      name: "a body that ends early is not taken for the whole",
      home: http,
      http: () => (_request, response) => response.end(stream.subarray(0, -40)),
      options: () => all,
      expect: { failure: ["invalid_data", /ends in the middle of a message/] },
    },
    {
      name: "a page is not taken for a result",
      home: http,
      http: () => (_request, response) => response.end("<html>log in</html>"),
      options: () => all,
      expect: { failure: ["invalid_data", /no Arrow stream/] },
    },
  ]);
});

describe("which places are good", () => {
  const encrypted = "flightsql://db.example:443";
  const plain = "flightsql://db.example:443?transport=tcp";
  const cases: readonly {
    readonly home: string;
    readonly allowed?: readonly string[];
    readonly uri: string;
    /** The place, or a part of the refusal. */
    readonly is: string | RegExp;
  }[] = [
    { home: encrypted, uri: "grpc+tls://DB.example:443", is: "here" },
    {
      home: encrypted,
      uri: "grpc+tls://db.example:444",
      is: "db.example:444 tls",
    },
    {
      home: encrypted,
      uri: "grpc://db.example:444",
      is: /not encrypted while/,
    },
    { home: encrypted, uri: "http://db.example/x", is: /not encrypted while/ },
    {
      home: encrypted,
      uri: "https://db.example/x",
      is: "https://db.example/x",
    },
    {
      home: encrypted,
      allowed: ["*"],
      uri: "grpc://be:1",
      is: /not encrypted while/,
    },
    {
      home: encrypted,
      allowed: ["be:1=grpc+tls://be:2"],
      uri: "grpc://be:1",
      is: "be:2 tls",
    },
    { home: plain, allowed: ["*"], uri: "grpc://be:1", is: "be:1 tcp" },
    { home: plain, allowed: ["be"], uri: "grpc+tls://be:7", is: "be:7 tls" },
    {
      home: plain,
      allowed: ["be:7"],
      uri: "grpc://be:8",
      is: /"be:8" to allowed/,
    },
    {
      home: plain,
      allowed: ["*.ex.org"],
      uri: "grpc://a.ex.org:1",
      is: "a.ex.org:1 tcp",
    },
    {
      home: plain,
      allowed: ["*.ex.org"],
      uri: "grpc://a.b.ex.org:1",
      is: /allowed_loc/,
    },
    {
      home: plain,
      allowed: ["*.ex.org"],
      uri: "grpc://aXex.org:1",
      is: /allowed_loc/,
    },
    {
      home: plain,
      allowed: ["https://s3.example"],
      uri: "http://s3.example/b",
      is: /allowed/,
    },
    {
      home: plain,
      allowed: ["[2001:db8::1]:5"],
      uri: "grpc://[2001:db8::1]:5",
      is: "[2001:db8::1]:5 tcp",
    },
    {
      home: plain,
      uri: "grpc+unix:///run/x.sock",
      is: /add "grpc\+unix:\/\/\/run\/x.sock"/,
    },
    {
      home: plain,
      allowed: ["grpc+unix:///run/x.sock"],
      uri: "grpc+unix:///run/x.sock",
      is: "/run/x.sock tcp",
    },
    {
      home: "grpc+unix:///run/x.sock",
      uri: "grpc+unix:///run/x.sock",
      is: "here",
    },
    {
      home: plain,
      allowed: ["0.0.0.0=be"],
      uri: "grpc://0.0.0.0:9040",
      is: "be:9040 tcp",
    },
    {
      home: plain,
      uri: "ftp://db.example/x",
      is: /no location that is understood/,
    },
    { home: plain, uri: "not a uri", is: /a location that is not a URI/ },
    ...[
      "http://169.254.169.254/latest/meta-data",
      "grpc://169.254.1.1:1",
      "grpc://2852039166:80",
      "grpc://0xa9fea9fe:80",
      "http://[::ffff:169.254.169.254]/",
      "grpc://[fe80::1]:1",
      "http://[fd00:ec2::254]/",
      "http://metadata.google.internal/",
      "http://metadata.google.internal./",
      "grpc://100.100.100.200:1",
      "grpc://0.0.0.0:1",
    ].map((uri) => ({
      home: plain,
      allowed: ["*"],
      uri,
      is: /link-local or metadata/,
    })),
  ];
  for (const { home, allowed = [], uri, is } of cases)
    test(`${uri} from ${home}, allowed: ${allowed.join(" ") || "none"}`, () => {
      const policy = new LocationPolicy(parseFlightUrl(home), allowed);
      if (typeof is !== "string") {
        assert.throws(() => policy.place(uri), is);
        return;
      }
      const place = policy.place(uri);
      assert.equal(shown(place), is);
    });

  for (const entry of ["", "ftp://x", "a=b=c", "a=b*", "h:port", "a b://c"])
    test(`allowed_locations ${JSON.stringify(entry)} is refused`, () => {
      assert.throws(() => new LocationPolicy(parseFlightUrl(plain), [entry]), {
        code: "invalid_config",
        message: /allowed_locations/,
      });
    });
});

function shown(place: ReturnType<LocationPolicy["place"]>): string {
  switch (place.kind) {
    case "here":
      return "here";
    case "http":
      return place.url.href;
    case "server": {
      const { tls } = place.address;
      return `${displayAddress(place.address)} ${tls ? "tls" : "tcp"}`;
    }
  }
}

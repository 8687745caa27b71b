import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../failure.js";
import { FlightClient } from "./client.js";
import {
  answering,
  batch,
  grpcError,
  headers,
  quiet,
  serve,
  withClient,
} from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";

const rows = batch({ n: [1n] });
const results = answering(rows.schema, [rows]);

/** A Handshake that answers with these headers and trailers. */
function handshake(
  initial: readonly (readonly [string, string])[],
  trailing: readonly (readonly [string, string])[] = [],
): Required<Pick<FlightHandlers, "Handshake">> {
  return {
    Handshake(call) {
      call.sendMetadata(headers(...initial));
      call.on("data", () => undefined);
      call.on("end", () => {
        call.end(headers(...trailing));
      });
    },
  };
}

const basic = `Basic ${Buffer.from("ann:pässword").toString("base64")}`;
const ann = { username: "ann", password: "pässword" };

describe("handshake", () => {
  for (const [where, initial, trailing] of [
    ["headers", [["authorization", "Bearer t1"]], []],
    ["trailers", [], [["authorization", "bearer t1"]]],
  ] as const)
    test(`Basic is exchanged for the bearer in the ${where}, and never sent again`, () =>
      withClient(
        { ...handshake(initial, trailing), ...results },
        async (client, server) => {
          await client.rows("SELECT 1");
          assert.deepEqual(
            server.calls.map(({ method, authorization }) => [
              method,
              authorization?.toLowerCase(),
            ]),
            [
              ["Handshake", basic.toLowerCase()],
              ["GetFlightInfo", "bearer t1"],
              ["DoGet", "bearer t1"],
            ],
          );
          assert.equal(server.calls[0]?.authorization, basic);
          assert.match(basic, /=$/, "the example needs padding");
        },
        ann,
      ));

  test("a wrong password is unauthenticated, names the server and tells no secret", async () => {
    const server = await serve({
      Handshake(call) {
        const given = call.metadata.get("authorization")[0]?.toString() ?? "";
        call.emit(
          "error",
          grpcError(
            Status.UNAUTHENTICATED,
            `no user for ${given} and pässword`,
          ),
        );
      },
    });
    await assert.rejects(
      FlightClient.connect({ url: server.url, ...ann }, quiet()),
      (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, "unauthenticated");
        assert.equal(
          error.message,
          `no user for Basic *** and *** (server 127.0.0.1:${String(server.port)}, call Handshake); check the user name and password, or the token`,
        );
        return true;
      },
    );
    await server[Symbol.asyncDispose]();
  });

  test("a server without Handshake gets Basic with every call until it answers with a bearer", () =>
    withClient(
      {
        DoGet: results.DoGet,
        GetFlightInfo(_call, callback) {
          callback(null, {}, headers(["authorization", "Bearer t2"]));
        },
      },
      async (client, server) => {
        await client.query("SELECT 1");
        await client.query("SELECT 2");
        assert.deepEqual(
          server.calls.map(({ authorization }) => authorization),
          [basic, "Bearer t2"],
        );
      },
      ann,
    ));

  test("so does one whose Handshake gives no bearer", () =>
    withClient(
      { ...handshake([]), ...results },
      async (client, server) => {
        await client.query("SELECT 1");
        assert.deepEqual(
          server.calls.map(({ authorization }) => authorization),
          [basic, basic],
        );
      },
      ann,
    ));

  test("without a user name nothing is called", () =>
    withClient({ ...handshake([]), ...results }, async (client, server) => {
      assert.deepEqual(server.calls, []);
      await client.query("SELECT 1");
      assert.deepEqual(
        server.calls.map(({ method, authorization }) => [
          method,
          authorization,
        ]),
        [["GetFlightInfo", undefined]],
      );
    }));

  test("user name and password may stand in the URL", async () => {
    const server = await serve(handshake([["authorization", "Bearer t"]]));
    const url = server.url.replace("//", "//ann:p%C3%A4ssword@");
    const client = await FlightClient.connect({ url }, quiet());
    assert.equal(server.calls[0]?.authorization, basic);
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
});

describe("bearer", () => {
  test("a given token is sent as it is, without a handshake", () =>
    withClient(
      { ...handshake([]), ...results },
      async (client, server) => {
        await client.query("SELECT 1");
        assert.deepEqual(
          server.calls.map(({ method, authorization }) => [
            method,
            authorization,
          ]),
          [["GetFlightInfo", "Bearer given"]],
        );
      },
      { token: "given" },
    ));

  test("any answer may bring a new one, in headers or trailers, errors included", () => {
    const answers = [
      ["headers", "Bearer a"],
      ["trailers", "Bearer b"],
      ["error", "Bearer c"],
      ["none", ""],
    ];
    return withClient(
      {
        GetFlightInfo(call, callback) {
          const [how = "", bearer = ""] = answers.shift() ?? [];
          const metadata = headers(["authorization", bearer]);
          if (how === "headers") call.sendMetadata(metadata);
          if (how === "error")
            callback(grpcError(Status.INTERNAL, "no", metadata), null);
          else callback(null, {}, how === "trailers" ? metadata : undefined);
        },
      },
      async (client, server) => {
        await client.query("1");
        await client.query("2");
        await assert.rejects(client.query("3"));
        await client.query("4");
        assert.deepEqual(
          server.calls.map(({ authorization }) => authorization),
          ["Bearer given", "Bearer a", "Bearer b", "Bearer c"],
        );
      },
      { token: "given" },
    );
  });

  test("a token that the server repeats is not told", () =>
    withClient(
      {
        GetFlightInfo(_call, callback) {
          callback(
            grpcError(Status.UNAUTHENTICATED, "token given-by-me expired"),
            null,
          );
        },
      },
      async (client) => {
        await assert.rejects(
          client.query("1"),
          /^Failure: token \*\*\* expired \(server/,
        );
      },
      { token: "given-by-me" },
    ));
});

test("cookies from headers and trailers of any call come back, as long as they live", () => {
  const answers = [
    {
      initial: [
        ["set-cookie", "a=1; Path=/"],
        ["set-cookie", "b=2"],
      ],
      trailing: [],
    },
    {
      initial: [],
      trailing: [
        ["set-cookie", "a=3"],
        ["set-cookie", "c=4; Max-Age=60"],
      ],
    },
    { initial: [], trailing: [["set-cookie", "b=; Max-Age=0"]] },
    { initial: [], trailing: [] },
  ] as const;
  let next = 0;
  return withClient(
    {
      GetFlightInfo(call, callback) {
        const { initial, trailing } = answers[next++] ?? answers[3];
        call.sendMetadata(headers(...initial));
        callback(null, {}, headers(...trailing));
      },
    },
    async (client, server) => {
      while (next < answers.length) await client.query("SELECT 1");
      assert.deepEqual(
        server.calls.map(({ cookie }) => cookie),
        [undefined, "a=1; b=2", "a=3; b=2; c=4", "a=3; c=4"],
      );
    },
  );
});

describe("headers", () => {
  test("go out with every call, binary ones from base64", () =>
    withClient(
      results,
      async (client, server) => {
        await client.rows("SELECT 1");
        for (const { metadata } of server.calls) {
          assert.deepEqual(metadata.get("database"), ["main"]);
          assert.deepEqual(metadata.get("x-bin"), [Buffer.from([1, 2, 255])]);
        }
        assert.equal(server.calls.length, 2);
      },
      { headers: { Database: "main", "x-bin": "AQL/" } },
    ));

  for (const [name, options] of [
    ["a token and a user name", { token: "t", username: "u" }],
    [
      "a token and an authorization header",
      { token: "t", headers: { Authorization: "x" } },
    ],
    ["a user name with a colon", { username: "a:b" }],
    ["a header name with a blank", { headers: { "a b": "x" } }],
  ] as const)
    test(`${name} are refused before anything is called`, async () => {
      await assert.rejects(
        FlightClient.connect(
          { url: "flightsql://localhost:1", ...options },
          quiet(),
        ),
        { code: "invalid_config" },
      );
    });
});

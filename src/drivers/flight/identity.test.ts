import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe } from "node:test";
import { BasicAuth } from "./messages.js";
import { located, play, readAll, sendRows } from "./scenario.test.js";
import type { Scenario, World } from "./scenario.test.js";
import { grpcError, headers } from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";

const plain = () => located([]);

/** A Handshake that looks at its payload only, as Arrow's ServerAuthHandler does (archery's auth:basic_proto). */
const byPayload: Required<Pick<FlightHandlers, "Handshake">> = {
  Handshake(call) {
    call.on("data", ({ payload }: { payload: Uint8Array }) => {
      const { username, password } = BasicAuth.decode(payload);
      if (username === "arrow" && password === "flight")
        call.write({ payload: Buffer.from("token-of-arrow") });
      else call.emit("error", grpcError(Status.UNAUTHENTICATED, "who?"));
    });
    call.on("end", () => call.end());
  },
};

/** A Handshake without an answer but trailers. */
const trailersOnly: Required<Pick<FlightHandlers, "Handshake">> = {
  Handshake(call) {
    call.on("data", () => undefined);
    call.on("end", () => {
      const found = call.metadata.get("authorization")[0] ?? "";
      assert.match(found.toString(), /^Basic /);
      call.end(headers(["authorization", "Bearer from-a-trailer"]));
    });
  },
};

const ann = { username: "ann", password: "secret-of-ann" };

describe("Handshake", () => {
  play([
    {
      name: "by its payload: the token goes in auth-token-bin, and Basic never again",
      home: () => ({
        ...byPayload,
        ...plain(),
        DoGet(call) {
          const [token] = call.metadata.get("auth-token-bin");
          assert.deepEqual(token, Buffer.from("token-of-arrow"));
          sendRows(call);
        },
      }),
      options: () => ({ username: "arrow", password: "flight" }),
      expect: {
        calls: {
          home: [
            `Handshake Basic ${Buffer.from("arrow:flight").toString("base64")}`,
            "GetFlightInfo -",
            "DoGet -",
          ],
        },
      },
    },
    {
      name: "by its payload, with a wrong password",
      home: () => ({ ...byPayload, ...plain() }),
      options: () => ann,
      expect: { failure: ["unauthenticated", /^who\? .*check the user name/] },
    },
    {
      name: "that sends the payload back has not logged in: Basic goes with the calls",
      home: () => ({
        ...plain(),
        Handshake(call) {
          call.on("data", (message: { payload: Uint8Array }) =>
            call.write(message),
          );
          call.on("end", () => call.end());
        },
      }),
      options: () => ({ username: "u", password: "p" }),
      expect: {
        calls: {
          home: ["Handshake", "GetFlightInfo", "DoGet"].map(
            (call) => `${call} Basic ${Buffer.from("u:p").toString("base64")}`,
          ),
        },
      },
    },
    {
      name: "that answers by trailers only",
      home: () => ({ ...trailersOnly, ...plain() }),
      options: () => ({ username: "u", password: "p" }),
      expect: {
        calls: {
          home: [
            `Handshake Basic ${Buffer.from("u:p").toString("base64")}`,
            "GetFlightInfo Bearer from-a-trailer",
            "DoGet Bearer from-a-trailer",
          ],
        },
      },
    },
    {
      name: "is asked again when the server is too busy for it",
      home: () => {
        let asked = 0;
        return {
          ...plain(),
          Handshake(call) {
            if (asked++ === 0)
              call.emit("error", grpcError(Status.UNAVAILABLE, "draining"));
            else trailersOnly.Handshake(call);
          },
        };
      },
      options: () => ({ username: "u", password: "p" }),
      expect: { log: [/^warn: call Handshake: draining .*try 2 of 5/] },
    },
    {
      name: "is not there for a caller who says so himself",
      home: () => ({ ...trailersOnly, ...plain() }),
      options: () => ({ authorizationHeader: "Anonymous" }),
      expect: {
        calls: { home: ["GetFlightInfo Anonymous", "DoGet Anonymous"] },
      },
    },
  ]);
});

describe("a bearer", () => {
  /** Each answer brings the next token, and only that one is taken. */
  function rotating(): FlightHandlers {
    let good = "secret-0";
    const take = (call: { metadata: { get(name: string): unknown[] } }) => {
      assert.deepEqual(call.metadata.get("authorization"), [`Bearer ${good}`]);
      good = `secret-${String(Number(good.slice(7)) + 1)}`;
      return headers(["authorization", `Bearer ${good}`]);
    };
    return {
      GetFlightInfo(call, callback) {
        call.sendMetadata(take(call));
        callback(null, { endpoint: [{}, {}, {}] });
      },
      DoGet(call) {
        call.sendMetadata(take(call));
        sendRows(call);
      },
    };
  }

  play([
    {
      name: "that changes with every answer is followed",
      home: rotating,
      options: () => ({ token: "secret-0" }),
      expect: {
        answer: [1n, 2n, 3n, 1n, 2n, 3n, 1n, 2n, 3n],
        calls: {
          home: ["GetFlightInfo", "DoGet", "DoGet", "DoGet"].map(
            (call, index) => `${call} Bearer secret-${String(index)}`,
          ),
        },
      },
    },
    {
      name: "that expires between two endpoints ends the read: Basic would begin another session",
      home: () => ({
        ...trailersOnly,
        GetFlightInfo(_call, callback) {
          callback(null, {
            endpoint: [{}, { ticket: { ticket: Buffer.from("2") } }],
          });
        },
        DoGet(call) {
          if (call.request.ticket.byteLength === 0) sendRows(call);
          else
            call.emit(
              "error",
              grpcError(Status.UNAUTHENTICATED, "the session has expired"),
            );
        },
      }),
      options: () => ({ username: "u", password: "p" }),
      expect: {
        failure: ["unauthenticated", /^the session has expired/],
        calls: { home: ["Handshake", "GetFlightInfo", "DoGet", "DoGet"] },
      },
    },
  ]);
});

describe("cookies", () => {
  const setting = (...values: readonly string[]): Scenario["home"] => {
    let asked = 0;
    return () => ({
      ...plain(),
      GetFlightInfo(_call, callback) {
        const pairs = values.map((value) => ["set-cookie", value] as const);
        callback(null, {}, asked++ === 0 ? headers(...pairs) : undefined);
      },
    });
  };
  const secondCookie = async (
    client: Parameters<typeof readAll>[0],
    world: World,
  ) => {
    await readAll(client);
    await readAll(client);
    return world.server("home").calls[1]?.cookie;
  };
  const day = "Wed, 21 Oct 2065 07:28:00 GMT";
  for (const [name, values, sent] of [
    ["of a trailer", ["a=1"], "a=1"],
    [
      "joined in one header",
      [`a=1; Expires=${day}; Path=/, b=2;Secure,c=3`],
      "a=1; b=2; c=3",
    ],
    [
      "that are over",
      [
        "a=1; Max-Age=0",
        "b=2",
        `c=3; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT`,
      ],
      "b=2; c=3",
    ],
  ] as const)
    play([
      {
        name,
        home: setting(...values),
        ask: secondCookie,
        expect: { answer: sent },
      },
    ]);
});

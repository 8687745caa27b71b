import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { describe, mock } from "node:test";
import { BasicAuth } from "./messages.js";
import type { OAuthOptions } from "./oauth.js";
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

/** A token endpoint that takes its client's secret where it is told to, and counts its tokens. */
function tokenEndpoint(
  takes: (form: URLSearchParams, authorization: string) => boolean,
  answer: Readonly<Record<string, unknown>> = {},
): (world: World) => RequestListener {
  let given = 0;
  return () => (request, response) => {
    void text(request).then((body) => {
      const { authorization = "" } = request.headers;
      const ok = takes(new URLSearchParams(body), authorization);
      const token = { access_token: `secret-${String(++given)}`, ...answer };
      response
        .writeHead(ok ? 200 : 401, { "content-type": "application/json" })
        .end(
          JSON.stringify(
            ok
              ? token
              : {
                  error: "invalid_client",
                  error_description: "no such client s3cret!",
                },
          ),
        );
    });
  };
}

function client(
  world: World,
  more: Partial<OAuthOptions> = {},
): { readonly oauth: OAuthOptions } {
  return {
    oauth: {
      flow: "client_credentials",
      tokenUri: `http://127.0.0.1:${String(world.port("http"))}/token`,
      clientId: "me:1",
      clientSecret: "s3cret!",
      ...more,
    },
  };
}

const basic = `Basic ${Buffer.from("me%3A1:s3cret%21").toString("base64")}`;

/** A server that takes only this token. */
const taking = (token: () => string): FlightHandlers => ({
  ...plain(),
  GetFlightInfo(call, callback) {
    const [given = ""] = call.metadata.get("authorization");
    if (given.toString() !== `Bearer ${token()}`)
      callback(
        grpcError(Status.UNAUTHENTICATED, `${given.toString()} has expired`),
        null,
      );
    else callback(null, { endpoint: [{}] });
  },
});

describe("OAuth", () => {
  play([
    {
      name: "client credentials by header: one token for all calls",
      home: plain,
      http: tokenEndpoint(
        (form, authorization) =>
          authorization === basic &&
          form.toString() === "grant_type=client_credentials&scope=sql",
        { expires_in: 3600 },
      ),
      options: (world) => client(world, { scope: "sql" }),
      expect: {
        calls: {
          home: ["GetFlightInfo Bearer secret-1", "DoGet Bearer secret-1"],
        },
      },
    },
    {
      name: "client credentials in the body, where the endpoint does not take the header",
      home: plain,
      http: tokenEndpoint(
        (form) =>
          form.get("client_id") === "me:1" &&
          form.get("client_secret") === "s3cret!",
      ),
      options: (world) => client(world),
      expect: {
        calls: { http: [`POST /token ${basic} -`, "POST /token - -"] },
      },
    },
    {
      name: "a token that is about to expire is renewed before the next call",
      home: plain,
      http: tokenEndpoint(() => true, { expires_in: 0 }),
      options: (world) => client(world),
      expect: {
        calls: {
          home: ["GetFlightInfo Bearer secret-2", "DoGet Bearer secret-3"],
        },
      },
    },
    {
      name: "a token is used until a minute before it expires",
      home: plain,
      http: tokenEndpoint(() => true, { expires_in: "3600" }),
      options: (world) => client(world),
      ask: async (flight) => {
        mock.timers.enable({ apis: ["Date"], now: Date.now() });
        try {
          await flight.query("SELECT 1");
          mock.timers.tick(3_535_000);
          await flight.query("SELECT 2");
          mock.timers.tick(6_000);
          await flight.query("SELECT 3");
        } finally {
          mock.timers.reset();
        }
      },
      expect: {
        answer: undefined,
        calls: {
          home: [1, 1, 2].map(
            (token) => `GetFlightInfo Bearer secret-${String(token)}`,
          ),
        },
      },
    },
    {
      name: "a token that the server does not take any more is renewed, once",
      home: () => taking(() => "secret-2"),
      http: tokenEndpoint(() => true),
      options: (world) => client(world),
      expect: {
        calls: {
          home: [
            "GetFlightInfo Bearer secret-1",
            "GetFlightInfo Bearer secret-2",
            "DoGet Bearer secret-2",
          ],
        },
        log: [
          /^info: call GetFlightInfo: Bearer \*\*\* has expired .*trying a new token/,
        ],
      },
    },
    {
      name: "a server that takes no token is not asked for ever",
      home: () => taking(() => "another"),
      http: tokenEndpoint(() => true),
      options: (world) => client(world),
      expect: {
        failure: ["unauthenticated", /^Bearer \*\*\* has expired/],
        calls: { home: ["GetFlightInfo", "GetFlightInfo"] },
      },
    },
    {
      name: "token exchange sends what RFC 8693 says",
      home: plain,
      http: tokenEndpoint((form) => {
        assert.deepEqual(Object.fromEntries(form), {
          grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
          subject_token: "subject-secret",
          subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
          actor_token: "actor-secret",
          actor_token_type: "urn:ietf:params:oauth:token-type:access_token",
          requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
          scope: "a b",
          audience: "warehouse",
          resource: "https://db.example",
        });
        return true;
      }),
      options: (world) =>
        client(world, {
          flow: "token_exchange",
          clientId: undefined,
          clientSecret: undefined,
          exchange: {
            subjectToken: "subject-secret",
            subjectTokenType: "jwt",
            actorToken: "actor-secret",
            actorTokenType: "access_token",
            requestedTokenType: "access_token",
            scope: "a b",
            aud: "warehouse",
            resource: "https://db.example",
          },
        }),
      expect: {
        calls: {
          home: ["GetFlightInfo Bearer secret-1", "DoGet Bearer secret-1"],
        },
      },
    },
    {
      name: "an endpoint that refuses the client says so, and no secret",
      home: plain,
      http: tokenEndpoint(() => false),
      options: (world) => client(world),
      expect: {
        failure: [
          "unauthenticated",
          /^invalid_client: no such client \*\*\* \(token endpoint http:\/\/127\.0\.0\.1:\d+\/token, status 401\); check the settings of oauth$/,
        ],
        calls: { home: [] },
      },
    },
    {
      name: "an endpoint that answers no token says so",
      home: plain,
      http: () => (_request, response) => response.end("<html>"),
      options: (world) => client(world),
      expect: {
        failure: ["unauthenticated", /^the answer holds no token .*status 200/],
      },
    },
    {
      name: "an endpoint that is not there is unavailable",
      home: plain,
      http: tokenEndpoint(() => true),
      options: (world) =>
        client(world, {
          tokenUri: `http://127.0.0.1:${String(world.port("nobody"))}/token`,
        }),
      expect: { failure: ["unavailable", /ECONNREFUSED.*token endpoint/] },
    },
    {
      name: "an endpoint that says nothing is waited for as long as for a connection",
      home: plain,
      http: () => () => undefined,
      options: (world) => ({ ...client(world), connectTimeoutSeconds: 0.3 }),
      expect: { failure: ["timeout", /^no answer in time \(token endpoint/] },
    },
    ...(
      [
        [{ clientSecret: undefined }, /oauth.client_secret/],
        [{ flow: "token_exchange" }, /oauth.exchange/],
        [{ tokenUri: "not a uri" }, /oauth.token_uri/],
      ] as const
    ).map(([change, message]): Scenario => ({
      name: `${Object.keys(change).join()} that is wrong is refused before anything is called`,
      home: plain,
      http: tokenEndpoint(() => true),
      options: (world) => client(world, change),
      expect: {
        failure: ["invalid_config", message],
        calls: { home: [], http: [] },
      },
    })),
  ]);
});

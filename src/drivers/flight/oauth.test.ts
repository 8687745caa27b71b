import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { describe, mock } from "node:test";
import type { OAuthOptions } from "./oauth.js";
import { located, play } from "./scenario.test.js";
import type { Scenario, World } from "./scenario.test.js";
import { grpcError } from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";

const plain = () => located([]);

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

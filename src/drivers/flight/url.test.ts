import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addressOf } from "./options.js";
import { displayAddress, parseFlightUrl } from "./url.js";

describe("URLs", () => {
  const nobody = { username: undefined, password: undefined };
  const cases: readonly (readonly [string, object])[] = [
    [
      "flightsql://db.example",
      { host: "db.example", port: 31337, tls: true, ...nobody },
    ],
    [
      "flightsql://db.example:443/",
      { host: "db.example", port: 443, tls: true, ...nobody },
    ],
    [
      "flightsql://h:1?transport=tcp",
      { host: "h", port: 1, tls: false, ...nobody },
    ],
    [
      "flightsql://h:1/?transport=tls",
      { host: "h", port: 1, tls: true, ...nobody },
    ],
    ["grpc://h:1", { host: "h", port: 1, tls: false, ...nobody }],
    ["grpc+tcp://h", { host: "h", port: 31337, tls: false, ...nobody }],
    ["grpc+tls://h:80", { host: "h", port: 80, tls: true, ...nobody }],
    ["flightsql://[::1]:5", { host: "::1", port: 5, tls: true, ...nobody }],
    [
      "flightsql://a%40b:p%2Fw%3A@h",
      { host: "h", port: 31337, tls: true, username: "a@b", password: "p/w:" },
    ],
  ];
  for (const [url, address] of cases)
    test(url, () => {
      assert.deepEqual(parseFlightUrl(url), address);
    });

  for (const [url, message] of [
    ["db.example:31337", /scheme db\.example:\/\/ is not known|not a URL/],
    ["", /not a URL/],
    ["http://h", /scheme http:\/\/ is not known/],
    ["flightsql://", /names no host/],
    ["flightsql://h:99999", /not a URL/],
    ["flightsql://h:0", /port 0/],
    ["flightsql://h/path", /nothing may follow/],
    ["flightsql://h#x", /nothing may follow/],
    ["flightsql://h?transport=unix", /transport is tls or tcp/],
    ["flightsql://h?transport=tls&transport=tcp", /transport is tls or tcp/],
    ["flightsql://h?tls=1", /parameter tls is not known/],
    ["grpc+tls://h?transport=tcp", /contradicts/],
    ["flightsql://u:%ff@h", /password is not percent-encoded/],
  ] as const)
    test(`refused: ${url}`, () => {
      assert.throws(() => parseFlightUrl(url), {
        code: "invalid_config",
        message,
      });
    });

  test("a refused URL is not repeated, since it may hold a password", () => {
    assert.throws(
      () => parseFlightUrl("flightsql://u:hidden@h/x"),
      (error: Error) => {
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      },
    );
  });
});

test("addresses are shown with brackets where they need them", () => {
  assert.equal(
    displayAddress(parseFlightUrl("flightsql://[::1]:5")),
    "[::1]:5",
  );
  assert.equal(displayAddress(parseFlightUrl("flightsql://h:5")), "h:5");
});

test("settings win over the URL, and certificates need TLS", () => {
  const address = addressOf({ url: "grpc://a:b@h", username: "c" });
  assert.equal(address.username, "c");
  assert.equal(address.password, "b");
  for (const extra of [{ tlsSkipVerify: true }, { tlsRootCerts: "x" }])
    assert.throws(() => addressOf({ url: "grpc://h", ...extra }), {
      code: "invalid_config",
    });
});

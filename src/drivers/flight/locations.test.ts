import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LocationPolicy } from "./locations.js";
import { displayAddress, parseFlightUrl } from "./url.js";

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

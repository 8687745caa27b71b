import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { encodeStream } from "../../arrow/ipc-stream.js";
import { writeParquet } from "../../arrow/parquet.js";
import { located, play, rows } from "./scenario.test.js";
import type { Scenario, World } from "./scenario.test.js";

const ann = { token: "secret-of-ann" };
const all = { allowedLocations: ["127.0.0.1"], ...ann };

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
      name: "a body that stops coming is given up after the idle timeout",
      home: http,
      http: () => (_request, response) =>
        response.write(stream.subarray(0, 11)),
      options: () => ({ ...all, idleTimeoutSeconds: 0.2 }),
      expect: {
        failure: [
          "timeout",
          /^nothing came for 0\.2 s \(server 127\.0\.0\.1:\d+, GET\)/,
        ],
      },
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

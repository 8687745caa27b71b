import assert from "node:assert/strict";
import { constants } from "node:http2";
import { describe, test } from "node:test";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { Failure } from "../../failure.js";
import type { FailureCode } from "../../failure.js";
import { FlightClient } from "./client.js";
import { encodeFlightData } from "./flight-data.js";
import type { FlightOptions } from "./options.js";
import { sendBatches, serveRaw } from "./raw-server.test.js";
import type { RawCall } from "./raw-server.test.js";
import { rows } from "./scenario.test.js";
import { int64s, quiet } from "./scripted-server.test.js";

/** What a server does with a stream below gRPC, and what its reader sees. */
interface Break {
  readonly name: string;
  readonly doGet: (call: RawCall, attempt: number) => void;
  /** Whether the ticket may be used again. @default false */
  readonly expires?: boolean;
  readonly options?: Partial<FlightOptions>;
  /** Rows that come. */
  readonly rows: number;
  readonly failure?: readonly [FailureCode, RegExp];
  /** @default 1 */
  readonly sessions?: number;
}

/** Once everything that was written has gone out. */
function afterwards(call: RawCall, action: () => void): void {
  call.stream.write("", () => setImmediate(action));
}

const inAnHour = { seconds: BigInt(Math.floor(Date.now() / 1000) + 3600) };

const breaks: readonly Break[] = [
  {
    name: "RST_STREAM in the middle is an error that a proxy may have made",
    doGet: (call) => {
      sendBatches(call, 2);
      afterwards(call, () => {
        call.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      });
    },
    rows: 6,
    failure: ["unavailable", /RST_STREAM.*keepalive_time_seconds/],
  },
  {
    name: "RST_STREAM before the first row is tried again where the ticket allows it",
    doGet: (call, attempt) => {
      sendBatches(call, attempt === 1 ? 0 : 1);
      if (attempt > 1) call.end();
      else
        afterwards(call, () => {
          call.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
        });
    },
    expires: true,
    rows: 3,
  },
  {
    name: "a connection that is cut in the middle is unavailable",
    doGet: (call) => {
      sendBatches(call, 1);
      afterwards(call, () => {
        call.stream.session?.destroy();
      });
    },
    rows: 3,
    failure: ["unavailable", /call DoGet/],
  },
  {
    name: "one that is cut before the first row is made again where the ticket allows it",
    doGet: (call, attempt) => {
      if (attempt === 1) call.stream.session?.destroy();
      else {
        sendBatches(call, 1);
        call.end();
      }
    },
    expires: true,
    rows: 3,
    sessions: 2,
  },
  {
    name: "and not where the ticket is good once",
    doGet: (call) => call.stream.session?.destroy(),
    rows: 0,
    failure: ["unavailable", /call DoGet/],
  },
  {
    name: "GOAWAY lets the stream end, and what comes next takes another connection",
    doGet: (call, attempt) => {
      sendBatches(call, 1);
      if (attempt === 1)
        call.stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
      afterwards(call, () => {
        call.send(encodeFlightData(encodeBatch(rows)));
        call.end();
      });
    },
    rows: 6,
  },
  {
    name: "a stream that says nothing is given up after the idle timeout",
    doGet: (call) => {
      sendBatches(call, 1);
    },
    options: { idleTimeoutSeconds: 0.2 },
    rows: 3,
    failure: [
      "timeout",
      /^nothing came for 0\.2 s .*raise idle_timeout_seconds/,
    ],
  },
  {
    name: "a status in the middle is told with its text",
    doGet: (call) => {
      sendBatches(call, 1);
      call.end(14, { "grpc-message": "going%20down" });
    },
    rows: 3,
    failure: ["unavailable", /^going down/],
  },
  {
    name: "an HTTP error of a proxy is told",
    doGet: ({ stream }) => {
      stream.respond(
        { ":status": 502, "content-type": "text/html" },
        { endStream: true },
      );
    },
    rows: 0,
    failure: ["unavailable", /502/],
  },
];

describe("what breaks below gRPC", () => {
  for (const {
    name,
    doGet,
    expires,
    options,
    rows: count,
    failure,
    sessions = 1,
  } of breaks)
    test(name, { timeout: 20_000 }, async () => {
      const expirationTime = expires === true ? inAnHour : undefined;
      await using server = await serveRaw(doGet, [{ expirationTime }]);
      await using client = await FlightClient.connect(
        { url: server.url, retriesMax: 1, ...options },
        quiet(),
      );
      const values: bigint[] = [];
      const read = async () => {
        const { endpoints } = await client.query("SELECT n");
        for (const endpoint of endpoints)
          for await (const part of client.read(endpoint))
            values.push(...int64s(part));
      };
      if (failure === undefined) await read();
      else
        await assert.rejects(read(), (error) => {
          assert.ok(error instanceof Failure);
          assert.match(error.message, failure[1]);
          assert.equal(error.code, failure[0]);
          return true;
        });
      assert.equal(values.length, count);
      assert.equal(client.openCalls, 0);
      assert.equal(server.sessions(), sessions);
    });
});

test("after GOAWAY the next query takes another connection", async () => {
  await using server = await serveRaw((call, attempt) => {
    sendBatches(call, 1);
    if (attempt === 1) call.stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
    call.end();
  });
  await using client = await FlightClient.connect({ url: server.url }, quiet());
  for (const expected of [1, 2]) {
    const { batches } = await client.rows("SELECT n");
    assert.equal(batches.length, 1);
    assert.ok(server.sessions() <= expected);
  }
  assert.equal(server.sessions(), 2);
});

test(
  "a quiet connection is pinged as often as the setting says",
  { timeout: 20_000 },
  async () => {
    let pings = 0;
    await using server = await serveRaw((call) => {
      call.stream.session?.on("ping", () => {
        if (++pings === 2) {
          sendBatches(call, 1);
          call.end();
        }
      });
    });
    await using client = await FlightClient.connect(
      { url: server.url, keepaliveTimeSeconds: 0.1 },
      quiet(),
    );
    const { batches } = await client.rows("SELECT n");
    assert.equal(batches.length, 1);
    assert.ok(pings >= 2);
  },
);

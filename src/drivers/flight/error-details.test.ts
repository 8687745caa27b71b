import { Metadata, status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Any } from "./messages.js";
import { plain as one, repeated } from "./protobuf-fields.js";
import { MessageType } from "./protobuf.js";
import type { FieldSpecs } from "./protobuf-fields.js";
import { located, play, sendRows } from "./scenario.test.js";
import type { Scenario } from "./scenario.test.js";
import { grpcError } from "./scripted-server.test.js";
import { packAny } from "./sql-messages.js";
import { statusDetails } from "./status-details.js";

/** google.rpc.Status, written by the published numbers and not by the reader's tables. */
const RpcStatus = new MessageType("Status", {
  code: one(1, "int32"),
  message: one(2, "string"),
  details: repeated(3, Any),
});

function detail(name: string, fields: FieldSpecs, value: object) {
  return {
    typeUrl: `type.googleapis.com/google.rpc.${name}`,
    value: new MessageType(name, fields).encode(value),
  };
}

const text = (number: number) => one(number, "string");
const pair = new MessageType("Pair", { a: text(1), b: text(2), c: text(3) });
const duration = new MessageType("Duration", {
  seconds: one(1, "int64"),
  nanos: one(2, "int32"),
});

const errorInfo = detail(
  "ErrorInfo",
  { reason: text(1), domain: text(2) },
  { reason: "QUEUE_FULL", domain: "db" },
);
const retryIn = (seconds: bigint, nanos = 0) =>
  detail(
    "RetryInfo",
    { delay: one(1, duration) },
    { delay: { seconds, nanos } },
  );

/** Trailers with these details. */
function rich(
  ...details: readonly { typeUrl: string; value: Uint8Array }[]
): Metadata {
  const metadata = new Metadata();
  metadata.set(
    "grpc-status-details-bin",
    RpcStatus.encode({ code: 14, message: "x", details }),
  );
  return metadata;
}

function header(name: string, value: string): Metadata {
  const metadata = new Metadata();
  metadata.set(name, value);
  return metadata;
}

function brokenDetails(): Metadata {
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from([26, 99, 1]));
  return metadata;
}

/** As Arrow C++'s servers send them. */
function arrowDetails(): Metadata {
  const metadata = new Metadata();
  metadata.set("x-arrow-status-detail-bin", Buffer.from("disk full"));
  return metadata;
}

describe("details of an error", () => {
  const cases: readonly (readonly [string, Metadata, readonly string[]])[] = [
    ["ErrorInfo", rich(errorInfo), ["QUEUE_FULL of db"]],
    [
      "BadRequest",
      rich(
        detail(
          "BadRequest",
          { v: repeated(1, pair) },
          { v: [{ a: "sql", b: "no such column" }] },
        ),
      ),
      ["sql: no such column"],
    ],
    [
      "QuotaFailure",
      rich(
        detail(
          "QuotaFailure",
          { v: repeated(1, pair) },
          { v: [{ a: "user:ann", b: "10 queries" }] },
        ),
      ),
      ["user:ann: 10 queries"],
    ],
    [
      "PreconditionFailure",
      rich(
        detail(
          "PreconditionFailure",
          { v: repeated(1, pair) },
          { v: [{ a: "TOS", b: "db", c: "not accepted" }] },
        ),
      ),
      ["TOS: db: not accepted"],
    ],
    [
      "ResourceInfo",
      rich(
        detail(
          "ResourceInfo",
          { a: text(1), b: text(2), c: text(4) },
          { a: "table", b: "t", c: "dropped" },
        ),
      ),
      ["table t: dropped"],
    ],
    [
      "Help",
      rich(
        detail(
          "Help",
          { v: repeated(1, pair) },
          { v: [{ a: "limits", b: "https://db.example/limits" }] },
        ),
      ),
      ["limits: https://db.example/limits"],
    ],
    [
      "RequestInfo",
      rich(detail("RequestInfo", { a: text(1) }, { a: "r-7" })),
      ["request r-7"],
    ],
    [
      "DebugInfo",
      rich(detail("DebugInfo", { a: text(2) }, { a: "at line 3" })),
      ["at line 3"],
    ],
    [
      "LocalizedMessage",
      rich(
        detail(
          "LocalizedMessage",
          { a: text(1), b: text(2) },
          { a: "de", b: "voll" },
        ),
      ),
      ["voll"],
    ],
    ["several", rich(errorInfo, retryIn(1n), errorInfo), ["QUEUE_FULL of db"]],
    [
      "one that nobody knows",
      rich({ typeUrl: "type.googleapis.com/x.Y", value: Buffer.from([1]) }),
      [],
    ],
    ["bytes that are none", brokenDetails(), []],
    ["those of Arrow C++", arrowDetails(), ["disk full"]],
  ];
  for (const [name, metadata, texts] of cases)
    test(name, () => {
      assert.deepEqual(statusDetails([metadata]).texts, texts);
    });

  const now = Date.parse("2026-01-01T00:00:00Z");
  for (const [name, metadata, milliseconds] of [
    ["RetryInfo", rich(retryIn(2n, 500_000_000)), 2500],
    ["pushback", header("grpc-retry-pushback-ms", "700"), 700],
    [
      "pushback that says never",
      header("grpc-retry-pushback-ms", "-1"),
      Infinity,
    ],
    ["retry-after in seconds", header("retry-after", "3"), 3000],
    [
      "retry-after as a date",
      header("retry-after", "Thu, 01 Jan 2026 00:00:09 GMT"),
      9000,
    ],
    [
      "retry-after that is over",
      header("retry-after", "Thu, 01 Jan 2025 00:00:09 GMT"),
      0,
    ],
    ["nothing", new Metadata(), undefined],
  ] as const)
    test(`time to wait: ${name}`, () => {
      assert.equal(statusDetails([metadata], now).retryAfter, milliseconds);
    });
});

/** A server that is busy for the first calls. */
function busy(
  times: number,
  trailers?: Metadata,
  code = Status.UNAVAILABLE,
): Scenario["home"] {
  return () => {
    let asked = 0;
    const refuse = () => grpcError(code, "queue full", trailers);
    return {
      GetFlightInfo(_call, callback) {
        if (asked++ < times) callback(refuse(), null);
        else callback(null, { endpoint: [{}] });
      },
      DoGet: sendRows,
    };
  };
}

const fails = (count: number) => Array<string>(count).fill("GetFlightInfo");

const transaction = packAny("ActionBeginTransactionResult", {
  transactionId: Uint8Array.of(7),
});

describe("a server that is busy", () => {
  play([
    {
      name: "is asked again, with the details in the log",
      home: busy(2, rich(errorInfo, retryIn(0n, 1000))),
      expect: {
        calls: { home: [...fails(3), "DoGet"] },
        log: [
          /^warn: call GetFlightInfo: queue full \[QUEUE_FULL of db\] \(server 127\.1:\d+, call GetFlightInfo\); try 2 of 5 in 0\.\d\d s$/,
          /try 3 of 5/,
        ],
      },
    },
    {
      name: "for too long is given up, and said so",
      home: busy(9, rich(retryIn(0n, 1000))),
      options: () => ({ retriesMax: 2 }),
      expect: {
        failure: ["unavailable", /^queue full .*; tried 3 times$/],
        calls: { home: fails(3) },
      },
    },
    {
      name: "is left alone when it says so",
      home: busy(1, header("grpc-retry-pushback-ms", "-1")),
      expect: {
        failure: ["unavailable", /^queue full/],
        calls: { home: fails(1) },
      },
    },
    {
      name: "by RESOURCE_EXHAUSTED is asked again only if it says when",
      home: busy(1, rich(retryIn(0n, 1000)), Status.RESOURCE_EXHAUSTED),
      expect: { calls: { home: [...fails(2), "DoGet"] } },
    },
    {
      name: "by RESOURCE_EXHAUSTED without a time is not",
      home: busy(1, undefined, Status.RESOURCE_EXHAUSTED),
      expect: {
        failure: ["exhausted", /^queue full/],
        calls: { home: fails(1) },
      },
    },
    {
      name: "is not asked again after its time is up",
      home: busy(9, rich(retryIn(60n))),
      options: () => ({ queryTimeoutSeconds: 5 }),
      expect: {
        failure: ["unavailable", /^queue full/],
        calls: { home: fails(1) },
      },
    },
    {
      name: "is asked again for a statement that may write, for it was refused before it ran",
      home: busy(1, rich(retryIn(0n, 1000))),
      ask: async (client) =>
        (await client.query("INSERT INTO t SELECT 1")).endpoints.length,
      expect: { answer: 1, calls: { home: fails(2) } },
    },
    {
      name: "after it began an answer is not asked again for a statement that may write",
      home: () => ({
        GetFlightInfo(call, callback) {
          call.sendMetadata(new Metadata());
          callback(grpcError(Status.UNAVAILABLE, "going down"), null);
        },
      }),
      ask: (client) => client.query("INSERT INTO t SELECT 1"),
      expect: {
        failure: ["unavailable", /^going down/],
        calls: { home: fails(1) },
      },
    },
    {
      name: "is asked again for an action that it refused",
      home: () => {
        let asked = 0;
        return {
          DoAction(call) {
            if (asked++ === 0)
              call.emit(
                "error",
                grpcError(
                  Status.UNAVAILABLE,
                  "queue full",
                  rich(retryIn(0n, 1000)),
                ),
              );
            else {
              call.write({ body: transaction });
              call.end();
            }
          },
        };
      },
      ask: async (client) => [...(await client.beginTransaction())],
      expect: { answer: [7], calls: { home: ["DoAction", "DoAction"] } },
    },
    {
      name: "is never sent an update twice",
      home: () => ({
        ...located([]),
        DoPut(call) {
          call.emit("error", grpcError(Status.UNAVAILABLE, "going down"));
        },
      }),
      ask: (client) => client.update("DELETE FROM t"),
      expect: {
        failure: ["unavailable", /^going down/],
        calls: { home: ["DoPut"] },
      },
    },
  ]);
});

import { ServerCredentials, status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { Failure } from "../../failure.js";
import { FlightClient } from "./client.js";
import type { FlightOptions } from "./options.js";
import {
  answering,
  batch,
  grpcError,
  quiet,
  serve,
  withClient,
} from "./scripted-server.test.js";
import type { ScriptedServer } from "./scripted-server.test.js";
import { selfSigned } from "./self-signed.test.js";

const rows = batch({ n: [1n] });

/** The Failure that connecting ends with. */
async function failureOf(
  options: FlightOptions,
  context = quiet(),
): Promise<Failure> {
  try {
    const client = await FlightClient.connect(options, context);
    await client[Symbol.asyncDispose]();
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  assert.fail("it connected");
}

describe("TLS", () => {
  const { certificate, key } = selfSigned("localhost");
  const credentials = ServerCredentials.createSsl(null, [
    { private_key: key, cert_chain: certificate },
  ]);
  let server: ScriptedServer;
  before(async () => {
    server = await serve(answering(rows.schema, [rows]), credentials);
  });
  after(() => server[Symbol.asyncDispose]());
  const url = (host: string) => `flightsql://${host}:${String(server.port)}`;

  for (const [name, options] of [
    ["a CA that is given", { tlsRootCerts: certificate.toString() }],
    ["verification turned off", { tlsSkipVerify: true }],
  ] as const)
    test(`connects with ${name}`, async () => {
      const client = await FlightClient.connect(
        { url: url("localhost"), ...options },
        quiet(),
      );
      const { batches } = await client.rows("SELECT 1");
      assert.equal(batches.length, 1);
      await client[Symbol.asyncDispose]();
    });

  test("an authority of its own is sent, and the certificate is still that of the host", async () => {
    const before = server.calls.length;
    await using client = await FlightClient.connect(
      {
        url: url("localhost"),
        tlsRootCerts: certificate.toString(),
        authority: "flight.example:8815",
      },
      quiet(),
    );
    await client.rows("SELECT 1");
    const seen = server.calls.slice(before);
    assert.ok(seen.length > 0);
    for (const { authority } of seen)
      assert.equal(authority, "flight.example:8815");
  });

  test("an unknown CA is a matter of configuration", async () => {
    const failure = await failureOf({ url: url("localhost") });
    assert.equal(failure.code, "invalid_config");
    assert.match(
      failure.message,
      /^self-signed certificate.*\(server localhost:.*tls_root_certs/,
    );
  });

  test("so is a certificate for another name", async () => {
    const { certificate: other, key: otherKey } = selfSigned("example.test");
    const elsewhere = await serve(
      {},
      ServerCredentials.createSsl(null, [
        { private_key: otherKey, cert_chain: other },
      ]),
    );
    const failure = await failureOf({
      url: `flightsql://localhost:${String(elsewhere.port)}`,
      tlsRootCerts: other.toString(),
    });
    assert.equal(failure.code, "invalid_config");
    assert.match(failure.message, /altnames.*for another name/);
    await elsewhere[Symbol.asyncDispose]();
  });

  test("plaintext to a TLS server says so", async () => {
    const failure = await failureOf({
      url: `${url("127.0.0.1")}?transport=tcp`,
    });
    assert.match(failure.message, /if it wants TLS, use transport=tls/);
    assert.equal(failure.code, "unavailable");
  });

  test("TLS to a plaintext server says so", async () => {
    const plain = await serve({});
    const failure = await failureOf({
      url: `flightsql://localhost:${String(plain.port)}`,
    });
    assert.equal(failure.code, "invalid_config");
    assert.match(failure.message, /transport=tcp/);
    await plain[Symbol.asyncDispose]();
  });

  test("what is not a certificate is refused", async () => {
    for (const tlsRootCerts of [
      "ca.pem",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ])
      assert.equal(
        (await failureOf({ url: "flightsql://localhost:1", tlsRootCerts }))
          .code,
        "invalid_config",
      );
  });
});

describe("no connection", () => {
  test("nothing listens: unavailable at once, with the address", async () => {
    const listener = createServer();
    await once(listener.listen(0, "127.0.0.1"), "listening");
    const { port } = listener.address() as AddressInfo;
    await once(listener.close(), "close");
    const failure = await failureOf({
      url: `grpc://u:hidden-word@127.0.0.1:${String(port)}`,
    });
    assert.equal(failure.code, "unavailable");
    const server = `127.0.0.1:${String(port)}`;
    assert.match(
      failure.message,
      new RegExp(
        `^connect ECONNREFUSED ${server}.*\\(server ${server}, call connect\\); nothing listens there`,
      ),
    );
    assert.doesNotMatch(failure.message, /hidden-word/);
  });

  test("no such host", async () => {
    const failure = await failureOf({ url: "grpc://no-such-host.invalid:1" });
    assert.match(
      failure.message,
      /^getaddrinfo (ENOTFOUND|EAI_AGAIN) no-such-host.invalid/,
    );
    assert.ok(["invalid_config", "unavailable"].includes(failure.code));
  });

  describe("a server that never answers", () => {
    const sockets = new Set<Socket>();
    const listener = createServer((socket) => sockets.add(socket));
    before(() => once(listener.listen(0, "127.0.0.1"), "listening"));
    after(() => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    });
    const url = () =>
      `grpc://127.0.0.1:${String((listener.address() as AddressInfo).port)}`;

    test("ends with the connect timeout", async () => {
      const failure = await failureOf({
        url: url(),
        connectTimeoutSeconds: 0.05,
      });
      assert.equal(failure.code, "timeout");
      assert.match(failure.message, /raise connect_timeout_seconds/);
    });

    test("ends with the signal", async () => {
      const abort = new AbortController();
      const failed = failureOf({ url: url() }, quiet(abort.signal));
      abort.abort();
      assert.equal((await failed).code, "cancelled");
    });
  });
});

describe("deadlines", () => {
  for (const [call, options] of [
    ["GetFlightInfo", { queryTimeoutSeconds: 0.05 }],
    ["DoGet", { fetchTimeoutSeconds: 0.05 }],
    ["DoPut", { updateTimeoutSeconds: 0.05 }],
    ["DoAction", { updateTimeoutSeconds: 0.05 }],
  ] as const)
    test(`of ${call}`, () => {
      const silent = () => undefined;
      const { GetFlightInfo } = answering(rows.schema, [rows]);
      return withClient(
        {
          GetFlightInfo: call === "GetFlightInfo" ? silent : GetFlightInfo,
          DoGet: silent,
          DoPut: silent,
          DoAction: silent,
        },
        async (client) => {
          const run = {
            GetFlightInfo: () => client.query("SELECT 1"),
            DoGet: () => client.rows("SELECT 1"),
            DoPut: () => client.update("DELETE"),
            DoAction: () => client.beginTransaction(),
          };
          await assert.rejects(run[call](), (error) => {
            assert.ok(error instanceof Failure);
            assert.equal(error.code, "timeout");
            assert.match(
              error.message,
              new RegExp(`call ${call}\\); raise \\w+_timeout_seconds`),
            );
            return true;
          });
          assert.equal(client.openCalls, 0);
        },
        options,
      );
    });
});

test("a warning is logged when credentials leave the machine unencrypted", async () => {
  const context = quiet();
  await failureOf(
    { url: "grpc://no-such-host.invalid:1", token: "t" },
    context,
  );
  assert.deepEqual(context.logged, [
    "warn: the credentials for no-such-host.invalid:1 travel unencrypted (transport=tcp)",
  ]);
});

test("closing cancels what is open, and nothing opens afterwards", () =>
  withClient({ GetFlightInfo: () => undefined }, async (client) => {
    const open = client.query("SELECT 1");
    const failed = assert.rejects(open, { code: "cancelled" });
    await client[Symbol.asyncDispose]();
    await failed;
    assert.equal(client.openCalls, 0);
    await assert.rejects(client.query("SELECT 2"), { code: "internal" });
  }));

test("gRPC's statuses as failures, server text first", () => {
  const expected: readonly (readonly [Status, string])[] = [
    [Status.CANCELLED, "cancelled"],
    [Status.UNKNOWN, "internal"],
    [Status.INVALID_ARGUMENT, "internal"],
    [Status.DEADLINE_EXCEEDED, "timeout"],
    [Status.NOT_FOUND, "not_found"],
    [Status.ALREADY_EXISTS, "internal"],
    [Status.PERMISSION_DENIED, "unauthorized"],
    [Status.RESOURCE_EXHAUSTED, "exhausted"],
    [Status.FAILED_PRECONDITION, "internal"],
    [Status.ABORTED, "unavailable"],
    [Status.OUT_OF_RANGE, "internal"],
    [Status.UNIMPLEMENTED, "unsupported"],
    [Status.INTERNAL, "internal"],
    [Status.UNAVAILABLE, "unavailable"],
    [Status.DATA_LOSS, "internal"],
    [Status.UNAUTHENTICATED, "unauthenticated"],
  ];
  let next = 0;
  return withClient(
    {
      GetFlightInfo(_call, callback) {
        callback(
          grpcError(expected[next]?.[0] ?? Status.OK, "what the server said"),
          null,
        );
      },
    },
    async (client) => {
      for (; next < expected.length; next++)
        await assert.rejects(client.query("SELECT 1"), (error) => {
          assert.ok(error instanceof Failure);
          assert.equal(error.code, expected[next]?.[1]);
          assert.match(
            error.message,
            /^what the server said \(server 127\.0\.0\.1:\d+, call GetFlightInfo\)/,
          );
          return true;
        });
    },
  );
});

import { ServerCredentials } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { encodeStream } from "../../arrow/ipc-stream.js";
import { FlightClient } from "./client.js";
import type { FlightOptions } from "./options.js";
import { grpcProxy, httpProxy } from "./proxy.js";
import { located, rows } from "./scenario.test.js";
import { quiet, serve } from "./scripted-server.test.js";
import { selfSigned } from "./self-signed.test.js";

interface Listening extends AsyncDisposable {
  readonly port: number;
}

async function listen(server: Server): Promise<Listening> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      server.close();
      return Promise.resolve();
    },
  };
}

/** A proxy that takes `ann:s3cret`, keeps what it is asked for, and takes every name for this machine. */
async function startProxy(
  refusal?: string,
): Promise<Listening & { readonly asked: string[] }> {
  const asked: string[] = [];
  const who = `Basic ${Buffer.from("ann:s3cret").toString("base64")}`;
  const note = (what: string, authorization: string | undefined) => {
    asked.push(authorization === who ? what : `${what} by nobody`);
  };
  const server = createServer((request, response) => {
    const { url = "", method, headers } = request;
    note(`${method ?? ""} ${url}`, headers["proxy-authorization"]);
    const { port, pathname, search } = new URL(url);
    const local = `http://127.0.0.1:${port}${pathname}${search}`;
    const onward = httpRequest(local, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on("connect", ({ url = "", headers }, socket) => {
    note(`CONNECT ${url}`, headers["proxy-authorization"]);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
      return;
    }
    const [, port = ""] = url.split(":");
    const onward = connect(Number(port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on("error", () => undefined);
  });
  return { asked, ...(await listen(server)) };
}

/** This machine, but by no name that says so, for which there would be no proxy. */
const unnamed = "0.0.0.0";

/** Runs `body` with variables of the environment. */
async function withEnvironment<T>(
  variables: Readonly<Record<string, string>>,
  body: () => Promise<T>,
): Promise<T> {
  Object.assign(process.env, variables);
  try {
    return await body();
  } finally {
    for (const name of Object.keys(variables))
      Reflect.deleteProperty(process.env, name);
  }
}

async function rowsRead(options: FlightOptions): Promise<number> {
  await using client = await FlightClient.connect(
    { retriesMax: 0, ...options },
    quiet(),
  );
  const { batches } = await client.rows("SELECT n");
  return batches.reduce((sum, { length }) => sum + length, 0);
}

const tokens: RequestListener = (request, response) => {
  request.resume();
  response.end(JSON.stringify({ access_token: "t" }));
};

describe("a proxy of the environment", () => {
  test("passes on what is asked of a token endpoint, and is left out for hosts of NO_PROXY", async () => {
    await using proxy = await startProxy();
    await using endpoint = await listen(createServer(tokens));
    await using server = await serve(located([]));
    const tokenUri = `http://${unnamed}:${String(endpoint.port)}/token?a=b`;
    const oauth = {
      flow: "client_credentials",
      tokenUri,
      clientId: "c",
      clientSecret: "d",
    } as const;
    const HTTP_PROXY = `http://ann:s3cret@127.0.0.1:${String(proxy.port)}`;
    const options = { url: server.url, oauth };
    await withEnvironment({ HTTP_PROXY }, async () => {
      assert.equal(await rowsRead(options), 3);
    });
    assert.deepEqual(proxy.asked, [`POST ${tokenUri}`]);
    const NO_PROXY = "example.com, 0.0.0.0/8";
    await withEnvironment({ HTTP_PROXY, NO_PROXY }, async () => {
      assert.equal(await rowsRead(options), 3);
    });
    assert.equal(proxy.asked.length, 1);
  });

  test("gives an encrypted location through, and its certificate is still looked at", async () => {
    await using proxy = await startProxy();
    const store = selfSigned("store.invalid");
    await using https = await listen(
      createTlsServer(
        { cert: store.certificate, key: store.key },
        (_request, response) => response.end(encodeStream(rows.schema, [rows])),
      ),
    );
    const pair = { private_key: store.key, cert_chain: store.certificate };
    const authority = `store.invalid:${String(https.port)}`;
    await using server = await serve(
      located([`https://${authority}/part`]),
      ServerCredentials.createSsl(null, [pair]),
    );
    const url = `flightsql://127.0.0.1:${String(server.port)}`;
    const HTTPS_PROXY = `http://ann:s3cret@127.0.0.1:${String(proxy.port)}`;
    const allowedLocations = ["store.invalid"];
    await withEnvironment({ HTTPS_PROXY }, async () => {
      const tlsRootCerts = store.certificate.toString();
      assert.equal(await rowsRead({ url, tlsRootCerts, allowedLocations }), 3);
    });
    assert.deepEqual(proxy.asked, [`CONNECT ${authority}`]);
    const other = selfSigned("localhost");
    const trap = await serve(
      located([`https://${authority}/part`]),
      ServerCredentials.createSsl(null, [
        { private_key: other.key, cert_chain: other.certificate },
      ]),
    );
    await withEnvironment({ HTTPS_PROXY }, () =>
      assert.rejects(
        rowsRead({
          url: `flightsql://localhost:${String(trap.port)}`,
          tlsRootCerts: other.certificate.toString(),
          allowedLocations,
        }),
        /certificate/,
      ),
    );
    await trap[Symbol.asyncDispose]();
  });

  test("is asked for the Flight server, which only it can find, and TLS is the server's", async () => {
    await using proxy = await startProxy();
    const { certificate, key } = selfSigned("flight.invalid");
    await using secured = await serve(
      located([]),
      ServerCredentials.createSsl(null, [
        { private_key: key, cert_chain: certificate },
      ]),
    );
    await using plain = await serve(located([]));
    const HTTPS_PROXY = `ann:s3cret@127.0.0.1:${String(proxy.port)}`;
    const tlsRootCerts = certificate.toString();
    const authority = `flight.invalid:${String(secured.port)}`;
    const url = `flightsql://${authority}`;
    await withEnvironment({ HTTPS_PROXY }, async () => {
      assert.equal(await rowsRead({ url, tlsRootCerts }), 3);
      // The certificate is that of the server, and it is looked at.
      await assert.rejects(rowsRead({ url }), /certificate/);
      // This machine needs no proxy.
      assert.equal(await rowsRead({ url: plain.url }), 3);
    });
    assert.deepEqual(new Set(proxy.asked), new Set([`CONNECT ${authority}`]));
    const there = `${unnamed}:${String(plain.port)}`;
    const options = { url: `flightsql://${there}?transport=tcp` };
    await withEnvironment({ HTTPS_PROXY }, async () => {
      assert.equal(await rowsRead(options), 3);
    });
    assert.equal(proxy.asked.at(-1), `CONNECT ${there}`);
    const { length } = proxy.asked;
    await withEnvironment({ HTTPS_PROXY, NO_PROXY: unnamed }, async () => {
      assert.equal(await rowsRead(options), 3);
    });
    assert.equal(proxy.asked.length, length);
  });

  test("that refuses is named, without what it was told of the user", async () => {
    await using proxy = await startProxy("407 Proxy Authentication Required");
    await using server = await serve(located([]));
    const oauth = {
      flow: "client_credentials",
      tokenUri: "https://login.example/token",
      clientId: "c",
      clientSecret: "d",
    } as const;
    const asking = (HTTPS_PROXY: string) =>
      withEnvironment({ HTTPS_PROXY }, () =>
        rowsRead({ url: server.url, oauth }),
      );
    const port = String(proxy.port);
    await assert.rejects(asking(`http://eve:pass1@127.0.0.1:${port}`), {
      code: "unavailable",
      message: `the proxy 127.0.0.1:${port} of the environment's HTTPS_PROXY answered 407 Proxy Authentication Required when it was asked for login.example:443; correct HTTPS_PROXY, or add the host to NO_PROXY (token endpoint https://login.example/token)`,
    });
    const flight = (HTTPS_PROXY: string) =>
      withEnvironment({ HTTPS_PROXY }, () =>
        rowsRead({ url: "flightsql://flight.invalid:7" }),
      );
    await assert.rejects(flight(`http://eve:pass1@127.0.0.1:${port}`), {
      code: "unavailable",
      message: `the proxy 127.0.0.1:${port} of the environment's HTTPS_PROXY answered 407 Proxy Authentication Required when it was asked for flight.invalid:7; correct HTTPS_PROXY, or add the host to NO_PROXY`,
    });
    // Nobody listens there.
    await assert.rejects(flight("http://eve:pass1@127.0.0.1:9"), {
      code: "unavailable",
      message:
        /^the proxy 127\.0\.0\.1:9 of the environment's HTTPS_PROXY cannot be asked for flight\.invalid:7: connect ECONNREFUSED [^;]*; correct HTTPS_PROXY, or add the host to NO_PROXY/,
    });
    await assert.rejects(asking("socks5://eve:pass1@127.0.0.1"), {
      code: "invalid_config",
      message:
        /^the environment's HTTPS_PROXY is no http:\/\/ address; correct it/,
    });
  });
});

describe("which proxy is taken", () => {
  const p = "http://proxy:3128";
  const cases: readonly (readonly [
    string,
    Record<string, string>,
    string | undefined,
  ])[] = [
    ["https://a.example", { https_proxy: p }, "https_proxy"],
    ["https://a.example", { HTTPS_PROXY: p }, "HTTPS_PROXY"],
    ["https://a.example", { http_proxy: p }, undefined],
    ["http://a.example", { http_proxy: p, HTTP_PROXY: p }, "http_proxy"],
    ["http://a.example", { https_proxy: p }, undefined],
    ["http://a.example", { http_proxy: "" }, undefined],
    ["http://a.example", { http_proxy: p, no_proxy: "*" }, undefined],
    ["http://a.example", { http_proxy: p, no_proxy: "b, .example" }, undefined],
    ["http://a.example", { http_proxy: p, NO_PROXY: "," }, "http_proxy"],
    ["http://10.1.2.3", { http_proxy: p, no_proxy: "10.0.0.0/8" }, undefined],
    [
      "http://11.1.2.3",
      { http_proxy: p, no_proxy: "10.0.0.0/8" },
      "http_proxy",
    ],
    ["http://[::2]:80", { http_proxy: p, no_proxy: "::2" }, undefined],
    ["http://[::1]:80", { http_proxy: p }, undefined],
    ["http://a.example", { http_proxy: "proxy:3128" }, "http_proxy"],
    ["http://200.1.2.3", { http_proxy: p, no_proxy: "0.0.0.0/0" }, undefined],
  ];
  for (const [url, env, variable] of cases)
    test(`${url} with ${JSON.stringify(env)}`, () => {
      assert.equal(httpProxy(new URL(url), env)?.variable, variable);
    });

  const grpc: typeof cases = [
    ["a.example", { grpc_proxy: p, https_proxy: p }, "grpc_proxy"],
    ["a.example", { http_proxy: p }, "http_proxy"],
    ["a.example", { HTTPS_PROXY: p }, "HTTPS_PROXY"],
    ["a.example", { HTTPS_PROXY: p, https_proxy: p }, "https_proxy"],
    ["a.example", { GRPC_PROXY: p, https_proxy: p }, "GRPC_PROXY"],
    ["a.example", { HTTP_PROXY: p, NO_PROXY: "example" }, undefined],
    ["a.example", { HTTP_PROXY: p, NO_PROXY: " * " }, undefined],
    ["a.example", { https_proxy: p, no_proxy: "b,example" }, undefined],
    ["a.example", { https_proxy: p, no_grpc_proxy: "b" }, "https_proxy"],
    [
      "a.example",
      { https_proxy: p, NO_GRPC_PROXY: "b", no_proxy: "a.example" },
      "https_proxy",
    ],
    ["127.0.0.1", { https_proxy: p }, undefined],
    ["localhost", { grpc_proxy: p }, undefined],
    ["10.0.0.1", { https_proxy: p, no_proxy: "10.0.0.0/8" }, undefined],
  ];
  for (const [host, env, variable] of grpc)
    test(`gRPC to ${host} with ${JSON.stringify(env)}`, () => {
      assert.equal(grpcProxy({ host }, env)?.variable, variable);
    });

  test("gRPC to a socket needs none", () => {
    const address = { host: "a.example", socketPath: "/s" };
    assert.equal(grpcProxy(address, { grpc_proxy: p }), undefined);
  });

  test("what is no http proxy is refused, whoever would be asked through it", () => {
    const env = { HTTPS_PROXY: "socks5://eve:pass1@x" };
    const message =
      "the environment's HTTPS_PROXY is no http:// address; correct it, or add the host to NO_PROXY";
    const refusal = { code: "invalid_config", message };
    assert.throws(() => grpcProxy({ host: "a.example" }, env), refusal);
    assert.throws(() => httpProxy(new URL("https://a.example"), env), refusal);
  });
});

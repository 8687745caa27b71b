import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FlightClient } from "./client.js";
import { encodeStream } from "../../arrow/ipc-stream.js";
import { located, rows } from "./scenario.test.js";
import { quiet, serve } from "./scripted-server.test.js";
import { selfSigned } from "./self-signed.test.js";
import { flightService } from "./service.js";

test("a Unix domain socket is a server like any other", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flight-"));
  const path = join(folder, "server.sock");
  const server = new Server();
  const handlers: object = located([]);
  server.addService(flightService, handlers as UntypedServiceImplementation);
  await new Promise<void>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    server.bindAsync(`unix:${path}`, credentials, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  try {
    await using client = await FlightClient.connect(
      { url: `grpc+unix://${path}` },
      quiet(),
    );
    const { batches } = await client.rows("SELECT n");
    assert.equal(batches.length, 1);
  } finally {
    server.forceShutdown();
    await rm(folder, { recursive: true });
  }
});

test("an encrypted result at an https location is trusted by the CA that is given, and by no other", async () => {
  const home = selfSigned("localhost");
  const store = selfSigned("store.test");
  const https = createTlsServer(
    { cert: store.certificate, key: store.key },
    (_request, response) => response.end(encodeStream(rows.schema, [rows])),
  );
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  const { port } = https.address() as AddressInfo;
  const pair = { private_key: home.key, cert_chain: home.certificate };
  await using server = await serve(
    located([`https://127.0.0.1:${String(port)}/part`]),
    ServerCredentials.createSsl(null, [pair]),
  );
  const read = async (...trusted: readonly Buffer[]) => {
    await using client = await FlightClient.connect(
      {
        url: `flightsql://localhost:${String(server.port)}`,
        tlsRootCerts: trusted.join(""),
        retriesMax: 0,
      },
      quiet(),
    );
    const { batches } = await client.rows("SELECT n");
    return batches.length;
  };
  try {
    assert.equal(await read(home.certificate, store.certificate), 1);
    await assert.rejects(read(home.certificate), /self-signed certificate/);
  } finally {
    https.close();
  }
});

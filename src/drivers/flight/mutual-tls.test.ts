import { ServerCredentials } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Failure } from "../../failure.js";
import { FlightClient } from "./client.js";
import type { FlightOptions } from "./options.js";
import { located } from "./scenario.test.js";
import { quiet, serve } from "./scripted-server.test.js";
import type { ScriptedServer } from "./scripted-server.test.js";
import { selfSigned } from "./self-signed.test.js";

const server = selfSigned("db.internal");
const ann = selfSigned("ann");
const eve = selfSigned("eve");

describe("client certificates", () => {
  let peer: ScriptedServer;
  before(async () => {
    const pair = { private_key: server.key, cert_chain: server.certificate };
    peer = await serve(
      located([]),
      ServerCredentials.createSsl(ann.certificate, [pair], true),
    );
  });
  after(() => peer[Symbol.asyncDispose]());

  const connect = (options: Partial<FlightOptions>) =>
    FlightClient.connect(
      {
        url: `flightsql://localhost:${String(peer.port)}`,
        tlsRootCerts: server.certificate.toString(),
        tlsOverrideHostname: "db.internal",
        ...options,
      },
      quiet(),
    );
  const certificateOf = ({ certificate, key }: typeof ann) => ({
    mtlsCertChain: certificate.toString(),
    mtlsPrivateKey: key.toString(),
  });

  test("of who is known open the door, at a host whose certificate has another name", async () => {
    await using client = await connect(certificateOf(ann));
    const { batches } = await client.rows("SELECT n");
    assert.equal(batches.length, 1);
  });

  for (const [name, options] of [
    ["without one it stays shut", {}],
    ["so does it for who is not known", certificateOf(eve)],
  ] as const)
    test(name, async () => {
      // With TLS 1.3 the server looks at the certificate after the client is through.
      await assert.rejects(
        async () => {
          await using client = await connect({ ...options, retriesMax: 0 });
          await client.query("SELECT n");
        },
        (error) => error instanceof Failure && error.code === "unavailable",
      );
    });

  for (const [name, options, message] of [
    [
      "a certificate without its key",
      { mtlsCertChain: ann.certificate.toString() },
      /go together/,
    ],
    [
      "a key of another certificate",
      { ...certificateOf(ann), mtlsPrivateKey: eve.key.toString() },
      /does not belong/,
    ],
    [
      "what is no key",
      { ...certificateOf(ann), mtlsPrivateKey: "secret" },
      /mtls_private_key is not a private key/,
    ],
    [
      "certificates for a connection without encryption",
      { ...certificateOf(ann), url: "grpc://localhost:1" },
      /tls_root_certs, tls_override_hostname, mtls_cert_chain, mtls_private_key given/,
    ],
  ] as const)
    test(`${name} is refused before anything is called`, async () => {
      await assert.rejects(connect(options), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, "invalid_config");
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
    });
});

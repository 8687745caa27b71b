import assert from "node:assert/strict";
import { test } from "node:test";

import { Folder, run, start, type Outcome } from "../process/programs.js";
import {
  audience,
  OAuthProvider,
  oidcProvider,
  type OAuthClient,
} from "./oauth-provider.js";

const folder = new Folder();

/** What a form and a header each escape in their own way (RFC 6749 section 2.3.1). */
const client: OAuthClient = {
  client_id: "loader one",
  client_secret: "s3cret+of/loader:1",
};

/** `flightsync serve` that takes what the provider gives for an audience, with its certificate. */
async function withServer(
  { issuer, pair }: OAuthProvider,
  wanted: string,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const cert = folder.file("cert.pem", pair.cert);
  const program = start(
    "flightsync",
    [
      ...["serve", "--port", "0", "--jwt-jwks", `${issuer}/jwks`],
      ...["--jwt-issuer", issuer, "--jwt-audience", wanted],
      ...["--tls-cert", cert, "--tls-key", folder.file("key.pem", pair.key)],
    ],
    { stdin: "", env: { NODE_EXTRA_CA_CERTS: cert } },
  );
  try {
    await program.until(() => program.lines.length > 0);
    await body(program.lines[0] ?? "");
  } finally {
    await program.stop("SIGTERM");
  }
}

/** The tap with a token of the provider. */
function discover(
  { issuer, pair }: OAuthProvider,
  url: string,
  { client_id, client_secret }: OAuthClient,
): Promise<Outcome> {
  const oauth = {
    flow: "client_credentials",
    token_uri: `${issuer}/token`,
    client_id,
    client_secret,
    scope: "rows",
  };
  const settings = { url, oauth, tls_root_certs: pair.cert };
  const config = folder.file(`${client_id}.json`, settings);
  return run("tap-flightsql", ["--config", config, "--discover"]);
}

test("client credentials of oidc-provider: its JSON Web Tokens open the server that they are for", async () => {
  await using provider = await OAuthProvider.start(oidcProvider(), client);
  await withServer(provider, audience, async (url) => {
    const told = await discover(provider, url, client);
    assert.equal(told.code, 0, told.stderr);
    assert.deepEqual(JSON.parse(told.stdout), { streams: [] });
    assert.ok(!told.stderr.includes(client.client_secret), told.stderr);
    assert.equal(provider.asked, 1);
    const wrong = { ...client, client_secret: "n0t-the-secret" };
    const { code, stderr } = await discover(provider, url, wrong);
    assert.equal(code, 78, stderr);
    assert.match(stderr, /^CRITICAL \[unauthenticated\] .*invalid_client/m);
    assert.ok(!stderr.includes(wrong.client_secret), stderr);
  });
  await withServer(provider, "urn:other", async (url) => {
    const { code, stderr } = await discover(provider, url, client);
    assert.equal(code, 78, stderr);
    assert.match(stderr, /^CRITICAL \[unauthenticated\] /m);
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { selfSigned } from "./certificate.js";
import { Folder, run, withoutStacks, type Outcome } from "./programs.js";
import { secrets, username } from "./secrets.js";
import { Server } from "./server.js";
import { people, person } from "./singer-lines.js";

const folder = new Folder();
const { password, token } = secrets;

let number = 0;

/** Discovers with a config. */
function discover(settings: object): Promise<Outcome> {
  number += 1;
  const config = folder.file(`${String(number)}.json`, settings);
  return run("tap-flightsql", ["--config", config, "--discover"]);
}

/** Loads a row with a config. */
function load(settings: object): Promise<Outcome> {
  number += 1;
  const config = folder.file(`${String(number)}.json`, settings);
  const stdin = `${people}\n${person(1, "Ada")}\n`;
  return run("target-flightsql", ["--config", config], { stdin });
}

async function works(...all: readonly Promise<Outcome>[]): Promise<void> {
  for (const { code, stderr } of await Promise.all(all))
    assert.equal(code, 0, stderr);
}

async function fails(
  all: readonly Promise<Outcome>[],
  code: number,
  ...words: readonly string[]
): Promise<void> {
  for (const outcome of await Promise.all(all)) {
    assert.equal(outcome.code, code, outcome.stderr);
    assert.equal(outcome.stdout, "");
    const critical = /^CRITICAL .*$/m.exec(outcome.stderr)?.[0] ?? "";
    for (const word of words)
      assert.ok(critical.includes(word), `no ${word} in: ${outcome.stderr}`);
  }
}

test("user name and password: the right ones, in fields or in the URL, and no others", async () => {
  const args = ["--username", username, "--password", password];
  await using server = await Server.start(args, { username, password });
  const { url } = server;
  const user = `${username}:${encodeURIComponent(password)}`;
  const inUrl = url.replace("://", `://${user}@`);
  await works(load({ url, username, password }), discover({ url: inUrl }));
  assert.deepEqual(await server.table("people"), [["1", "Ada"]]);
  const { host } = new URL(url);
  const wrong = [
    discover({ url, username, password: `${password}?` }),
    load({ url: inUrl.replace("@", "x@") }),
    discover({ url, username: "ada", password }),
    discover({ url, token }),
    load({ url }),
  ];
  const advice = "check the user name and password";
  await fails(wrong, 78, "unauthenticated", advice, host);
});

test("token: the right one and no other", async () => {
  await using server = await Server.start(["--token", token], { token });
  const { url } = server;
  const headers = { authorization: `Bearer ${token}` };
  await works(discover({ url, token }), load({ url, headers }));
  const wrong = [
    discover({ url, token: `${token}?` }),
    discover({ url, username, password }),
    load({ url }),
  ];
  await fails(wrong, 78, "unauthenticated");
});

test("TLS: verified, not verified, and each side without it", async () => {
  const { cert, key } = selfSigned();
  const ca = folder.file("cert.pem", cert);
  const args = ["--tls-cert", ca, "--tls-key", folder.file("key.pem", key)];
  await using server = await Server.start(args, { tlsRootCerts: cert });
  const { url } = server;
  const { host, port } = new URL(url);
  assert.doesNotMatch(url, /tcp/);
  const tls_root_certs = `\${file:${ca}}`;
  const fields = { host: "localhost", port: Number(port), tls_root_certs };
  await works(load({ url, tls_root_certs }), discover(fields));
  const { code, stderr } = await discover({ url, tls_skip_verify: true });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /WARN tls_skip_verify is set/);
  const untrusted = "certificate is not trusted";
  await fails([discover({ url })], 78, untrusted, "tls_root_certs", host);
  const plain = load({ url: `flightsql://${host}?transport=tcp` });
  await fails([plain], 75, "transport=tls", host);
});

test("TLS asked of a server without it", async () => {
  await using server = await Server.start();
  const { host } = new URL(server.url);
  const url = `flightsql://${host}`;
  await fails([discover({ url }), load({ url })], 78, "transport=tcp", host);
});

test("a proxy that cannot be reached is named, by nothing but our log and without its password", async () => {
  const settings = { url: "flightsql://flight.invalid:7", retries_max: 0 };
  const config = folder.file("proxied.json", settings);
  const login = `${username}:${encodeURIComponent(password)}`;
  const { code, stderr } = await run(
    "tap-flightsql",
    ["--config", config, "--discover"],
    // Nobody listens there.
    { env: { HTTPS_PROXY: `http://${login}@127.0.0.1:9`, NO_PROXY: "" } },
  );
  assert.equal(code, 75, stderr);
  assert.match(
    stderr,
    /^CRITICAL \[unavailable\] the proxy 127\.0\.0\.1:9 of the environment's HTTPS_PROXY cannot be asked for flight\.invalid:7: /m,
  );
  for (const line of withoutStacks(stderr).trimEnd().split("\n"))
    assert.match(line, /^(DEBUG|INFO|WARN|ERROR|CRITICAL) /);
});

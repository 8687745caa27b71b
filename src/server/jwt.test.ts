import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { status as Status } from "@grpc/grpc-js";
import { exportJWK, SignJWT } from "jose";
import { Failure } from "../failure.js";
import { serve } from "./index.js";
import type { JwtOptions } from "./jwt.js";
import { withServer } from "./raw-client.test.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const secret = "a secret of thirty-two bytes, no less";

type Claims = Readonly<Record<string, unknown>>;

function pem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

function sign(
  key: KeyObject | Uint8Array,
  alg: string,
  claims: Claims = {},
  kid?: string,
): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return new SignJWT({ sub: "ann", exp, ...claims })
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key);
}

const bytes = new TextEncoder().encode(secret);

test("a token signed with the key's algorithm names its user", async () => {
  for (const [key, token] of [
    [pem(rsa.publicKey), await sign(rsa.privateKey, "RS256")],
    [pem(rsa.publicKey), await sign(rsa.privateKey, "PS512")],
    [pem(ec.publicKey), await sign(ec.privateKey, "ES256")],
    [pem(ed.publicKey), await sign(ed.privateKey, "EdDSA")],
    [`${secret}\n`, await sign(bytes, "HS256")],
  ] as const) {
    const seen: unknown[] = [];
    const log = (...entry: unknown[]) => seen.push(JSON.stringify(entry));
    await withServer({ jwt: { key }, log }, async (client) => {
      client.authorize(`Bearer ${token}`);
      assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
      // Clients that begin with a handshake go on with what they have.
      assert.equal(await client.handshake(), "");
    });
    assert.match(String(seen[0]), /GetFlightInfo OK.*"user":"ann"/);
    assert.doesNotMatch(seen.join("\n"), new RegExp(token.slice(-20)));
  }
});

test("a key set tells keys apart by their id", async () => {
  const keys = await Promise.all(
    [rsa, ec].map(async ({ publicKey }, i) => ({
      ...(await exportJWK(publicKey)),
      kid: String(i),
    })),
  );
  const jwt: JwtOptions = { jwks: JSON.stringify({ keys }) };
  await withServer({ jwt }, async (client) => {
    for (const token of [
      await sign(rsa.privateKey, "RS256", {}, "0"),
      await sign(ec.privateKey, "ES256", {}, "1"),
    ]) {
      client.authorize(`Bearer ${token}`);
      assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
    }
    const token = await sign(ed.privateKey, "EdDSA", {}, "0");
    await assert.rejects(
      client.authorize(`Bearer ${token}`).query("SELECT 1"),
      { code: Status.UNAUTHENTICATED },
    );
  });
});

test("a key set in a file is read again for a key that it lacks, but not too often", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flightsync-jwks-"));
  const file = join(folder, "keys.json");
  const put = async (...known: readonly (typeof rsa)[]) => {
    const keys = known.map(async ({ publicKey }) => {
      const kid = publicKey.asymmetricKeyType;
      return { ...(await exportJWK(publicKey)), kid };
    });
    await writeFile(file, JSON.stringify({ keys: await Promise.all(keys) }));
  };
  await put(rsa);
  const jwks = pathToFileURL(file).href;
  const old = await sign(rsa.privateKey, "RS256", {}, "rsa");
  const fresh = await sign(ec.privateKey, "ES256", {}, "ec");
  const refused = { code: Status.UNAUTHENTICATED };
  await withServer({ jwt: { jwks } }, async (client) => {
    await put(rsa, ec);
    client.authorize(`Bearer ${fresh}`);
    await assert.rejects(client.query("SELECT 1"), refused);
    await client.authorize(`Bearer ${old}`).query("SELECT 1");
  });
  await put(rsa);
  const options = { jwt: { jwks, jwksIntervalSeconds: 0 } };
  await withServer(options, async (client) => {
    client.authorize(`Bearer ${fresh}`);
    await assert.rejects(client.query("SELECT 1"), refused);
    await put(rsa, ec);
    await client.query("SELECT 1");
    await put(ec);
    // What is known is not looked up again.
    await client.authorize(`Bearer ${old}`).query("SELECT 1");
    await writeFile(file, "{");
    const other = await sign(ed.privateKey, "EdDSA", {}, "ed");
    await assert.rejects(
      client.authorize(`Bearer ${other}`).query("SELECT 1"),
      { code: Status.UNAVAILABLE, details: /key set cannot be had/ },
    );
  });
  await assert.rejects(
    serve({ port: 0, log: () => undefined, jwt: { jwks } }),
    {
      code: "invalid_config",
    },
  );
  await rm(folder, { recursive: true });
});

test("a token that is not good in every way is refused, and why is said", async () => {
  const jwt = { key: pem(rsa.publicKey), issuer: "idp", audience: "sql" };
  const good = { iss: "idp", aud: ["sql", "web"] };
  const now = Math.floor(Date.now() / 1000);
  const [header = "", payload = "", signature = ""] = (
    await sign(rsa.privateKey, "RS256", good)
  ).split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await withServer({ jwt }, async (client) => {
    const refusal = async (token: string, words: RegExp) => {
      client.authorize(`Bearer ${token}`);
      await assert.rejects(client.query("SELECT 1"), {
        code: Status.UNAUTHENTICATED,
        details: words,
      });
    };
    const signed = (claims: Claims) =>
      sign(rsa.privateKey, "RS256", { ...good, ...claims });
    await refusal(await signed({ exp: now - 1 }), /expired/);
    await refusal(await signed({ exp: undefined }), /claim exp/);
    await refusal(await signed({ nbf: now + 600 }), /claim nbf/);
    await refusal(await signed({ iss: "eve" }), /claim iss/);
    await refusal(await signed({ aud: "web" }), /claim aud/);
    await refusal(await signed({ sub: undefined }), /claim sub/);
    await refusal(await signed({ sub: "" }), /claim sub/);
    await refusal(await sign(other.privateKey, "RS256", good), /signature/);
    // The public key as a secret, a classic (RFC 8725, 2.1).
    const publicBytes = new TextEncoder().encode(jwt.key);
    await refusal(await sign(publicBytes, "HS256", good), /signature/);
    await refusal(`${none}.${payload}.`, /signature/);
    await refusal(`${header}.${payload}.${signature.slice(1)}`, /signature/);
    await refusal("a.b.c", /signature/);
    client.authorize(`Bearer ${[header, payload, signature].join(".")}`);
    assert.deepEqual((await client.query("SELECT 1")).columns, [[1n]]);
  });
});

test("a claim or the users' list makes a token's user read only", async () => {
  const options = {
    jwt: { key: secret },
    users: [{ name: "bob", readOnly: true }],
  };
  await withServer(options, async (client) => {
    const by = async (claims: Claims) =>
      client.authorize(`Bearer ${await sign(bytes, "HS256", claims)}`);
    await (await by({})).update("CREATE TABLE t AS SELECT 1 AS i");
    for (const claims of [{ read_only: true }, { sub: "bob" }]) {
      await by(claims);
      await assert.rejects(client.update("INSERT INTO t VALUES (2)"), {
        code: Status.PERMISSION_DENIED,
      });
      assert.deepEqual((await client.query("FROM t")).columns, [[1n]]);
    }
  });
});

test("keys that cannot check a token keep the server from starting", async () => {
  for (const [jwt, words] of [
    [{}, /one of them/],
    [{ key: secret, jwks: "{}" }, /one of them/],
    [{ key: "short" }, /shorter than 32 bytes/],
    [{ jwks: "{}" }, /Key Set/],
    [{ jwks: "nonsense" }, /Key Set/],
    [{ key: "-----BEGIN PUBLIC KEY-----\nx" }, /cannot be used/],
    [
      {
        key: rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      },
      /private/,
    ],
  ] as const)
    await assert.rejects(
      serve({ port: 0, jwt, log: () => undefined }),
      (error) =>
        error instanceof Failure &&
        error.code === "invalid_config" &&
        words.test(error.message),
      String(words),
    );
});

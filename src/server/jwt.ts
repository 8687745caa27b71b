import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from "jose";
import { Failure } from "../failure.js";

/** Whose JSON Web Tokens are taken. */
export interface JwtOptions {
  /** A public key or certificate as PEM text, or the secret of HS256, HS384 and HS512: 32 bytes or more. */
  readonly key?: string | undefined;
  /**
   * Instead of a key: the text of a JSON Web Key Set, or an `https:` or `file:` URL of one, which is read again when
   * a token names a key that it lacks. Certificates are checked as Node does, which `NODE_EXTRA_CA_CERTS` extends.
   */
  readonly jwks?: string | undefined;
  /** How long a key set is not read again, whatever tokens name. @default 30 */
  readonly jwksIntervalSeconds?: number | undefined;
  /** What the claim `iss` must be. */
  readonly issuer?: string | undefined;
  /** What the claim `aud` must be or hold. */
  readonly audience?: string | undefined;
}

/** What a good token says. */
export interface JwtIdentity {
  /** Its claim `sub`. */
  readonly user: string;
  /** Its claim `read_only`, ours. */
  readonly readOnly: boolean;
}

export type VerifyJwt = (token: string) => Promise<JwtIdentity>;

/** By type of key, so that no public key is ever taken for a secret (RFC 8725, 2.1). */
const algorithms = {
  rsa: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ec: ["ES256", "ES384", "ES512"],
  ed25519: ["EdDSA", "Ed25519"],
  secret: ["HS256", "HS384", "HS512"],
} as const;
const asymmetric = [...algorithms.rsa, ...algorithms.ec, ...algorithms.ed25519];

/** RFC 7518, 3.2: a key of HS256 has at least the size of its hash. */
const secretBytesMin = 32;

/**
 * Takes tokens with `exp`, `sub` and a good signature.
 * @throws Failure(invalid_config) for keys that cannot be used.
 */
export async function jwtVerifier(
  options: JwtOptions,
  warn: (text: string) => void,
): Promise<VerifyJwt> {
  const { jwtVerify, errors } = await import("jose");
  const isNoAnswer = (error: unknown) =>
    !(error instanceof errors.JOSEError) ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === errors.JOSEError.code;
  const { getKey, allowed } = await keyOf(options);
  const { issuer, audience } = options;
  return async (token) => {
    let claims: JWTPayload;
    try {
      const { payload } = await jwtVerify(token, getKey, {
        algorithms: [...allowed],
        requiredClaims: ["exp", "sub"],
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      });
      claims = payload;
    } catch (error) {
      if (isNoAnswer(error)) {
        // What is wrong between the server and the keys is for its owner only.
        warn(`the key set cannot be had: ${reasonOf(error)}`);
        throw new Failure(
          "unavailable",
          "the bearer token cannot be checked just now: the key set cannot be had",
          { cause: error },
        );
      }
      const why =
        error instanceof errors.JWTExpired
          ? "it has expired"
          : error instanceof errors.JWTClaimValidationFailed
            ? `its claim ${error.claim} is missing or wrong`
            : "its signature is wrong, or its key is unknown";
      throw new Failure(
        "unauthenticated",
        `the bearer token is refused: ${why}`,
        { cause: error },
      );
    }
    const { sub } = claims;
    if (typeof sub !== "string" || sub === "")
      throw new Failure(
        "unauthenticated",
        "the bearer token is refused: its claim sub is not a name",
      );
    return {
      user: sub,
      readOnly: claims["read_only"] === true,
    };
  };
}

interface Key {
  readonly getKey: JWTVerifyGetKey;
  readonly allowed: readonly string[];
}

async function keyOf(options: JwtOptions): Promise<Key> {
  const { key, jwks, jwksIntervalSeconds = 30 } = options;
  if ((key === undefined) === (jwks === undefined))
    throw new Failure(
      "invalid_config",
      "JSON Web Tokens need a key or a key set, one of them",
    );
  if (jwks !== undefined) return keySet(jwks, jwksIntervalSeconds * 1000);
  const text = (key ?? "").trim();
  if (text.startsWith("-----BEGIN")) {
    const [publicKey, allowed] = publicKeyOf(text);
    return { getKey: () => publicKey, allowed };
  }
  const secret = new TextEncoder().encode(text);
  if (secret.byteLength < secretBytesMin)
    throw new Failure(
      "invalid_config",
      `the key of JSON Web Tokens is no PEM text, and as a secret it is shorter than ${String(secretBytesMin)} bytes`,
    );
  return { getKey: () => secret, allowed: algorithms.secret };
}

async function keySet(jwks: string, interval: number): Promise<Key> {
  const { createLocalJWKSet, createRemoteJWKSet } = await import("jose");
  try {
    const getKey = /^https:/i.test(jwks)
      ? createRemoteJWKSet(new URL(jwks), { cooldownDuration: interval })
      : /^file:/i.test(jwks)
        ? await keySetFile(new URL(jwks), interval)
        : createLocalJWKSet(JSON.parse(jwks) as JSONWebKeySet);
    return { getKey, allowed: asymmetric };
  } catch (error) {
    throw new Failure(
      "invalid_config",
      `the JSON Web Key Set is neither an https URL nor a JSON text with \`keys\`: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** As jose reads a URL: once now, and again for a key that is not there. */
async function keySetFile(
  url: URL,
  interval: number,
): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, errors } = await import("jose");
  const read = async () => {
    const text = await readFile(url, "utf8");
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  };
  let keys = await read();
  let readAt = Date.now();
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      if (!isUnknown || Date.now() - readAt < interval) throw error;
      readAt = Date.now();
      keys = await read();
      return keys(header, token);
    }
  };
}

/** What fetch fails with hides its reason behind it. */
function reasonOf(error: unknown): string {
  const { message, cause } = Failure.from(error);
  const inner = error instanceof Error ? (error.cause ?? cause) : cause;
  return inner instanceof Error && inner !== error
    ? `${message}: ${inner.message}`
    : message;
}

function publicKeyOf(pem: string): [KeyObject, readonly string[]] {
  if (pem.includes("PRIVATE KEY"))
    throw new Failure(
      "invalid_config",
      "the key of JSON Web Tokens is a private one; only who signs them needs that, the server takes the public one",
    );
  try {
    const key = createPublicKey(pem);
    const type = key.asymmetricKeyType;
    if (type === "rsa" || type === "ec" || type === "ed25519")
      return [key, algorithms[type]];
    throw new Error(`no algorithm is for keys of type ${String(type)}`);
  } catch (error) {
    throw new Failure(
      "invalid_config",
      `the key of JSON Web Tokens cannot be used: ${Failure.from(error).message}`,
      { cause: error },
    );
  }
}

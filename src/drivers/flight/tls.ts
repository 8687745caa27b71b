import { credentials } from "@grpc/grpc-js";
import type { ChannelCredentials } from "@grpc/grpc-js";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { Failure } from "../../failure.js";

/** What TLS goes by; names follow ADBC's options. All texts are PEM. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of Node's. */
  readonly tlsRootCerts?: string | undefined;
  /** Takes any certificate: the server's name and its issuer are not checked. @default false */
  readonly tlsSkipVerify?: boolean | undefined;
  /** The name that the server's certificate is for, when it is not the host's. */
  readonly tlsOverrideHostname?: string | undefined;
  /** The client's certificate and those that link it to its authority, for mutual TLS; goes with the key. */
  readonly mtlsCertChain?: string | undefined;
  /** Of the client's certificate; not encrypted. */
  readonly mtlsPrivateKey?: string | undefined;
}

/** The settings' names, for messages. */
const settings = {
  tlsRootCerts: "tls_root_certs",
  tlsSkipVerify: "tls_skip_verify",
  tlsOverrideHostname: "tls_override_hostname",
  mtlsCertChain: "mtls_cert_chain",
  mtlsPrivateKey: "mtls_private_key",
} as const satisfies Record<keyof TlsOptions, string>;

/** Names of the settings that only an encrypted connection can have. */
export function tlsSettingsIn(options: TlsOptions): readonly string[] {
  const keys = Object.keys(settings) as (keyof TlsOptions)[];
  return keys
    .filter((key) => options[key] !== undefined && options[key] !== false)
    .map((key) => settings[key]);
}

/** @throws Failure(invalid_config) when a PEM text is not one, or the client's certificate lacks its key. */
export function tlsCredentials(options: TlsOptions): ChannelCredentials {
  const { tlsRootCerts, mtlsCertChain, mtlsPrivateKey } = options;
  if (tlsRootCerts !== undefined)
    checkCertificates(tlsRootCerts, settings.tlsRootCerts);
  if ((mtlsCertChain === undefined) !== (mtlsPrivateKey === undefined))
    throw new Failure(
      "invalid_config",
      "mtls_cert_chain and mtls_private_key go together; one of them is missing",
    );
  if (mtlsCertChain !== undefined && mtlsPrivateKey !== undefined)
    checkPair(mtlsCertChain, mtlsPrivateKey);
  return credentials.createSsl(
    bufferOf(tlsRootCerts),
    bufferOf(mtlsPrivateKey),
    bufferOf(mtlsCertChain),
    { rejectUnauthorized: options.tlsSkipVerify !== true },
  );
}

function bufferOf(text: string | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}

/**
 * TLS skips what it cannot read and fails later, when no certificate is trusted; so each is read here.
 * @returns the first one.
 */
function checkCertificates(text: string, setting: string): X509Certificate {
  const blocks =
    text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ??
    [];
  let cause: unknown;
  try {
    const [first] = blocks.map((block) => new X509Certificate(block));
    if (first !== undefined) return first;
  } catch (error) {
    cause = error;
  }
  throw new Failure(
    "invalid_config",
    `${setting} is not a list of certificates in PEM form (-----BEGIN CERTIFICATE-----)`,
    { cause },
  );
}

function checkPair(chain: string, key: string): void {
  const certificate = checkCertificates(chain, settings.mtlsCertChain);
  let matches: boolean;
  try {
    matches = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // The error's text may quote the key.
    throw new Failure(
      "invalid_config",
      "mtls_private_key is not a private key in PEM form without a passphrase (-----BEGIN PRIVATE KEY-----)",
    );
  }
  if (!matches)
    throw new Failure(
      "invalid_config",
      "mtls_private_key does not belong to the first certificate of mtls_cert_chain",
    );
}

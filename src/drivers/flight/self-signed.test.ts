import { generateKeyPairSync, sign } from "node:crypto";

/** A certificate authority of its own, for tests of TLS. Not a test itself. */
export interface SelfSigned {
  /** PEM. */
  readonly certificate: Buffer;
  /** PEM. */
  readonly key: Buffer;
}

/** A fresh self-signed certificate (X.509 v3, RFC 5280) for a DNS name and 127.0.0.1, good for a day. */
export function selfSigned(dnsName: string): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const ecdsaWithSha256 = der(0x30, oid("2a8648ce3d040302"));
  const name = der(
    0x30,
    der(0x31, der(0x30, oid("550403"), der(0x0c, Buffer.from(dnsName)))),
  );
  const address = Buffer.from([127, 0, 0, 1]);
  const names = der(0x30, der(0x82, Buffer.from(dnsName)), der(0x87, address));
  const authority = der(0x30, der(0x01, Buffer.from([0xff])));
  const extensions = der(
    0x30,
    extension("551d11", names),
    extension("551d13", authority),
  );
  const certificate = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    der(0x30, utcTime(-1), utcTime(1)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = sign("sha256", certificate, privateKey);
  const signed = der(
    0x30,
    certificate,
    ecdsaWithSha256,
    der(0x03, Buffer.from([0]), signature),
  );
  const base64 = signed.toString("base64").replace(/(.{64})(?=.)/g, "$1\n");
  return {
    certificate: Buffer.from(
      `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    ),
    key: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

/** A DER value: tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const size =
    length < 128
      ? [length]
      : length < 256
        ? [0x81, length]
        : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function extension(id: string, value: Buffer): Buffer {
  return der(0x30, oid(id), der(0x04, value));
}

function utcTime(daysFromNow: number): Buffer {
  const time = new Date(Date.now() + daysFromNow * 86_400_000).toISOString();
  return der(0x17, Buffer.from(`${time.slice(2, 19).replace(/[-:T]/g, "")}Z`));
}

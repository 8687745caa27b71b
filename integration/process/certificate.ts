import { createHash, generateKeyPairSync, sign } from "node:crypto";

/*
 * A self-signed certificate for 127.0.0.1 and localhost, since Node can read but not make them.
 * Structure: RFC 5280 §4.1; encoding: ITU-T X.690 (DER).
 */

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const oid = (...bytes: readonly number[]) => der(0x06, Buffer.from(bytes));
const text = (tag: number, value: string) => der(tag, Buffer.from(value));
const octets = (value: Uint8Array) => der(0x04, value);

/** 1.2.840.10045.4.3.2, ecdsa-with-SHA256 (RFC 5758 §3.2). */
const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
/** 2.5.4.3, common name. */
const name = sequence(
  der(0x31, sequence(oid(0x55, 0x04, 0x03), text(0x0c, "localhost"))),
);
/** 2.5.29.19, basic constraints: an authority, so that it can vouch for itself. */
const authority = sequence(
  oid(0x55, 0x1d, 0x13),
  octets(sequence(der(0x01, Buffer.from([0xff])))),
);
/** 2.5.29.17, alternative names: DNS (tag 2) and IP address (tag 7). */
const names = sequence(
  oid(0x55, 0x1d, 0x11),
  octets(
    sequence(text(0x82, "localhost"), der(0x87, Buffer.from([127, 0, 0, 1]))),
  ),
);

/** PEM texts of a fresh key and its certificate, valid from 2000 until 2099. */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const publicBytes = publicKey.export({ type: "spki", format: "der" });
  const serial = createHash("sha256").update(publicBytes).digest();
  serial[0] = 1;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial.subarray(0, 16)),
    algorithm,
    name,
    sequence(text(0x17, "000101000000Z"), text(0x18, "20991231235959Z")),
    name,
    publicBytes,
    der(0xa3, sequence(authority, names)),
  );
  const signature = sign("sha256", body, privateKey);
  const bits = der(0x03, Buffer.from([0]), signature);
  const certificate = sequence(body, algorithm, bits).toString("base64");
  const lines = certificate.replace(/.{64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
